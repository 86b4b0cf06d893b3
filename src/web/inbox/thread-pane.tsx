import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { keys, putRow, threadPath, useThread } from '../api/queries.ts';
import { serverNow } from '../api/server-clock.ts';
import type { Me, OutItem, Queue, Row, Thread } from '../api/shapes.ts';
import { useHotkeys } from '../hotkeys.ts';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import { ActBar } from './act-bar.tsx';
import { ActDialog } from './act-dialogs.tsx';
import { useActs, useOwnership, type DialogName } from './acts.ts';
import { Brief } from './brief.tsx';
import { Composer, type ComposerHandle } from './composer.tsx';
import { Palette } from './palette.tsx';
import { problemText } from './problem.ts';
import { ThreadHeader } from './thread-header.tsx';
import styles from './thread-pane.module.css';
import { Timeline } from './timeline.tsx';
import { useFileDrop } from './use-file-drop.ts';
import { useSend } from './use-send.ts';

interface Props {
  me: Me;
  queue: Queue;
  onResolved: () => void;
  /** Back to the list, this thread staying what it is. */
  onLeave: () => void;
}

function undoable(thread: Thread, ownId: string): OutItem | null {
  const item = thread.items.findLast((other): other is OutItem => other.kind === 'out' && other.by === ownId);
  const isOpen = item?.status === 'queued' && Date.parse(item.undoUntil ?? '') > serverNow();
  return item && isOpen ? item : null;
}

function OpenThread({ me, queue, thread, onResolved, onLeave }: Props & { thread: Thread }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const composer = useRef<ComposerHandle>(null);
  const title = useRef<HTMLElement>(null);
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const change = useOwnership(thread.row);
  const drop = useFileDrop((file) => composer.current?.attach(file));
  const sending = useSend(thread, (item) => {
    if (item?.undoUntil) toast(t('done.sent'));
  });
  const { id } = thread.row;

  // On a phone the thread is a page of its own: whoever opened it should hear where they are.
  useEffect(() => {
    if (matchMedia('(max-width: 759px)').matches) title.current?.querySelector<HTMLElement>('h1')?.focus();
  }, []);

  const undo = async (item: OutItem): Promise<void> => {
    try {
      await api('DELETE', `${threadPath(id)}/messages/${encodeURIComponent(item.id)}`);
      composer.current?.insert(sending.typedText(item), item.file);
      toast(t('done.undo'));
    } catch (error) {
      toast(problemText(error, words));
    }
    await client.invalidateQueries({ queryKey: keys.thread(id) });
  };

  const leaveUnread = async (): Promise<void> => {
    try {
      const { row } = await api<{ row: Row }>('POST', `${threadPath(id)}/unread`);
      onLeave();
      putRow(client, row);
    } catch (error) {
      toast(problemText(error, words));
    }
  };

  const last = undoable(thread, me.coach.id);
  const acts = useActs({
    me,
    thread,
    claim: () => change.mutate({ verb: 'claim' }),
    release: () => change.mutate({ verb: 'release' }),
    open: setDialog,
    reply: () => composer.current?.focus('reply'),
    note: () => composer.current?.focus('note'),
    write: (name) => composer.current?.open(name),
    unread: () => void leaveUnread(),
    undo: last ? () => void undo(last) : null,
  });
  const byKey = acts.filter(({ key }) => key !== '');
  const run = (act: (typeof acts)[number]) => (act.unavailable === null ? act.run() : toast(act.unavailable));
  useHotkeys({
    ...Object.fromEntries(byKey.map((act) => [act.key, () => run(act)])),
    'Ctrl+k': () => setIsPaletteOpen(true),
  });

  const { state } = thread.row.own;
  return (
    <section ref={title} className={styles.pane} aria-labelledby="thread-title" {...drop.handlers}>
      {drop.isOver && <p className={styles.drop}>{t('file.drop')}</p>}
      <ThreadHeader me={me} thread={thread} queue={queue} />
      <Brief thread={thread} onInsert={(text) => composer.current?.insert(text)} />
      <Timeline
        thread={thread}
        pending={sending.pending}
        freshFrom={sending.freshFrom}
        onUndo={(item) => void undo(item)}
        onReuse={(text) => composer.current?.insert(text)}
        onWriteInstead={() => composer.current?.focus('reply')}
        onCancel={(item) => void undo(item)}
      />
      <div className={styles.foot}>
        <Composer ref={composer} thread={thread} sending={sending} onResolved={onResolved}>
          <ActBar
            acts={acts}
            main={state === 'waiting' ? 'claim' : null}
            onMore={() => setIsPaletteOpen(true)}
          />
        </Composer>
      </div>
      {dialog && (
        <ActDialog
          name={dialog}
          me={me}
          thread={thread}
          onClose={() => setDialog(null)}
          onResolved={onResolved}
        />
      )}
      {isPaletteOpen && <Palette acts={acts} onClose={() => setIsPaletteOpen(false)} />}
    </section>
  );
}

/** One thread: what was said, what comes next, and where to write. */
export function ThreadPane({ id, ...props }: Props & { id: string }) {
  const { t } = useWords();
  const { data: thread, error, isPending, refetch } = useThread(id);
  if (thread) return <OpenThread key={id} {...props} thread={thread} />;
  if (isPending) return <Skeleton lines={12} />;
  return <Failed what={t('problem.thread')} error={error} onRetry={() => void refetch()} />;
}
