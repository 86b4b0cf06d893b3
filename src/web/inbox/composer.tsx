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
import type { Channel, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import { CannedList, useCanned, type Canned } from './canned-list.tsx';
import { ChannelPicker, firstChannel, useRefusal } from './channel-picker.tsx';
import styles from './composer.module.css';
import { WindowClock } from './due-clock.tsx';
import { HourDialog } from './hour-dialog.tsx';
import { usePresence } from './presence.ts';
import { problemText } from './problem.ts';
import { PromiseDialog } from './promise-dialog.tsx';
import { SmsCounter } from './sms-counter.tsx';
import { TemplateDialog } from './template-dialog.tsx';
import { useDraft, type Draft, type Mode } from './use-draft.ts';
import type { Outgoing, Sending } from './use-send.ts';

export type ComposerDialog = 'template' | 'later' | 'promise';

export interface ComposerHandle {
  /** Goes to the field, in that mode. */
  readonly focus: (mode: Mode) => void;
  /** Puts a text into the reply, after what is there. */
  readonly insert: (text: string) => void;
  readonly open: (dialog: ComposerDialog) => void;
}

interface Props {
  thread: Thread;
  sending: Sending;
  onResolved: () => void;
  ref: Ref<ComposerHandle>;
  /** The buttons of the thread: they stand in the composer's last line. */
  children: ReactNode;
}

const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;

/** A place of a prepared reply that nobody filled. */
const unfilled = /\{\{\s*[^{}]+?\s*\}\}/u;

/** Goes to the first place still to fill and selects it, so that typing replaces it. */
function selectUnfilled(field: HTMLTextAreaElement | null): boolean {
  const place = field && unfilled.exec(field.value);
  if (!place) return false;
  field.focus();
  field.setSelectionRange(place.index, place.index + place[0].length);
  return true;
}

/** Where the channel is shut: what happened, and the ways on. */
function Shut({
  thread,
  channel,
  refusal,
  onTemplate,
  onPick,
}: {
  thread: Thread;
  channel: Channel;
  refusal: string;
  onTemplate: () => void;
  onPick: (channel: Channel) => void;
}) {
  const { t, known } = useWords();
  const why = known(`reason.${refusal}`, refusal);
  const other = (['sms', 'whatsapp', 'email'] as const).find(
    (name) => name !== channel && thread.can[name] === true,
  );
  return (
    <Notice
      tone={refusal === 'window_closed' ? 'late' : 'bad'}
      action={
        <span className={styles.ways}>
          {refusal === 'window_closed' && (
            <Button isSmall hotkey="m" onClick={onTemplate}>
              {t('composer.template')}
            </Button>
          )}
          {other && (
            <Button isSmall onClick={() => onPick(other)}>
              {t('composer.switch', { channel: t(`channel.${other}`) })}
            </Button>
          )}
        </span>
      }
    >
      {t(refusal === 'window_closed' ? 'composer.windowClosed' : 'composer.locked', {
        channel: t(`channel.${channel}`),
        why,
      })}
    </Notice>
  );
}

/** The channel picked, else where the artist wrote; it never changes under words that are being written. */
function useChannel(thread: Thread, picked: Channel | null, isEmpty: boolean): Channel {
  const [own, setOwn] = useState(() => firstChannel(thread));
  useEffect(() => {
    if (isEmpty) setOwn(firstChannel(thread));
  }, [thread, isEmpty]);
  return picked ?? own;
}

/** The artist wrote before our words left: they are the coach's again, in a field that holds nothing else. */
function useReturned(thread: Thread, sending: Sending, reply: Draft): void {
  const seen = useRef(new Set(thread.items.map(({ id }) => id)));
  const given = useRef(new Set<string>());
  const { typedText } = sending;
  const { text, write } = reply;
  useEffect(() => {
    for (const item of thread.items) {
      if (item.kind !== 'out' || item.reason !== 'returned' || seen.current.has(item.id)) continue;
      if (given.current.has(item.id) || text !== '') continue;
      given.current.add(item.id);
      write(typedText(item));
    }
  }, [thread.items, text, typedText, write]);
}

/** Where a coach writes: a reply on one channel, or a note nobody outside sees. */
export function Composer({ thread, sending, onResolved, ref, children }: Props) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [mode, setMode] = useState<Mode>('reply');
  const [picked, setPicked] = useState<Channel | null>(null);
  const [dialog, setDialog] = useState<ComposerDialog | null>(null);
  const [hasUnfilled, setHasUnfilled] = useState(false);
  const [cannedAt, setCannedAt] = useState(0);
  const reply = useDraft(thread, 'reply');
  const channel = useChannel(thread, picked, reply.text === '');
  useReturned(thread, sending, reply);
  const note = useDraft(thread, 'note');
  const { text, write } = mode === 'note' ? note : reply;
  const refusal = useRefusal(thread, channel);
  const isShut = mode === 'reply' && refusal !== null;
  // A closed window keeps the field: what stands in it may go by another way.
  const isLocked = isShut && refusal !== 'window_closed';
  const { typed } = usePresence(thread.row.id);
  const sought = mode === 'reply' && text.startsWith('/') && !text.includes('\n') ? text.slice(1) : null;
  const replies = useCanned(thread.row.id, sought);

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
    open: setDialog,
  }));

  const take = (chosen: Canned): void => {
    write(chosen.text);
    setCannedAt(0);
    if (chosen.missing.length > 0) setTimeout(() => selectUnfilled(field.current));
  };

  /** What leaves the field comes back to it when it does not leave the house. */
  const send = async (message: Outgoing): Promise<boolean> => {
    const before = reply.text;
    reply.write('');
    const isSent = await sending.send(message);
    if (!isSent) reply.write(before);
    return isSent;
  };

  const submit = async (resolve: boolean): Promise<void> => {
    const said = text.trim();
    if (said === '' || isLocked) return;
    if (mode === 'note') return keepNote.mutate(said);
    if (isShut) return setDialog('template');
    if (selectUnfilled(field.current)) return setHasUnfilled(true);
    if ((await send({ text: said, channel, resolve })) && resolve) onResolved();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (sought !== null && replies.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      const chosen = replies[Math.min(cannedAt, replies.length - 1)];
      if (step !== 0) {
        event.preventDefault();
        return setCannedAt(Math.max(0, Math.min(replies.length - 1, cannedAt + step)));
      }
      if ((event.key === 'Enter' || event.key === 'Tab') && !event.nativeEvent.isComposing && chosen) {
        event.preventDefault();
        return take(chosen);
      }
    }
    if (event.key === 'Escape') return field.current?.blur();
    const isSend = event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing && !isTouch();
    if (!isSend) return;
    event.preventDefault();
    void submit(event.ctrlKey || event.metaKey);
  };

  const register = thread.artist.register ? t(`register.${thread.artist.register}`) : null;
  const firstName = thread.artist.name.split(' ')[0] ?? thread.artist.name;
  const placeholder =
    mode === 'note' ? t('composer.notePlaceholder') : t('composer.placeholder', { name: firstName });
  return (
    <>
      <form
        className={mode === 'note' ? `${styles.composer} ${styles.note}` : styles.composer}
        aria-label={t('composer.title')}
        onSubmit={(event) => {
          event.preventDefault();
          void submit(false);
        }}
      >
        {sending.problem && <Notice tone="late">{sending.problem}</Notice>}
        {hasUnfilled && unfilled.test(text) && (
          <Notice tone="late">{t('composer.unfilled', { place: unfilled.exec(text)?.[0] ?? '' })}</Notice>
        )}
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
          {mode === 'reply' && (
            <Button
              className={styles.later}
              isSmall
              look="quiet"
              icon="clock"
              aria-label={t('composer.later')}
              title={t('composer.later')}
              disabled={text.trim() === '' || isShut}
              onClick={() => !selectUnfilled(field.current) && setDialog('later')}
            />
          )}
        </div>
        {isShut && (
          <Shut
            thread={thread}
            channel={channel}
            refusal={refusal}
            onTemplate={() => setDialog('template')}
            onPick={setPicked}
          />
        )}
        {sought !== null && <CannedList replies={replies} at={cannedAt} onChoose={take} />}
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          value={text}
          disabled={isLocked}
          placeholder={placeholder}
          aria-label={placeholder}
          aria-controls={sought === null ? undefined : 'canned-list'}
          aria-activedescendant={sought === null ? undefined : `canned-${replies[cannedAt]?.id ?? ''}`}
          enterKeyHint={isTouch() ? 'enter' : 'send'}
          onChange={(event) => {
            write(event.target.value);
            sending.clearProblem();
            setCannedAt(0);
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
      {dialog === 'template' && (
        <TemplateDialog
          thread={thread}
          onClose={() => setDialog(null)}
          onSend={({ key, fields, text: shown }) => {
            setDialog(null);
            void sending.send({ text: shown, channel: 'whatsapp', template: { key, fields } });
          }}
        />
      )}
      {dialog === 'later' && (
        <HourDialog
          title={t('composer.later')}
          lead={t('composer.laterLead', { name: firstName })}
          confirm={t('composer.laterConfirm')}
          zone={thread.artist.zone}
          onClose={() => setDialog(null)}
          onPick={(at) => {
            setDialog(null);
            void send({ text: reply.text.trim(), channel, at: at.toISOString() });
          }}
        />
      )}
      {dialog === 'promise' && (
        <PromiseDialog
          thread={thread}
          onClose={() => setDialog(null)}
          onPromise={({ text: line, until }) => {
            setDialog(null);
            void sending.send({ text: line, channel, until: until.toISOString() });
          }}
        />
      )}
    </>
  );
}
