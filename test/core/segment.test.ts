import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSegments } from '../../src/core/segment/book.ts';
import { evaluate } from '../../src/core/segment/evaluate.ts';
import { someContact } from '../support/build.ts';

const day = 86_400_000;
const now = new Date('2026-03-02T17:04:00Z');
const ago = (days: number): Date => new Date(now.getTime() - days * day);
const facts = { consents: {}, events: [], offers: {} };

const shipped = readSegments(
  (parse(readFileSync('flows/segments.yaml', 'utf8')) as { segments: Record<string, unknown> }).segments,
);
const member = (name: string, contact: Parameters<typeof someContact>[0], more = {}) => {
  const rule = shipped.book.rules.get(name) ?? shipped.book.presets.get(name);
  if (!rule) throw new Error(`no segment ${name}`);
  return evaluate(rule, { ...facts, ...more, contact: someContact(contact) }, now);
};

describe('the segments that ship', () => {
  test('are read without a complaint', () => {
    expect(shipped.issues).toEqual([]);
    expect([...shipped.book.rules.keys()]).toEqual(['spark_eligible', 'upsell_open', 'dormant']);
  });

  test('dormant: a client of old, thirty days after the last sign of life, to the millisecond', () => {
    const planSince = ago(200);
    expect(member('dormant', { planSince, lastHumanAt: ago(29) })).toEqual({
      isIn: false,
      recheckAt: new Date(ago(29).getTime() + 30 * day),
    });
    expect(member('dormant', { planSince, lastHumanAt: ago(30) })).toEqual({
      isIn: true,
      recheckAt: new Date(planSince.getTime() + 3 * 365 * day),
    });
    expect(member('dormant', { lastHumanAt: null }).isIn).toBe(false);
  });

  test('dormant: not whoever has just become a client, though nothing else was heard of them', () => {
    const planSince = ago(1);
    expect(member('dormant', { planSince, lastHumanAt: null })).toEqual({
      isIn: false,
      recheckAt: new Date(planSince.getTime() + 30 * day),
    });
    expect(member('dormant', { planSince: ago(30), lastHumanAt: null }).isIn).toBe(true);
  });

  test('spark_eligible: any plan, 85 points, a villa with seats and time', () => {
    const villa = { villa: { seatsLeft: 2, openDays: 7 } };
    const mona = { score: 85, at: now };
    expect(member('spark_eligible', { plan: 290, mona }, { offers: villa }).isIn).toBe(true);
    expect(member('spark_eligible', { plan: 290, mona }, { offers: {} }).isIn).toBe(false);
    expect(member('spark_eligible', { plan: null, mona }, { offers: villa }).isIn).toBe(false);
    const applied = { spark: { applicationOpen: true } };
    expect(member('spark_eligible', { plan: 290, mona, traits: applied }, { offers: villa }).isIn).toBe(
      false,
    );
  });

  test('upsell_open: the best of 290, until they say no, and again ninety days later (§19.6)', () => {
    const offers = { 'price.390': 390 };
    const best = { plan: 290, mona: { score: 67, percentile: 70, at: now } };
    expect(member('upsell_open', best, { offers }).isIn).toBe(true);
    const said = { name: 'Upsell Declined', occurredAt: ago(10), properties: {} };
    expect(member('upsell_open', best, { offers, events: [said] })).toEqual({
      isIn: false,
      recheckAt: new Date(ago(10).getTime() + 90 * day),
    });
    const few = { plan: 290, mona: { score: 70, percentile: null, at: now } };
    expect(member('upsell_open', few, { offers }).isIn).toBe(true);
    // Who has just come is a client for a week first: the invitation speaks of their progress.
    expect(member('upsell_open', { ...best, planSince: ago(1) }, { offers })).toEqual({
      isIn: false,
      recheckAt: new Date(ago(1).getTime() + 7 * day),
    });
  });

  test.each([
    ['genre_hiphop', { traits: { genre: 'hip-hop' } }],
    ['genre_pop', { traits: { genre: ['rock', 'pop'] } }],
    ['genre_electro', { traits: { genre: 'electro' } }],
    ['geo_paris', { country: 'FR', department: '93' }],
    ['geo_overseas', { country: 'RE' }],
    ['geo_abroad', { country: 'GB' }],
    ['tier_hot', { heat: { h: 31, at: now } }],
    ['tier_cold', { heat: null }],
    ['means_small', { traits: { budget: 200 } }],
    ['means_large', { traits: { budget: 2000 } }],
    ['goal_fame', { traits: { objective: 'notoriété' } }],
    ['goal_income', { traits: { objective: 'monétisation' } }],
    ['goal_art', { traits: { objective: 'artistique' } }],
  ] as const)('every axis of the source has its own: %s', (name, contact) => {
    expect(member(name, contact as Parameters<typeof someContact>[0]).isIn).toBe(true);
    if (name !== 'tier_cold') expect(member(name, { country: 'BE' }).isIn).toBe(name === 'geo_abroad');
  });
});

describe('a rule that is wrong', () => {
  test.each([
    [{ a: { attr: { path: '$where', op: 'eq', value: 1 } } }, 'a.attr.path'],
    [{ a: { attr: { path: 'plan', op: 'like', value: 1 } } }, 'a.attr.op'],
    [{ a: { attr: { path: 'lastHumanAt', op: 'within', value: 'soon' } } }, 'a.attr.value'],
    [{ a: { all: [{ any: [{ score: { of: 'luck', op: 'gte', value: 1 } }] }] } }, 'a.all.0.any.0.score'],
    [{ a: { every: [] } }, 'a'],
    [{ a: { preset: { score: { of: 'luck', op: 'gte', value: 1 } } } }, 'a.preset.score'],
    [{ a: { inSegment: 'b' } }, 'a'],
  ])('is named by its path', (raw, path) => {
    const { issues } = readSegments(raw);
    expect(issues[0]?.path.startsWith(path)).toBe(true);
  });

  test('may not lean on itself, however far around (§19.16)', () => {
    const { issues } = readSegments({
      a: { inSegment: 'b' },
      b: { not: { inSegment: 'c' } },
      c: { any: [{ inSegment: 'a' }] },
      d: { inSegment: 'a' },
    });
    expect(issues.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  });

  test('each comes after those it leans on', () => {
    const { book } = readSegments({
      late: { inSegment: 'early' },
      early: { attr: { path: 'plan', op: 'eq', value: 290 } },
    });
    expect([...book.rules.keys()]).toEqual(['early', 'late']);
  });
});
