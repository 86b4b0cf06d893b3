import { describe, expect, test } from 'vitest';
import { lookAt, type BehaviourFacts, type Remembered } from '../../src/core/behaviour.ts';
import { readSegments } from '../../src/core/segment/book.ts';
import { poissonTail } from '../../src/core/stats.ts';
import {
  crossMilestones,
  isPeak,
  isStagnating,
  isStorm,
  isUnusual,
  type Milestones,
} from '../../src/core/trigger.ts';
import { someContact } from '../support/build.ts';

const day = 86_400_000;
const monday = new Date('2026-03-02T17:04:00Z');
const on = (days: number): Date => new Date(monday.getTime() + days * day);

/** Levels that fired, score by score; a day between them unless said. */
function climb(scores: readonly number[], apart = 1): (number | null)[] {
  let state: Milestones | null = null;
  return scores.map((score, index) => {
    const crossed = crossMilestones(state, score, on(index * apart));
    state = crossed.state;
    return crossed.fires;
  });
}

describe('a milestone', () => {
  test('of a first score arms in silence', () => {
    expect(climb([92])).toEqual([null]);
    expect(climb([58, 60])).toEqual([null, 60]);
  });

  test('of several crossed at once is the highest only', () => {
    expect(climb([58, 92, 93])).toEqual([null, 90, null]);
  });

  test('is armed again five points below, and rests thirty days (golden) (§19.17)', () => {
    expect(climb([74, 76, 71, 76, 70, 75], 31)).toEqual([null, 75, null, null, null, 75]);
    expect(climb([74, 76, 71, 76, 70, 75], 1)).toEqual([null, 75, null, null, null, null]);
  });
});

describe('a peak (§19.1)', () => {
  test.each([
    [0.5, 5],
    [1, 6],
    [1.5, 7],
    [2, 9],
    [3, 11],
    [4, 12],
    [6, 16],
  ])('at a rate of %d needs %d events in two days (golden)', (rate, least) => {
    expect([isUnusual(least - 1, rate), isUnusual(least, rate)]).toEqual([false, true]);
  });

  test('weighs what is usual for this contact', () => {
    expect(poissonTail(5, 0.5)).toBeCloseTo(0.000172, 6);
    expect(poissonTail(6, 1)).toBeCloseTo(0.000594, 6);
    const five = Array.from({ length: 5 }, (_, n) => on(-n * 0.3));
    expect(isPeak(five, monday)).toBe(true);
    const usual = Array.from({ length: 26 }, (_, n) => on(-3 - n * 0.9));
    expect(isPeak([...five, ...usual], monday)).toBe(false);
  });
});

test('stagnation: a client of two weeks who gained less than three points and did nothing', () => {
  const client = { plan: 290, planSince: on(-30) };
  const scores = [
    { at: on(-20), score: 60 },
    { at: on(-2), score: 62 },
  ];
  const progress = { scores, lastActionAt: null, isHeld: false };
  expect(isStagnating(client, progress, monday)).toBe(true);
  expect(isStagnating(client, { ...progress, lastActionAt: on(-13) }, monday)).toBe(false);
  expect(isStagnating(client, { ...progress, isHeld: true }, monday)).toBe(false);
  expect(isStagnating({ ...client, plan: null }, progress, monday)).toBe(false);
  expect(isStagnating({ ...client, planSince: on(-13) }, progress, monday)).toBe(false);
  const gained = [...scores, { at: on(-1), score: 63 }];
  expect(isStagnating(client, { ...progress, scores: gained }, monday)).toBe(false);
});

test('a storm is more than one in twenty, and fifty people', () => {
  expect([isStorm(49, 100), isStorm(50, 1000), isStorm(51, 1000), isStorm(60, 1000)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

describe('looking at a contact', () => {
  const { book } = readSegments({ clients: { attr: { path: 'plan', op: 'exists', value: true } } });
  const facts = (over: Partial<BehaviourFacts> = {}, remembered: Remembered = {}): BehaviourFacts => ({
    contact: someContact({ lastHumanAt: on(-14) }),
    consents: {},
    events: [],
    offers: {},
    positives: [],
    progress: { scores: [], lastActionAt: null, isHeld: false },
    remembered,
    ...over,
  });

  test('a silence of fourteen days fires once, the next silence again', () => {
    const first = lookAt(facts(), book, monday);
    expect(first.fired).toEqual(['inactivity']);
    expect(lookAt(facts({}, first.memory), book, on(5)).fired).toEqual([]);
    const next = facts({ contact: someContact({ lastHumanAt: on(6) }) }, first.memory);
    expect(lookAt(next, book, on(20)).fired).toEqual(['inactivity']);
    expect(lookAt(next, book, on(19)).recheckAt).toEqual(on(20));
  });

  test('a peak fires on its edge and rests a fortnight', () => {
    const positives = Array.from({ length: 6 }, (_, n) => on(-n * 0.2));
    const busy = facts({ positives, contact: someContact() });
    const first = lookAt(busy, book, monday);
    expect(first.fired).toEqual(['peak']);
    expect(lookAt({ ...busy, remembered: first.memory }, book, monday).fired).toEqual([]);
    const calm = lookAt(facts({ contact: someContact() }, first.memory), book, on(3));
    expect(calm.memory.peak).toMatchObject({ armed: true, count: 1 });
    const again = {
      positives: positives.map((at) => new Date(at.getTime() + 8 * day)),
      contact: someContact(),
    };
    expect(lookAt(facts(again, calm.memory), book, on(8)).fired).toEqual([]);
  });

  test('says which segments were entered and left', () => {
    const client = someContact({ plan: 290, segments: [] });
    expect(lookAt(facts({ contact: client }), book, monday)).toMatchObject({
      entered: ['clients'],
      left: [],
    });
    const former = someContact({ plan: null, segments: ['clients', 'made-by-hand'] });
    expect(lookAt(facts({ contact: former }), book, monday)).toMatchObject({
      entered: [],
      left: ['clients'],
    });
  });
});
