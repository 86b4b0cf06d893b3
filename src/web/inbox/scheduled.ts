import type { Item } from '../api/shapes.ts';

/** Longer than any undo: words that were given an hour of their own. */
const leastMs = 60_000;

/** A coach's words that wait for their hour: they stand below the line "now", not among what was said. */
export const isForLater = (item: Item): boolean =>
  item.kind === 'out' &&
  item.status === 'queued' &&
  Date.parse(item.undoUntil ?? '') - Date.parse(item.at) > leastMs;
