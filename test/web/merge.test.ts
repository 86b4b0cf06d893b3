import { describe, expect, test } from 'vitest';
import { keepOlder, mergeItems, replaceRow } from '../../src/web/api/merge.ts';
import type { Item, Row, Thread } from '../../src/web/api/shapes.ts';
import { toEntries } from '../../src/web/inbox/entries.ts';

const heard = (seq: number, text = `n° ${seq}`): Item => ({
  id: `i${seq}`,
  seq,
  at: '2026-03-03T11:00:00Z',
  kind: 'in',
  channel: 'sms',
  text,
});
const silent = (seq: number): Item => ({
  id: `i${seq}`,
  seq,
  at: '2026-03-03T11:00:00Z',
  kind: 'silence',
  reason: 'late',
});
const numbers = (items: readonly Item[]): number[] => items.map(({ seq }) => seq);
const thread = (...seqs: number[]): Thread => ({ items: seqs.map((seq) => heard(seq)) }) as unknown as Thread;

describe('items of a thread', () => {
  test('fall into the order of the thread, whichever came first', () => {
    expect(numbers(mergeItems([heard(1), heard(4)], [heard(3), heard(2)]))).toEqual([1, 2, 3, 4]);
  });

  test('are there once, in their newest state', () => {
    const merged = mergeItems([heard(1)], [heard(1, 'newer')]);
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({ text: 'newer' });
  });

  test('already read stay beside a fresh page that follows them', () => {
    expect(numbers(keepOlder(thread(5, 6), thread(3, 4, 5)).items)).toEqual([3, 4, 5, 6]);
  });

  test('are dropped rather than shown with a hole', () => {
    expect(numbers(keepOlder(thread(9, 10), thread(3, 4)).items)).toEqual([9, 10]);
  });

  test('that were not sent fold into one line while they follow each other', () => {
    const kinds = toEntries([heard(1), silent(2), silent(3), heard(4), silent(5)]).map((entry) =>
      entry.kind === 'silences' ? entry.items.length : entry.kind,
    );
    expect(kinds).toEqual(['day', 'item', 2, 'item', 1]);
  });
});

describe('rows of a list', () => {
  const row = (id: string, seq: number): Row => ({ id, seq }) as unknown as Row;

  test('change in their place', () => {
    const pages = [{ rows: [row('lea', 1), row('karim', 1)], next: null }];
    expect(replaceRow(pages, row('karim', 2))[0]?.rows).toEqual([row('lea', 1), row('karim', 2)]);
  });

  test('leave the list as it is where they are not in it', () => {
    const pages = [{ rows: [row('lea', 1)], next: null }];
    expect(replaceRow(pages, row('jo', 1))).toBe(pages);
  });
});
