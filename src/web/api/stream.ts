import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { keys, putRow, readItems, synchronise } from './queries.ts';
import { hearServerNow } from './server-clock.ts';
import type { Counts, Queue, Row, Viewer } from './shapes.ts';

/** What the page knows of its own freshness. `heardAt` is on the machine's clock. */
export interface Live {
  readonly heardAt: number | null;
  readonly isOpen: boolean;
  /** A newer build of the product answered: a reload is offered. */
  readonly isOutdated: boolean;
}

let live: Live = { heardAt: null, isOpen: false, isOutdated: false };
const listeners = new Set<() => void>();

function tell(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const changed of listeners) changed();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export const useLive = (): Live => useSyncExternalStore(subscribe, () => live);

/** One run of `work` at most every `waitMs`, the last asked for. */
function calm(waitMs: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      work();
    }, waitMs);
  };
}

type Hear = (data: never) => void;

interface Ears {
  readonly client: QueryClient;
  readonly build: string;
  /** The queue on the page. */
  readonly queue: () => Queue;
  /** Is this thread open before the coach's eyes? */
  readonly isSeen: (id: string) => boolean;
  /** The carrier of the news is gone for good: the session may have ended. */
  readonly onRefused: () => void;
}

function hearings({ client, build, queue, isSeen }: Ears): Record<string, Hear> {
  const readRows = calm(400, () => void client.invalidateQueries({ queryKey: ['rows'] }));
  const stale = new Set<string>();
  const readThreads = calm(150, () => {
    for (const id of stale) void client.invalidateQueries({ queryKey: keys.thread(id) });
    stale.clear();
  });
  // One commit tells of several items: they are read together.
  const wanted = new Map<string, number>();
  const readWanted = calm(40, () => {
    for (const [id, seq] of wanted) void readItems(client, id, seq).catch(() => undefined);
    wanted.clear();
  });
  let wasOpen = false;
  const sync = (): void => void synchronise(client, queue()).catch(() => undefined);
  return {
    hello: ({ now, build: heard }: { now: string; build?: string }) => {
      hearServerNow(now);
      tell({ isOpen: true, isOutdated: live.isOutdated || (heard !== undefined && heard !== build) });
      if (wasOpen) sync();
      wasOpen = true;
    },
    row: ({ row }: { row: Row }) => {
      putRow(client, isSeen(row.id) ? { ...row, unread: false } : row);
      stale.add(row.id);
      readThreads();
      readRows();
    },
    item: ({ thread, seq }: { thread: string; seq: number }) => {
      wanted.set(thread, Math.min(seq, wanted.get(thread) ?? seq));
      readWanted();
    },
    future: ({ thread }: { thread: string }) => {
      stale.add(thread);
      readThreads();
    },
    counts: ({ counts }: { counts: Counts }) => void client.setQueryData(keys.counts, counts),
    presence: ({ thread, viewers }: { thread: string; viewers: readonly Viewer[] }) => {
      const row = client.getQueryData<{ row: Row }>(keys.thread(thread))?.row;
      if (row && Array.isArray(viewers)) putRow(client, { ...row, viewers });
    },
    resync: sync,
    ping: ({ now }: { now: string }) => hearServerNow(now),
  };
}

/**
 * Listens to `/api/stream` until the function it returns is called. The stream is only speed: after a gap, what the page
 * lacks is asked for by `seq`.
 */
export function listen(ears: Ears): () => void {
  const hears = Object.entries(hearings(ears));
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | null = null;

  function reopen(afterMs: number): void {
    source?.close();
    tell({ isOpen: false });
    again = setTimeout(open, afterMs);
  }

  function open(): void {
    const opened = new EventSource('/api/stream');
    source = opened;
    for (const [name, hear] of hears) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        tell({ heardAt: Date.now() });
        hear(JSON.parse(event.data || '{}') as never);
      });
    }
    opened.addEventListener('bye', () => reopen(Math.random() * 5000));
    opened.addEventListener('error', () => {
      tell({ isOpen: false });
      if (opened.readyState !== EventSource.CLOSED) return;
      ears.onRefused();
      reopen(3000);
    });
  }

  open();
  return () => {
    if (again) clearTimeout(again);
    source?.close();
    tell({ isOpen: false, heardAt: null });
  };
}
