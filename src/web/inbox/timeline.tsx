import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { lastSeq } from '../api/merge.ts';
import { readOlder } from '../api/queries.ts';
import { serverNow } from '../api/server-clock.ts';
import type { EventItem, OutItem, SilenceItem, StateItem, Thread } from '../api/shapes.ts';
import { useHotkeys } from '../hotkeys.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { clockTime, dayName, isSameDay } from '../time.ts';
import { useWords, type Words } from '../words.ts';
import { Bubble } from './bubble.tsx';
import { tappedButtons, toEntries, type Entry } from './entries.ts';
import { FutureList } from './future-list.tsx';
import { useNames, type NameOf } from './names.ts';
import { PendingBubble, type Pending } from './pending-bubble.tsx';
import { isForLater } from './scheduled.ts';
import styles from './timeline.module.css';
import { useSoughtItem } from './use-sought-item.ts';
import { WhyPanel } from './why-panel.tsx';

interface Props {
  thread: Thread;
  pending: readonly Pending[];
  /** Items from this number on came in unseen: they are pointed at. */
  freshFrom: number | null;
  onUndo: (item: OutItem) => void;
  onReuse: (text: string) => void;
  onWriteInstead: (stepId: string) => void;
  /** Takes back words that were meant for later. */
  onCancel: (item: OutItem) => void;
}

const nearBottomPx = 80;

function Day({ at }: { at: string }) {
  const { t, language } = useWords();
  const isToday = isSameDay(at, serverNow());
  return (
    <h2 className={styles.day}>
      <span>{isToday ? t('time.today') : dayName(at, language)}</span>
    </h2>
  );
}

/** What the line says happened; a code without words of its own says nothing more than the line does. */
function stateText(item: StateItem, name: string, { t, known }: Words): string {
  const { from, to, reason } = item;
  const isWritten = reason?.includes(' ') ?? false;
  const why = reason ? known(`reason.${reason}`, isWritten ? reason : '') : '';
  const key =
    to === null ? 'state.did' : from === 'coach' && to === 'coach' ? 'state.transferred' : `state.to.${to}`;
  return [t(key, { name }), why].filter(Boolean).join(' · ');
}

function StateLine({ item, nameOf }: { item: StateItem; nameOf: NameOf }) {
  const words = useWords();
  // Of the house's own account: nobody did it, nothing changed hands, and no words say why.
  const isNobodys = item.to === null && !item.by && words.known(`reason.${item.reason ?? ''}`, '') === '';
  if (isNobodys) return null;
  return (
    <p className={styles.line}>
      <span>
        {stateText(item, nameOf(item.by, item.byName), words)} ·{' '}
        <time dateTime={item.at}>{clockTime(item.at, words.language)}</time>
      </span>
    </p>
  );
}

function EventLine({ item }: { item: EventItem }) {
  const { known, language } = useWords();
  return (
    <p className={styles.line}>
      <Icon name="bolt" />
      <span>
        {known(`event.${item.name}`, item.name)} ·{' '}
        <time dateTime={item.at}>{clockTime(item.at, language)}</time>
      </span>
    </p>
  );
}

function Silences({
  items,
  openWhy,
  onWhy,
}: {
  items: readonly SilenceItem[];
  openWhy: string | null;
  onWhy: (id: string) => void;
}) {
  const { t, known, language } = useWords();
  return (
    <details className={styles.silences}>
      <summary>
        <Icon name="blocked" />
        {t('silence.folded', { count: items.length })}
      </summary>
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <button type="button" aria-expanded={openWhy === item.id} onClick={() => onWhy(item.id)}>
              {item.step && <strong>{item.step}</strong>}
              <span>{item.reason ? known(`reason.${item.reason}`, item.reason) : t('silence.noReason')}</span>
              <time dateTime={item.at}>{clockTime(item.at, language)}</time>
            </button>
            {openWhy === item.id && <WhyPanel itemId={item.id} id={`why-${item.id}`} />}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Older({ thread }: { thread: Thread }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [isReading, setIsReading] = useState(false);
  const first = thread.items[0]?.seq ?? 1;
  if (first <= 1) return <p className={styles.beginning}>{t('timeline.beginning')}</p>;
  const read = (): void => {
    setIsReading(true);
    void readOlder(client, thread.row.id)
      .catch(() => undefined)
      .finally(() => setIsReading(false));
  };
  return (
    <Button className={styles.older} isSmall disabled={isReading} onClick={read}>
      {t('timeline.older', { count: first - 1 })}
    </Button>
  );
}

interface Scroll {
  readonly ref: React.RefObject<HTMLDivElement | null>;
  /** Items that came in below, while the reader was further up. */
  readonly below: number;
  readonly toEnd: () => void;
  readonly onScroll: () => void;
}

/** Stays at the end while the reader is there; else keeps the place and counts what comes in below. */
function useScroll(thread: Thread, pendingCount: number): Scroll {
  const ref = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const before = useRef({ first: 0, height: 0 });
  const last = lastSeq(thread.items);
  const first = thread.items[0]?.seq ?? 0;
  const [seen, setSeen] = useState(last);
  const toEnd = (): void => ref.current?.scrollTo({ top: ref.current.scrollHeight });
  const onScroll = (): void => {
    const box = ref.current;
    if (!box) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearBottomPx;
    if (isAtEnd.current) setSeen(last);
  };
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    const isOlderAdded = before.current.first > first && before.current.first > 0;
    if (isOlderAdded) box.scrollTop += box.scrollHeight - before.current.height;
    else if (isAtEnd.current) {
      box.scrollTop = box.scrollHeight;
      setSeen(last);
    }
    before.current = { first, height: box.scrollHeight };
  }, [first, last, pendingCount]);
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    // A picture that comes in makes the column longer, not the box.
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, []);
  const below = thread.items.filter(
    ({ seq, kind }) => seq > seen && (kind === 'in' || kind === 'out'),
  ).length;
  return { ref, below, toEnd, onScroll };
}

/** All that was said with one artist, over every channel, then the line "now" and what is planned below it. */
export function Timeline({ thread, pending, freshFrom, onUndo, onReuse, onWriteInstead, onCancel }: Props) {
  const { t } = useWords();
  const nameOf = useNames();
  const [openWhy, setOpenWhy] = useState<string | null>(null);
  const { ref, below, toEnd, onScroll } = useScroll(thread, pending.length);
  const soughtSeq = useSoughtItem(thread, ref);
  const entries = useMemo(() => toEntries(thread.items.filter((item) => !isForLater(item))), [thread.items]);
  const tapped = useMemo(() => tappedButtons(thread.items), [thread.items]);
  const toggleWhy = (id: string): void => setOpenWhy((open) => (open === id ? null : id));

  useHotkeys({
    w: () => {
      const focused = document.activeElement?.closest<HTMLElement>('[data-item]')?.dataset.item;
      const last = thread.items.findLast(({ kind }) => kind === 'in' || kind === 'out')?.id;
      const id = focused ?? last;
      if (id) toggleWhy(id);
    },
    '.': toEnd,
  });

  const draw = (entry: Entry) => {
    if (entry.kind === 'day') return <Day key={entry.key} at={entry.at} />;
    if (entry.kind === 'silences')
      return <Silences key={entry.key} items={entry.items} openWhy={openWhy} onWhy={toggleWhy} />;
    const { item } = entry;
    // The message itself says that it was undone.
    if (item.kind === 'state' && item.reason === 'undone') return null;
    if (item.kind === 'state') return <StateLine key={entry.key} item={item} nameOf={nameOf} />;
    if (item.kind === 'event') return <EventLine key={entry.key} item={item} />;
    if (item.kind === 'brief' || item.kind === 'silence') return null;
    return (
      <Bubble
        key={entry.key}
        item={item}
        artist={thread.artist}
        nameOf={nameOf}
        isFollowing={entry.isFollowing}
        isFresh={(freshFrom !== null && item.seq >= freshFrom) || item.seq === soughtSeq}
        isWhyOpen={openWhy === item.id}
        tapped={tapped.get(item.id) ?? null}
        onWhy={() => toggleWhy(item.id)}
        onUndo={onUndo}
        onReuse={onReuse}
      />
    );
  };

  return (
    <div className={styles.frame}>
      <div
        ref={ref}
        className={styles.scroller}
        role="log"
        aria-live="polite"
        aria-label={t('timeline.title', { name: thread.artist.name })}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div className={styles.column}>
          <Older thread={thread} />
          {entries.map(draw)}
          {pending.map((message) => (
            <PendingBubble key={message.clientId} message={message} />
          ))}
          <FutureList thread={thread} onWriteInstead={onWriteInstead} onCancel={onCancel} />
        </div>
      </div>
      {below > 0 && (
        <Button className={styles.below} isSmall icon="down" look="primary" onClick={toEnd}>
          {t('timeline.below', { count: below })}
        </Button>
      )}
    </div>
  );
}
