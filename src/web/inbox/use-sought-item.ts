import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type RefObject } from 'react';
import { useSearch } from 'wouter';
import { readOlder } from '../api/queries.ts';
import type { Thread } from '../api/shapes.ts';

/** A page holds fifty: further back than this the coach scrolls. */
const mostPages = 40;

/** The item that a search led to (`?seq=`): read back as far as it stands, brought into view once, and pointed at. */
export function useSoughtItem(thread: Thread, box: RefObject<HTMLDivElement | null>): number | null {
  const client = useQueryClient();
  const asked = new URLSearchParams(useSearch()).get('seq');
  const seq = asked === null ? null : Number(asked);
  const pages = useRef(0);
  const shown = useRef<number | null>(null);
  const first = thread.items[0]?.seq ?? 0;
  const id = thread.items.find((item) => item.seq === seq)?.id;
  useEffect(() => {
    if (seq === null || shown.current === seq) return;
    if (id === undefined && first > seq && pages.current < mostPages) {
      pages.current += 1;
      void readOlder(client, thread.row.id).catch(() => undefined);
      return;
    }
    const item = id && box.current?.querySelector(`[data-item="${CSS.escape(id)}"]`);
    if (!item) return;
    shown.current = seq;
    item.scrollIntoView({ block: 'center' });
  }, [client, thread.row.id, seq, id, first, box]);
  return seq;
}
