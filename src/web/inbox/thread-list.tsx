import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type FocusEvent, type RefObject } from 'react';
import { useRows } from '../api/queries.ts';
import type { Me, Queue, Row } from '../api/shapes.ts';
import { useHotkeys } from '../hotkeys.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { BulkBar } from './bulk-bar.tsx';
import { useSteadyRows } from './steady-rows.ts';
import styles from './thread-list.module.css';
import { ThreadRow } from './thread-row.tsx';

const rowHeight = 64;
const readAhead = 20;

interface Props {
  me: Me;
  queue: Queue;
  openId: string | null;
  /** Ids in the order shown, for "resolve and next". */
  order: RefObject<readonly string[]>;
}

interface RowsProps extends Props {
  rows: readonly Row[];
  hasMore: boolean;
  onMore: () => void;
}

function Rows({ me, queue, openId, order, rows, hasMore, onMore }: RowsProps) {
  const { t } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [isHeld, setIsHeld] = useState(false);
  const [focused, setFocused] = useState<string | null>(openId);
  const { rows: steady, news, isGone } = useSteadyRows(rows, isHeld);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = steady.filter(({ id }) => selected.has(id));
  const virtual = useVirtualizer({
    count: steady.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => steady[index]?.id ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const home = steady.some(({ id }) => id === focused) ? focused : (steady[0]?.id ?? null);

  useEffect(() => {
    order.current = steady.map(({ id }) => id);
  });
  useEffect(() => {
    if (hasMore && lastIndex >= steady.length - readAhead) onMore();
  }, [hasMore, lastIndex, steady.length, onMore]);

  const move = (by: number): void => {
    const from = steady.findIndex(({ id }) => id === (focused ?? openId));
    const index = Math.min(steady.length - 1, Math.max(0, from + by));
    const row = steady[index];
    if (!row) return;
    setFocused(row.id);
    virtual.scrollToIndex(index);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"]`)?.focus(),
    );
  };
  useHotkeys({
    x: () => {
      const id = focused ?? openId ?? home;
      if (!id) return;
      const without = [...selected].filter((other) => other !== id);
      setSelected(new Set(selected.has(id) ? without : [...selected, id]));
    },
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => isHeld && move(1),
    ArrowUp: () => isHeld && move(-1),
  });

  const letGo = (event: FocusEvent): void => setIsHeld(event.currentTarget.contains(event.relatedTarget));
  return (
    <>
      {chosen.length > 0 && <BulkBar rows={chosen} onClear={() => setSelected(new Set())} />}
      {news > 0 && (
        <div className={styles.news}>
          <Button
            isSmall
            look="primary"
            onClick={() => {
              setIsHeld(false);
              virtual.scrollToIndex(0);
            }}
          >
            {t('list.news', { count: news })}
          </Button>
        </div>
      )}
      <div ref={scroller} className={styles.scroller} onFocus={() => setIsHeld(true)} onBlur={letGo}>
        <div
          className={styles.rows}
          role="list"
          aria-label={t(`queue.${queue}`)}
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map(({ index, start, key }) => {
            const row = steady[index];
            if (!row) return null;
            return (
              <div
                key={key}
                role="listitem"
                aria-setsize={hasMore ? -1 : steady.length}
                aria-posinset={index + 1}
                className={styles.item}
                style={{ transform: `translateY(${start}px)` }}
              >
                <ThreadRow
                  row={row}
                  queue={queue}
                  ownId={me.coach.id}
                  isOpen={row.id === openId}
                  isFocusable={row.id === home}
                  isGone={isGone(row.id)}
                  isSelected={selected.has(row.id)}
                  onFocus={() => setFocused(row.id)}
                />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

/** The threads of one queue; only those in sight are in the page. */
export function ThreadList(props: Props) {
  const { t } = useWords();
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useRows(
    props.queue,
  );
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  if (isPending) return <Skeleton lines={18} />;
  if (error && !data) return <Failed what={t('problem.list')} error={error} onRetry={() => void refetch()} />;
  if (rows.length === 0) {
    return (
      <Empty title={t(`empty.${props.queue}.title`)}>
        <p>{t(`empty.${props.queue}.text`)}</p>
      </Empty>
    );
  }
  return (
    <Rows
      {...props}
      rows={rows}
      hasMore={hasNextPage}
      onMore={() => !isFetchingNextPage && void fetchNextPage()}
    />
  );
}
