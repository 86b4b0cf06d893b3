import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { keys, useCounts, useThread } from '../api/queries.ts';
import { queues, type Me, type Queue } from '../api/shapes.ts';
import { listen } from '../api/stream.ts';
import { Crash } from '../crash.tsx';
import { useHotkeys } from '../hotkeys.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { ArtistCard } from './artist-card.tsx';
import styles from './inbox-page.module.css';
import { KeysSheet } from './keys-sheet.tsx';
import { LiveBar } from './live-state.tsx';
import { queueKeys } from './queue-keys.ts';
import { QueueNav } from './queue-nav.tsx';
import { SearchDialog } from './search-dialog.tsx';
import { ThreadList } from './thread-list.tsx';
import { ThreadPane } from './thread-pane.tsx';

interface Props {
  me: Me;
  queueName: string;
  openId: string | null;
  /** `card`: on a narrow page, the artist's card instead of the thread. */
  pane: string | null;
}

const isQueue = (name: string): name is Queue => queues.some((queue) => queue === name);

/** Keeps one stream open for the page, whichever queue is shown. */
function useStream(me: Me, queue: Queue, openId: string | null): void {
  const client = useQueryClient();
  const shown = useRef({ queue, openId });
  useEffect(() => {
    shown.current = { queue, openId };
  }, [queue, openId]);
  const { build } = me;
  useEffect(
    () =>
      listen({
        client,
        build,
        queue: () => shown.current.queue,
        isSeen: (id) => id === shown.current.openId && !document.hidden,
        onRefused: () => void client.invalidateQueries({ queryKey: keys.me }),
      }),
    [client, build],
  );
}

function ListHead({
  queue,
  isAlone,
  onQueues,
  onSearch,
  onKeys,
}: {
  queue: Queue;
  /** No thread is open: the queue is what the page is about. */
  isAlone: boolean;
  onQueues: () => void;
  onSearch: () => void;
  onKeys: () => void;
}) {
  const { t, language } = useWords();
  const { data: counts } = useCounts();
  const Title = isAlone ? 'h1' : 'h2';
  return (
    <header className={styles.listHead}>
      <Button
        className={styles.toQueues}
        look="quiet"
        icon="menu"
        aria-label={t('queue.title')}
        onClick={onQueues}
      />
      <Title>{t(`queue.${queue}`)}</Title>
      {counts && (
        <span className={styles.count}>{new Intl.NumberFormat(language).format(counts[queue])}</span>
      )}
      <Button
        className={styles.search}
        look="quiet"
        icon="search"
        aria-label={t('search.title')}
        aria-keyshortcuts="/"
        onClick={onSearch}
      />
      <Button className={styles.keys} isSmall look="quiet" onClick={onKeys} aria-label={t('keys.title')}>
        ?
      </Button>
    </header>
  );
}

function CardPane({ id, queue, isPage }: { id: string; queue: Queue; isPage: boolean }) {
  const { t } = useWords();
  const { data: thread } = useThread(id);
  return (
    <section className={styles.card} role={isPage ? 'main' : 'complementary'} aria-label={t('card.title')}>
      {isPage && <h1 className="spoken">{thread?.row.name ?? t('card.title')}</h1>}
      <header className={styles.cardHead}>
        <Link
          href={`/inbox/${queue}/${encodeURIComponent(id)}`}
          className={styles.cardBack}
          aria-label={t('act.back')}
        >
          <Icon name="back" />
        </Link>
        <h2>{t('card.title')}</h2>
      </header>
      {thread && <ArtistCard thread={thread} />}
    </section>
  );
}

/** The coach's window: queues, list, thread and card side by side, or one after the other on a phone. */
export function InboxPage({ me, queueName, openId, pane }: Props) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const queue: Queue = isQueue(queueName) ? queueName : 'todo';
  const order = useRef<readonly string[]>([]);
  const [showsQueues, setShowsQueues] = useState(false);
  const [showsKeys, setShowsKeys] = useState(false);
  const [isSearching, setIsSearching] = useState(false);
  useStream(me, queue, openId);
  useEffect(() => setShowsQueues(false), [queue, openId]);

  const goings = Object.entries(queueKeys).map(
    ([name, key]) => [key, () => navigate(`/inbox/${name}`)] as const,
  );
  useHotkeys({
    ...Object.fromEntries(goings),
    '?': () => setShowsKeys(true),
    '/': () => setIsSearching(true),
    Escape: () => {
      if (!openId) return;
      const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(openId)}"]`);
      navigate(pane ? `/inbox/${queue}/${encodeURIComponent(openId)}` : `/inbox/${queue}`);
      row?.focus();
    },
  });

  const openNext = (): void => {
    const ids = order.current;
    const at = ids.indexOf(openId ?? '');
    const next = ids[at + 1] ?? ids[at - 1];
    navigate(next ? `/inbox/${queue}/${encodeURIComponent(next)}` : `/inbox/${queue}`);
  };

  const page = showsQueues ? 'queues' : pane === 'card' ? 'card' : openId ? 'thread' : 'list';
  return (
    <div className={styles.page}>
      <LiveBar />
      <div className={styles.panes} data-page={page}>
        <div className={styles.queues}>
          <QueueNav me={me} queue={queue} />
        </div>
        <section
          className={styles.list}
          role={openId === null ? 'main' : undefined}
          aria-label={t(`queue.${queue}`)}
        >
          <ListHead
            queue={queue}
            isAlone={openId === null}
            onQueues={() => setShowsQueues(true)}
            onSearch={() => setIsSearching(true)}
            onKeys={() => setShowsKeys(true)}
          />
          <Crash key={queue}>
            <ThreadList me={me} queue={queue} openId={openId} order={order} />
          </Crash>
        </section>
        <div
          className={styles.thread}
          role={openId === null || pane === 'card' ? 'region' : 'main'}
          aria-label={t('page.thread')}
        >
          {openId ? (
            <Crash key={openId}>
              <ThreadPane
                me={me}
                queue={queue}
                id={openId}
                onResolved={openNext}
                onLeave={() => navigate(`/inbox/${queue}`)}
              />
            </Crash>
          ) : (
            <Empty title={t('page.noThread')}>
              <p>{t('page.noThreadText')}</p>
            </Empty>
          )}
        </div>
        {openId && (
          <Crash key={`card-${openId}`}>
            <CardPane id={openId} queue={queue} isPage={pane === 'card'} />
          </Crash>
        )}
      </div>
      {showsKeys && <KeysSheet onClose={() => setShowsKeys(false)} />}
      {isSearching && <SearchDialog onClose={() => setIsSearching(false)} />}
    </div>
  );
}
