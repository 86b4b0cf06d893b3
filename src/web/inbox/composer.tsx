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
import type { Channel, SentFile, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import { AttachmentChip } from './attachment-chip.tsx';
import { CannedList, useCanned, type Canned } from './canned-list.tsx';
import { firstChannel, useRefusal } from './channel-picker.tsx';
import { ComposerBar } from './composer-bar.tsx';
import { ComposerTools } from './composer-tools.tsx';
import { ComposerDialogs, type ComposerDialog } from './composer-dialogs.tsx';
import styles from './composer.module.css';
import { usePresence } from './presence.ts';
import { problemText } from './problem.ts';
import { ShutNotice } from './shut-notice.tsx';
import { acceptedFiles, useAttachment } from './use-attachment.ts';
import { useDraft, type Mode } from './use-draft.ts';
import { pastedFile } from './use-file-drop.ts';
import { useReturned } from './use-returned.ts';
import type { Outgoing, Sending } from './use-send.ts';

export interface ComposerHandle {
  /** Goes to the field, in that mode. */
  readonly focus: (mode: Mode) => void;
  /** Puts a text into the reply, after what is there, and a file beside it. */
  readonly insert: (text: string, file?: SentFile | null) => void;
  readonly open: (dialog: ComposerDialog) => void;
  /** Puts a file beside the reply. */
  readonly attach: (file: File) => void;
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

/** The channel picked, else where the artist wrote; it never changes under words that are being written. */
function useChannel(thread: Thread, picked: Channel | null, isEmpty: boolean): Channel {
  const [own, setOwn] = useState(() => firstChannel(thread));
  useEffect(() => {
    if (isEmpty) setOwn(firstChannel(thread));
  }, [thread, isEmpty]);
  return picked ?? own;
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
  const attachment = useAttachment(thread.row.id);
  const { attached } = attachment;
  const picker = useRef<HTMLInputElement>(null);
  useReturned(thread, sending, reply, attachment);
  const note = useDraft(thread, 'note');
  const { text, write } = mode === 'note' ? note : reply;
  const refusal = useRefusal(thread, channel);
  const isShut = mode === 'reply' && refusal !== null;
  // A closed window keeps the field: what stands in it may go by another way.
  const isLocked = isShut && refusal !== 'window_closed';
  // Nothing goes without the file it was written for.
  const isBare = text.trim() === '' && (mode === 'note' || !attached?.file);
  const isHeld = mode === 'reply' && attached !== null && !attached.file;
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
  const attach = (file: File): void => {
    if (mode === 'note') focus('reply');
    if (!isLocked) attachment.attach(file);
  };
  useImperativeHandle(ref, () => ({
    focus,
    insert: (added, file) => {
      focus('reply');
      reply.write(reply.text ? `${reply.text}\n${added}` : added);
      if (file && !attached) attachment.restore(file);
    },
    open: setDialog,
    attach,
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
    const file = attachment.take();
    const isSent = await sending.send({ ...message, file });
    if (!isSent) reply.write(before);
    if (!isSent && file) attachment.restore(file);
    return isSent;
  };

  const submit = async (resolve: boolean): Promise<void> => {
    const said = text.trim();
    if (isBare || isHeld || isLocked) return;
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
        <ComposerBar
          thread={thread}
          mode={mode}
          channel={channel}
          asText={[text, attached?.file?.url].filter(Boolean).join('\n')}
          onMode={focus}
          onChannel={setPicked}
        />
        {isShut && (
          <ShutNotice
            thread={thread}
            channel={channel}
            refusal={refusal}
            onTemplate={() => setDialog('template')}
            onPick={setPicked}
          />
        )}
        <input
          ref={picker}
          type="file"
          hidden
          accept={acceptedFiles}
          aria-label={t('file.attach')}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) attach(file);
            currentTarget.value = '';
          }}
        />
        {mode === 'reply' && (
          <AttachmentChip
            attachment={attachment}
            isLinked={channel !== 'whatsapp'}
            onChooseOther={() => picker.current?.click()}
          />
        )}
        {sought !== null && <CannedList replies={replies} at={cannedAt} onChoose={take} />}
        <div className={styles.box}>
          <textarea
            ref={field}
            className={styles.field}
            rows={1}
            value={text}
            // What was written may still be read and copied.
            readOnly={isLocked}
            aria-disabled={isLocked}
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
            onPaste={(event) => {
              const file = pastedFile(event);
              if (!file) return;
              event.preventDefault();
              attach(file);
            }}
          />
          {mode === 'reply' && (
            <ComposerTools
              mayAttach={!isLocked}
              maySendLater={!(isBare || isHeld || isShut)}
              onAttach={() => picker.current?.click()}
              onLater={() => !selectUnfilled(field.current) && setDialog('later')}
            />
          )}
        </div>
        <div className={`${styles.bar} ${styles.last}`}>
          {children}
          <Button
            className={styles.send}
            type="submit"
            look="primary"
            icon={mode === 'note' ? 'note' : 'sends'}
            aria-keyshortcuts="Enter"
            disabled={isBare || isHeld || isLocked || keepNote.isPending}
          >
            <span>{t(mode === 'note' ? 'composer.keepNote' : 'composer.send')}</span>
            <kbd className={styles.enter} aria-hidden="true">
              ↵
            </kbd>
          </Button>
        </div>
      </form>
      {dialog && (
        <ComposerDialogs
          name={dialog}
          thread={thread}
          channel={channel}
          onClose={() => setDialog(null)}
          onSend={(message) => void sending.send(message)}
          onLater={(at) => void send({ text: reply.text.trim(), channel, at })}
        />
      )}
    </>
  );
}
