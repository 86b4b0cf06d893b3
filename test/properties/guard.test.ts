import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConsentState, SuppressionReason } from '../../src/core/contact.ts';
import type { Allowance } from '../../src/core/decide.ts';
import { isHoliday, localDate, localTimeMs, timeMs, weekdayOf } from '../../src/core/calendar.ts';
import { guard } from '../../src/core/guard/index.ts';
import { guardReasons } from '../../src/core/guard/reason.ts';
import type { Draft, Facts, Verdict } from '../../src/core/guard/verdict.ts';
import { newThread, type Thread } from '../../src/core/thread.ts';
import { channels, messageClasses, type Channel } from '../../src/core/vocabulary.ts';
import { aFlow, aStep } from '../core/calendar/timeline.ts';
import { aCase, aRun, aStepCase, day, hour, lea, nurturing } from '../core/guard/case.ts';

const start = Date.UTC(2027, 0, 1);
/** Nothing in the way, four times in five: each situation meets an obstacle or two, or none. */
const mostly = <T>(clear: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: clear }, { weight: 1, arbitrary: other });
const instantIn = (min: number, max: number) => fc.integer({ min, max }).map((ms) => new Date(ms));
/* The days at eleven, Paris: inside every window but on Sundays and holidays. */
const late = fc.integer({ min: 0, max: 364 }).map((n) => new Date(start + n * day + 10 * hour));
const when = mostly(late, instantIn(start, start + 365 * day));
const near = fc.integer({ min: -8 * day, max: 3 * day });
const channel = fc.constantFrom(...channels);
const action = mostly(fc.constant('granted'), fc.constantFrom('withdrawn', 'objected', undefined));
const reason = fc.constantFrom<SuppressionReason>(
  'stop',
  'objection',
  'provider_21610',
  'invalid',
  'blocked',
  'complaint',
  'bounce',
  'erasure',
);
const state = mostly<Thread['own']['state']>(
  fc.constant('bot'),
  fc.constantFrom('waiting', 'coach', 'snoozed', 'resolved'),
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  mostly<T | null>(fc.constant(null), arbitrary);
const yes = mostly(fc.constant(true), fc.constant(false));
const no = mostly(fc.constant(false), fc.constant(true));

const spark = aFlow(
  'spark',
  [
    aStep({ id: 'j1-sms', at: { day: 1, time: '12:30' } }),
    aStep({ id: 'j5-email', at: { day: 5, time: '09:30' } }),
  ],
  {
    priority: 100,
  },
);

type Sent = { channel: Channel; at: number };
type Suppressed = Sent & { reason: SuppressionReason };

/** Any message of any contact at any moment of a year: mostly held by something, sometimes free to go. */
const situation = fc.record({
  now: when,
  by: channel,
  messageClass: mostly(fc.constant('marketing' as const), fc.constantFrom(...messageClasses)),
  stepId: fc.constantFrom(null, null, null, 'j1-sms', 'j14-email', 'j15-sms'),
  consents: fc.record({ sms: action, whatsapp: action, email: action, push: action, subscribed: action }),
  suppressions: mostly(
    fc.constant<Suppressed[]>([]),
    fc.array(fc.record({ channel, reason, at: near }), { maxLength: 2 }),
  ),
  own: state,
  heardMs: seldom(near),
  softStop: seldom(near),
  sends: mostly(fc.constant<Sent[]>([]), fc.array(fc.record({ channel, at: near }), { maxLength: 6 })),
  paused: no,
  beside: no,
  lifeMs: fc.integer({ min: -hour, max: 5 * day }),
  baseMs: seldom(near),
  perishMs: seldom(near),
  holds: yes,
  isQuestion: fc.boolean(),
  silencedMs: seldom(near),
  hasTemplate: yes,
});

type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

function judgedIn(s: Situation, change: Partial<Facts> = {}) {
  const at = (ms: number): Date => new Date(s.now.getTime() + ms);
  const consents = {
    'sms:marketing': s.consents.sms, 'whatsapp:marketing': s.consents.whatsapp, 'email:marketing': s.consents.email,
    'push:marketing': s.consents.push, 'push:push': s.consents.subscribed,
  } as ConsentState; // prettier-ignore
  const thread = newThread(lea.id, at(-30 * day));
  const allowances: Allowance[] = s.sends
    .filter((send) => send.at < 0)
    .map((send, n) => ({
      key: `old/${n}`,
      channel: send.channel,
      at: at(send.at),
      on: localDate(at(send.at), 'Europe/Paris'),
    }));
  const run = aRun(nurturing);
  const higher = { run: aRun(spark, { anchorOn: localDate(s.now, 'Europe/Paris') }), flow: spark };
  const given = {
    draft: { class: s.messageClass, expiresAt: at(s.lifeMs), ...(s.stepId ? {} : { channel: s.by }) },
    guard: {
      asksQuestion: s.isQuestion, when: { 'contact.plan': 290 }, answersAt: s.heardMs === null ? null : at(s.heardMs),
      baseAt: s.baseMs === null ? null : at(s.baseMs), lateMaxMs: day, perishAt: s.perishMs === null ? null : at(s.perishMs),
    },
    facts: {
      consents, allowances, hasTemplate: s.hasTemplate, holds: () => s.holds, pausedFlows: s.paused ? ['nurturing'] : [],
      suppressions: s.suppressions.map((one) => ({ ...one, at: at(one.at) })),
      silencedUntil: s.silencedMs === null ? null : at(s.silencedMs),
      openRuns: [...(s.stepId ? [{ run, flow: nurturing }] : []), ...(s.beside ? [higher] : [])],
      thread: {
        ...thread,
        own: { ...thread.own, state: s.own, rev: 1, since: at(-day) },
        softStops: s.softStop === null ? [] : [{ channel: s.by, at: at(s.softStop) }],
        windows: s.heardMs === null ? {} : { 'whatsapp:whatsapp': at(s.heardMs) },
      },
      ...change,
    },
  }; // prettier-ignore
  const { draft, facts } = s.stepId ? aStepCase(s.stepId, given) : aCase(given);
  const moment = { now: s.now, zone: 'Europe/Paris' };
  return { draft, facts, moment, verdict: guard(draft, facts, moment) };
}

function always(
  check: (judged: { draft: Draft; facts: Facts; verdict: Verdict; s: Situation }) => void,
  numRuns = 800,
): void {
  fc.assert(
    fc.property(situation, (s) => check({ ...judgedIn(s), s })),
    { numRuns },
  );
}

describe('whatever the situation', () => {
  test('the same question has the same answer, and asking changes nothing', () => {
    always(({ draft, facts, verdict, s }) => {
      const before = JSON.stringify([draft, facts]);
      expect(guard(draft, facts, { now: s.now, zone: 'Europe/Paris' })).toEqual(verdict);
      expect(JSON.stringify([draft, facts])).toBe(before);
    });
  });

  test('a wait ends later than now, and not after the message has expired', () => {
    always(({ draft, verdict, s }) => {
      if (verdict.may !== 'wait') return;
      expect(verdict.until.getTime()).toBeGreaterThan(s.now.getTime());
      expect(verdict.until.getTime()).toBeLessThanOrEqual(draft.expiresAt.getTime());
    });
  });

  test('a reason is one of those listed', () => {
    always(({ verdict }) => {
      if (verdict.may !== 'go') expect(guardReasons).toContain(verdict.reason);
    });
  });

  test('nothing leaves that has expired, is false, or whose condition is', () => {
    always(({ draft, verdict, s }) => {
      if (verdict.may !== 'go') return;
      expect(draft.expiresAt.getTime()).toBeGreaterThan(s.now.getTime());
      if (draft.guard.perishAt)
        expect(draft.guard.perishAt.getTime()).toBeGreaterThanOrEqual(s.now.getTime());
      expect(s.holds).toBe(true);
    });
  });
});

describe('marketing', () => {
  const marketing = (
    check: (judged: { draft: Draft; facts: Facts; verdict: Verdict; s: Situation }) => void,
  ) => always((judged) => (judged.draft.class === 'marketing' ? check(judged) : undefined), 1500);

  test('never goes to a suppressed address, nor says that it will', () => {
    marketing(({ draft, facts, verdict }) => {
      if (!facts.suppressions.some((one) => one.channel === draft.channel)) return;
      expect(['never', 'instead']).toContain(verdict.may);
      expect(verdict).toMatchObject({ reason: 'suppressed' });
    });
  });

  test('never goes without consent of its own channel', () => {
    marketing(({ draft, facts, verdict }) => {
      if (verdict.may !== 'go') return;
      const granted =
        draft.channel === 'push' ? ['push:marketing', 'push:push'] : [`${draft.channel}:marketing`];
      expect(granted.map((key) => facts.consents[key])).toContain('granted');
    });
  });

  test('never goes while a person has the thread, or another voice, or the sequence is paused', () => {
    marketing(({ draft, verdict, s }) => {
      if (verdict.may !== 'go') return;
      expect(['bot', 'resolved']).toContain(s.own);
      if (draft.stepKey) expect([s.beside, s.paused]).toEqual([false, false]);
    });
  });

  test('never goes over the cap', () => {
    const limits = { sms: [1, 3], whatsapp: [1, 2], email: [1, 4], push: [1, 5] } as const;
    marketing(({ draft, facts, verdict, s }) => {
      if (verdict.may !== 'go') return;
      const today = localDate(s.now, 'Europe/Paris');
      const firstDay = localDate(new Date(s.now.getTime() - 6 * day), 'Europe/Paris');
      const own = facts.allowances.filter((sent) => sent.channel === draft.channel);
      const [aDay, aWeek] = limits[draft.channel];
      expect(own.filter((sent) => sent.on === today).length).toBeLessThan(aDay);
      expect(own.filter((sent) => sent.on > firstDay).length).toBeLessThan(aWeek);
    });
  });

  test('by text goes in its hours, on no Sunday and no holiday', () => {
    marketing(({ draft, verdict, s }) => {
      if (verdict.may !== 'go' || draft.channel !== 'sms') return;
      const date = localDate(s.now, 'Europe/Paris');
      const time = localTimeMs(s.now, 'Europe/Paris');
      expect(weekdayOf(date)).not.toBe(7);
      expect(isHoliday(date, { zone: 'Europe/Paris', country: 'FR' })).toBe(false);
      expect(time >= timeMs('10:00') && time < timeMs('19:30')).toBe(true);
    });
  });
});

test('to take consent away never lets a message go', () => {
  fc.assert(
    fc.property(situation, (s) => {
      const before = judgedIn(s);
      const revoked = Object.fromEntries(
        Object.keys(before.facts.consents).map((key) => [key, 'withdrawn']),
      ) as ConsentState;
      for (const consents of [{}, revoked]) {
        const after = judgedIn(s, { consents });
        if (after.verdict.may === 'go')
          expect(before.verdict.may === 'go' || after.draft.channel === 'push').toBe(true);
        if (after.draft.class === 'marketing') expect(after.verdict.may).not.toBe('go');
      }
    }),
    { numRuns: 600 },
  );
});

test('the answer to STOP leaves whatever stands in the way of others', () => {
  fc.assert(
    fc.property(situation, (s) => {
      const stopped = [{ channel: 'sms' as const, reason: 'stop' as const, at: s.now }];
      const confirming = {
        ...s,
        by: 'sms' as const,
        stepId: null,
        messageClass: 'compliance' as const,
        holds: true,
        lifeMs: hour,
        perishMs: null,
        baseMs: null,
      };
      expect(judgedIn(confirming, { suppressions: stopped }).verdict).toEqual({ may: 'go' });
    }),
    { numRuns: 500 },
  );
});

test('the situations are not all one: marketing goes on each channel, and each kind of answer is met', () => {
  const met = new Set<string>();
  always(
    ({ draft, verdict }) =>
      void met.add(verdict.may === 'go' ? `${draft.class} ${draft.channel}` : verdict.may),
    1500,
  );
  expect([...met]).toEqual(
    expect.arrayContaining(['instead', 'never', 'wait', ...channels.map((one) => `marketing ${one}`)]),
  );
});
