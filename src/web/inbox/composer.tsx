import { useMutation, useQueryClient } from '@tanstack/react-query';
import {
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from 'react';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import { useNow } from '../api/server-clock.ts';
import { channels, type Channel, type Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { smsLength } from '../sms-length.ts';
import { useWords } from '../words.ts';
import styles from './composer.module.css';
import { WindowClock } from './due-clock.tsx';
import { usePresence } from './presence.ts';
import { problemText } from './problem.ts';
import { useDraft, type Mode } from './use-draft.ts';
import type { Sending } from './use-send.ts';

export interface ComposerHandle {
  /** Goes to the field, in that mode. */
  readonly focus: (mode: Mode) => void;
  /** Puts a text into the reply, after what is there. */
  readonly insert: (text: string) => void;
}

interface Props {
  thread: Thread;
  sending: Sending;
  onResolved: () => void;
  ref: Ref<ComposerHandle>;
  /** The buttons of the thread: they stand in the composer's last line. */
  children: ReactNode;
}

const written: readonly Channel[] = channels.filter((channel) => channel !== 'push');

function firstChannel(thread: Thread): Channel {
  const open = written.filter((channel) => thread.can[channel] === true);
  const last = thread.items.findLast(({ kind }) => kind === 'in')?.channel ?? thread.row.channel;
  return open.find((channel) => channel === last) ?? open[0] ?? last ?? 'sms';
}

/** The reason why a channel may not be used, or null. */
function useRefusal(thread: Thread, channel: Channel): string | null {
  const { t, known } = useWords();
  const now = useNow(5000);
  const can = thread.can[channel];
  const closesAt = channel === 'whatsapp' ? thread.windows.whatsapp?.closesAt : undefined;
  if (can === true) return closesAt && Date.parse(closesAt) <= now ? t('reason.window_closed') : null;
  if (!can) return t('reason.no_address');
  return known(`reason.${can.reason}`, can.reason);
}

function ChannelPicker({
  thread,
  channel,
  onPick,
}: {
  thread: Thread;
  channel: Channel;
  onPick: (channel: Channel) => void;
}) {
  const { t, known } = useWords();
  const nameOf = (name: Channel): string => {
    const can = thread.can[name];
    if (can === true) return t(`channel.${name}`);
    const why = can ? known(`reason.${can.reason}`, can.reason) : t('reason.no_address');
    return t('composer.unavailable', { channel: t(`channel.${name}`), why });
  };
  return (
    <label className={styles.picker}>
      <span className="spoken">{t('composer.channel')}</span>
      <Icon name={channel} />
      <select value={channel} onChange={(event) => onPick(event.target.value as Channel)}>
        {written.map((name) => (
          <option key={name} value={name} disabled={thread.can[name] !== true}>
            {nameOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function SmsCounter({ text }: { text: string }) {
  const { t } = useWords();
  const { characters, segments, culprit } = smsLength(text);
  if (characters === 0) return null;
  return (
    <span className={styles.counter}>
      {t('composer.counter', { characters, count: segments })}
      {culprit && (
        <span className={styles.culprit} title={t('composer.culprit', { char: culprit })}>
          {culprit}
          <span className="spoken">{t('composer.culprit', { char: culprit })}</span>
        </span>
      )}
    </span>
  );
}

const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;

/** Where a coach writes: a reply on one channel, or a note nobody outside sees. */
export function Composer({ thread, sending, onResolved, ref, children }: Props) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [mode, setMode] = useState<Mode>('reply');
  const [picked, setPicked] = useState<Channel | null>(null);
  const channel = picked && thread.can[picked] === true ? picked : firstChannel(thread);
  const reply = useDraft(thread, 'reply');
  const note = useDraft(thread, 'note');
  const { text, write } = mode === 'note' ? note : reply;
  const refusal = useRefusal(thread, channel);
  const isLocked = mode === 'reply' && refusal !== null;
  const { typed } = usePresence(thread.row.id);

  const keepNote = useMutation({
    mutationFn: (words: string) =>
      api('POST', `${threadPath(thread.row.id)}/notes`, { clientId: newClientId(), text: words }),
    onSuccess: () => {
      note.write('');
      void client.invalidateQueries({ queryKey: keys.thread(thread.row.id) });
    },
    onError: (error) => toast(problemText(error, words)),
  });

  // Focus follows the change of mode only where the coach asked for it.
  const wantsFocus = useRef(false);
  useEffect(() => {
    if (wantsFocus.current) field.current?.focus();
    wantsFocus.current = false;
  }, [mode]);
  const focus = (next: Mode): void => {
    wantsFocus.current = next !== mode;
    setMode(next);
    field.current?.focus();
  };
  useImperativeHandle(ref, () => ({
    focus,
    insert: (added) => {
      focus('reply');
      reply.write(reply.text ? `${reply.text}\n${added}` : added);
    },
  }));

  const submit = async (resolve: boolean): Promise<void> => {
    const said = text.trim();
    if (said === '' || isLocked) return;
    if (mode === 'note') return keepNote.mutate(said);
    reply.write('');
    const isSent = await sending.send({ text: said, channel, resolve });
    if (!isSent) reply.write(said);
    else if (resolve) onResolved();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return field.current?.blur();
    const isSend = event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing && !isTouch();
    if (!isSend) return;
    event.preventDefault();
    void submit(event.ctrlKey || event.metaKey);
  };

  const register = thread.artist.register ? t(`register.${thread.artist.register}`) : null;
  const firstName = thread.artist.name.split(' ')[0] ?? thread.artist.name;
  return (
    <form
      className={mode === 'note' ? `${styles.composer} ${styles.note}` : styles.composer}
      aria-label={t('composer.title')}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(false);
      }}
    >
      {sending.problem && <Notice tone="late">{sending.problem}</Notice>}
      <div className={`${styles.bar} ${styles.top}`}>
        <div className={styles.modes} role="group" aria-label={t('composer.mode')}>
          {(['reply', 'note'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={mode === name} onClick={() => focus(name)}>
              {name === 'note' && <Icon name="note" />}
              {t(`composer.modes.${name}`)}
            </button>
          ))}
        </div>
        {mode === 'reply' && <ChannelPicker thread={thread} channel={channel} onPick={setPicked} />}
        {mode === 'reply' && channel === 'whatsapp' && thread.windows.whatsapp && (
          <WindowClock closesAt={thread.windows.whatsapp.closesAt} />
        )}
        <span className={styles.aside}>
          {mode === 'note' && t('composer.noteHint')}
          {mode === 'reply' && register && (
            <span className={styles.register} title={t('composer.register', { name: firstName, register })}>
              {register}
            </span>
          )}
          {mode === 'reply' && channel === 'sms' && <SmsCounter text={text} />}
        </span>
      </div>
      {isLocked && (
        <Notice tone="bad">{t('composer.locked', { channel: t(`channel.${channel}`), why: refusal })}</Notice>
      )}
      <textarea
        ref={field}
        className={styles.field}
        rows={1}
        value={text}
        disabled={isLocked}
        placeholder={
          mode === 'note' ? t('composer.notePlaceholder') : t('composer.placeholder', { name: firstName })
        }
        aria-label={
          mode === 'note' ? t('composer.notePlaceholder') : t('composer.placeholder', { name: firstName })
        }
        enterKeyHint={isTouch() ? 'enter' : 'send'}
        onChange={(event) => {
          write(event.target.value);
          sending.clearProblem();
          if (mode === 'reply') typed();
        }}
        onKeyDown={onKeyDown}
      />
      <div className={`${styles.bar} ${styles.last}`}>
        {children}
        <Button
          className={styles.send}
          type="submit"
          look="primary"
          icon={mode === 'note' ? 'note' : 'sends'}
          aria-keyshortcuts="Enter"
          disabled={text.trim() === '' || isLocked || keepNote.isPending}
        >
          <span>{t(mode === 'note' ? 'composer.keepNote' : 'composer.send')}</span>
          <kbd className={styles.enter} aria-hidden="true">
            ↵
          </kbd>
        </Button>
      </div>
    </form>
  );
}
