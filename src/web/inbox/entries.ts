import type { InItem, Item, SilenceItem } from '../api/shapes.ts';
import { isSameDay } from '../time.ts';

/** What the timeline draws, in order. */
export type Entry =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'silences'; readonly key: string; readonly items: readonly SilenceItem[] }
  | { readonly kind: 'item'; readonly key: string; readonly item: Item; readonly isFollowing: boolean };

const sideOf = (item: Item): string => (item.kind === 'out' ? `out:${item.by}` : item.kind);

/** Days apart, consecutive silences folded into one line, and who goes on speaking marked as such. */
export function toEntries(items: readonly Item[]): readonly Entry[] {
  const entries: Entry[] = [];
  let before: Item | null = null;
  for (const item of items) {
    const isNewDay = before === null || !isSameDay(before.at, item.at);
    if (isNewDay) entries.push({ kind: 'day', key: `day-${item.id}`, at: item.at });
    const last = entries.at(-1);
    if (item.kind === 'silence') {
      if (last?.kind === 'silences') entries[entries.length - 1] = { ...last, items: [...last.items, item] };
      else entries.push({ kind: 'silences', key: item.id, items: [item] });
    } else {
      const isFollowing =
        !isNewDay && before !== null && sideOf(before) === sideOf(item) && before.channel === item.channel;
      entries.push({ kind: 'item', key: item.id, item, isFollowing });
    }
    before = item;
  }
  return entries;
}

/** Which button of which message was tapped, by the message's id. */
export function tappedButtons(items: readonly Item[]): ReadonlyMap<string, string> {
  const taps = items.filter(
    (item): item is InItem => item.kind === 'in' && Boolean(item.button && item.answers),
  );
  return new Map(taps.map((tap) => [tap.answers ?? '', tap.button?.payload ?? '']));
}
