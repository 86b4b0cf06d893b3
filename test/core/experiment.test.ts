import { describe, expect, test } from 'vitest';
import {
  alwaysValid,
  armOf,
  checkRatio,
  holm,
  isBreached,
  judgeTrial,
  plannedN,
  preflight,
  readOut,
  rhoOf,
  shareOf,
  visibleLift,
} from '../../src/core/experiment.ts';
import { wilson } from '../../src/core/stats.ts';

const start = new Date('2026-03-02T00:00:00Z');
const later = (days: number): Date => new Date(start.getTime() + days * 86_400_000);

describe('an arm', () => {
  test.each([
    ['exp-1', 'contact-1', 0.8039143287624568],
    ['exp-1', 'contact-3', 0.18613461146718313],
    ['welcome-j5-subject', 'c_0001', 0.001613336131147003],
  ])('%s|%s stands at %d (golden)', (seed, contact, share) => {
    expect(shareOf(seed, contact)).toBe(share);
  });

  test('is by its weight, the same however often it is asked, and a weight of nothing gets nobody', () => {
    const arms = [
      { key: 'a', weight: 1 },
      { key: 'none', weight: 0 },
      { key: 'b', weight: 3 },
    ];
    const counts = new Map<string | null, number>();
    for (let n = 0; n < 4_000; n += 1) {
      const arm = armOf('seed', `contact-${String(n)}`, arms);
      expect(armOf('seed', `contact-${String(n)}`, arms)).toBe(arm);
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['a', 'b']);
    expect(counts.get('a') ?? 0).toBeGreaterThan(900);
    expect(counts.get('a') ?? 0).toBeLessThan(1_100);
  });
});

describe('the preflight (§19.1)', () => {
  test.each([
    [0.45, 1931, 484, 214],
    [0.12, 12_004, 3122, 1440],
    [0.25, 4862, 1251, 571],
    [0.4, 2389, 604, 270],
    [0.6, 1016, 244, 103],
    [0.08, 18_872, 4921, 2276],
  ])('at %d needs %d, %d and %d for +10, +20 and +30 %% (golden)', (rate, ten, twenty, thirty) => {
    expect([0.1, 0.2, 0.3].map((lift) => plannedN(rate, lift))).toEqual([ten, twenty, thirty]);
  });

  test('says what 250 an arm would show of a 12 % click rate', () => {
    expect(visibleLift(0.12, 250)).toBe(0.78);
  });

  test('says how long it takes, and what to do where that is too long', () => {
    expect(preflight(0.25, 0.2, 2, 50)).toEqual({ perArm: 1251, days: 51, isPowered: true, advice: [] });
    expect(preflight(0.12, 0.1, 3, 20)).toMatchObject({
      isPowered: false,
      advice: ['fewer_arms', 'commoner_metric', 'pool', 'carry_over'],
    });
    expect(preflight(0.25, 0.2, 2, 0).days).toBeNull();
  });
});

describe('the read-out', () => {
  const read = (one: [number, number], other: [number, number]) =>
    readOut({ key: 'a', hits: one[0], of: one[1] }, [{ key: 'b', hits: other[0], of: other[1] }])[0];

  test('of 30 and 45 in 200 (golden) (§19.1)', () => {
    const reading = read([30, 200], [45, 200]);
    expect(reading?.chance).toBeCloseTo(0.97222, 4);
    expect((reading?.loss ?? 0) * 100).toBeCloseTo(0.0417, 3);
    expect(reading?.z).toBeCloseTo(1.9215, 4);
    expect(reading?.p).toBeCloseTo(0.0547, 4);
  });

  test.each([
    [[50, 200], [55, 200], 0.71423, 0.7812],
    [[300, 1251], [375, 1251], 0.99964, 0.0002],
  ] as const)('of %j and %j (golden)', (one, other, chance, loss) => {
    const reading = read([...one], [...other]);
    expect(reading?.chance).toBeCloseTo(chance, 4);
    expect((reading?.loss ?? 0) * 100).toBeCloseTo(loss, 3);
  });

  test('p-values of several arms are held to one another', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });
});

describe('what may end an experiment early', () => {
  test('is an interval that is always valid (golden) (§19.1)', () => {
    expect(rhoOf(200)).toBeCloseTo(0.1992, 4);
    const fixed = (n: number): number => 1.959964 * Math.sqrt(1 / n);
    expect(alwaysValid(1, 200, 200) / fixed(200)).toBeCloseTo(1.549, 3);
    expect(alwaysValid(1, 200, 5_000) / fixed(200)).toBeCloseTo(2.6, 2);
  });

  test('is harm, never a win', () => {
    expect(isBreached({ hits: 2, of: 400 }, { hits: 60, of: 400 }, 400)).toBe(true);
    expect(isBreached({ hits: 60, of: 400 }, { hits: 2, of: 400 }, 400)).toBe(false);
    expect(isBreached({ hits: 2, of: 400 }, { hits: 5, of: 400 }, 400)).toBe(false);
  });
});

test('a ratio that cannot be chance is an alarm (golden) (§19.1)', () => {
  const even = (one: number, other: number) =>
    checkRatio([
      { of: one, weight: 1 },
      { of: other, weight: 1 },
    ]);
  expect(even(1000, 1100)).toMatchObject({ isMismatch: false, p: expect.closeTo(0.0291, 4) as number });
  expect(even(1000, 1160)).toMatchObject({ isMismatch: true, p: expect.closeTo(0.000576, 6) as number });
  expect(even(1, 14).isMismatch).toBe(false);
});

describe('a promotion', () => {
  const arm = (key: string, hits: number, of: number) => ({ key, hits, of, weight: 1 });
  const trial = {
    control: arm('a', 300, 1251),
    others: [arm('b', 375, 1251)],
    plannedN: 1251,
    isPowered: true,
    startedAt: start,
    isGuardrailBreached: false,
  };

  test('needs everything at once; what is missing is named (§19.18)', () => {
    expect(judgeTrial(trial, later(14))).toEqual({ winner: 'b', why: [] });
    const why = (over: Partial<typeof trial>, at = later(14)) => judgeTrial({ ...trial, ...over }, at).why;
    expect(why({}, later(13))).toEqual(['too_short']);
    expect(why({ plannedN: 1252 })).toEqual(['too_few']);
    expect(why({ isPowered: false })).toEqual(['underpowered']);
    expect(why({ isGuardrailBreached: true })).toEqual(['guardrail']);
    expect(why({ others: [arm('b', 310, 1251)] })).toEqual(['not_sure']);
    expect(why({ others: [arm('b', 540, 1600)] })).toContain('ratio');
  });

  test('of two arms that are the same is rare: 1,000 A/A tests (§19.18)', () => {
    let seed = 20_260_302;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const some = (people: number, rate: number): number =>
      Array.from({ length: people }, random).filter((one) => one < rate).length;
    let promoted = 0;
    let alarms = 0;
    for (let n = 0; n < 1_000; n += 1) {
      const first = some(1_208, 0.5) + 0;
      const sizes = [first, 1_208 - first] as const;
      if (checkRatio(sizes.map((of) => ({ of, weight: 1 }))).isMismatch) alarms += 1;
      const even = {
        ...trial,
        plannedN: 604,
        control: arm('a', some(604, 0.4), 604),
        others: [arm('b', some(604, 0.4), 604)],
      };
      if (judgeTrial(even, later(30)).winner) promoted += 1;
    }
    expect(promoted).toBeLessThanOrEqual(64);
    expect(alarms).toBeLessThanOrEqual(5);
  });

  test('stands on intervals that hold what they say', () => {
    const { low, high } = wilson(50, 200);
    expect([low, high]).toEqual([expect.closeTo(0.1951, 4), expect.closeTo(0.3143, 4)]);
  });
});
