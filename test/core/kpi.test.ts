import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addTallies,
  cellsOf,
  creditedTo,
  emptyTally,
  rateOf,
  ratesOf,
  type RunFate,
} from '../../src/core/kpi.ts';
import { channels } from '../../src/core/vocabulary.ts';

const now = new Date('2026-03-31T00:00:00Z');
const day = 86_400_000;
const ago = (days: number): Date => new Date(now.getTime() - days * day);

describe('a rate (§19.1)', () => {
  test.each([
    [50, 0.1951, 0.3143, 'not_enough_data'],
    [70, 0.2873, 0.4184, 'above'],
    [30, 0.1071, 0.2061, 'below'],
  ] as const)('%d of 200 against 25 %% (golden)', (hits, low, high, status) => {
    const rate = rateOf(hits, 200, 0.25);
    expect([rate.low, rate.high]).toEqual([expect.closeTo(low, 4), expect.closeTo(high, 4)]);
    expect(rate.status).toBe(status);
  });

  test('of nobody says nothing', () => {
    expect(rateOf(0, 0, 0.25)).toMatchObject({ rate: null, status: 'not_enough_data' });
  });
});

const message = fc.record({
  stepKey: fc.constantFrom('j0-email', 'j1-sms', 'j3-email'),
  channel: fc.constantFrom(...channels),
  isSent: fc.boolean(),
  isDelivered: fc.boolean(),
  isMeasurable: fc.boolean(),
  isOpened: fc.boolean(),
  isClicked: fc.boolean(),
  isReplied: fc.boolean(),
  isUnsubscribed: fc.boolean(),
});
const run: fc.Arbitrary<RunFate> = fc.record({
  arm: fc.constantFrom('', 'x=a', 'x=b'),
  exitReason: fc.constantFrom(null, 'goal_met', 'already_converted', 'declined'),
  goalDeadline: fc.option(fc.integer({ min: -40, max: 40 }).map(ago)),
  messages: fc.array(message, { maxLength: 12 }),
});

describe('the cells', () => {
  test('no rate passes 100 %, whatever came back (§19.18)', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 30 }), (runs) => {
        const cells = new Map<string, typeof emptyTally>();
        for (const one of runs)
          for (const [key, tally] of cellsOf(one, now))
            cells.set(key, addTallies(cells.get(key) ?? emptyTally, tally));
        for (const [key, tally] of cells) {
          const rates = ratesOf(tally, 'welcome', true, key.startsWith('*:*'));
          for (const rate of Object.values(rates)) if (rate) expect(rate.hits).toBeLessThanOrEqual(rate.of);
        }
      }),
    );
  });

  test('an open window stays out, and so does who had it before (§19.18)', () => {
    const tally = (exitReason: string | null, goalDeadline: Date) =>
      cellsOf({ arm: '', exitReason, goalDeadline, messages: [] }, now).get('*:*:');
    expect(tally('goal_met', ago(1))).toMatchObject({ entered: 1, closed: 1, converted: 1, open: 0 });
    expect(tally('goal_met', ago(-1))).toMatchObject({ entered: 1, closed: 0, converted: 0, open: 1 });
    expect(tally('already_converted', ago(1))).toMatchObject({
      entered: 1,
      closed: 0,
      converted: 0,
      open: 0,
    });
    expect(tally('declined', ago(1))).toMatchObject({ closed: 1, converted: 0 });
  });
});

test('one credit: the last click within five days, else the last reply, else what arrived within a day (§19.18)', () => {
  const delivery = { messageId: 'm3', kind: 'delivery', at: ago(0.5) } as const;
  const click = { messageId: 'm1', kind: 'click', at: ago(4) } as const;
  const reply = { messageId: 'm2', kind: 'reply', at: ago(1) } as const;
  expect(creditedTo([delivery, reply, click], now)).toBe('m1');
  expect(creditedTo([delivery, reply, { ...click, at: ago(6) }], now)).toBe('m2');
  expect(creditedTo([delivery], now)).toBe('m3');
  expect(creditedTo([{ ...delivery, at: ago(1.1) }], now)).toBeNull();
});
