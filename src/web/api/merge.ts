import type { Item, Row, Thread } from './shapes.ts';

const bySeq = (a: Item, b: Item): number => a.seq - b.seq;

/** The items of both, one of each id, the incoming one winning, in the order of the thread. */
export function mergeItems(items: readonly Item[], incoming: readonly Item[]): readonly Item[] {
  if (incoming.length === 0) return items;
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const item of incoming) byId.set(item.id, item);
  return [...byId.values()].sort(bySeq);
}

export const lastSeq = (items: readonly Item[]): number => items.at(-1)?.seq ?? 0;

/** A freshly read thread, with the older pages already read where nothing is missing between the two. */
export function keepOlder(fresh: Thread, before: Thread | undefined): Thread {
  const firstFresh = fresh.items[0]?.seq ?? 0;
  if (!before || lastSeq(before.items) < firstFresh - 1) return fresh;
  return { ...fresh, items: mergeItems(before.items, fresh.items) };
}

export interface RowPage {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/** Puts a newer state of one row in its place. The same pages come back where the row is not among them. */
export function replaceRow(pages: readonly RowPage[], row: Row): readonly RowPage[] {
  if (!pages.some((page) => page.rows.some(({ id }) => id === row.id))) return pages;
  return pages.map((page) => ({ ...page, rows: page.rows.map((old) => (old.id === row.id ? row : old)) }));
}
