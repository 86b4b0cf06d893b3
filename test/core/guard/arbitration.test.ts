import { describe, expect, test } from 'vitest';
import { guard } from '../../../src/core/guard/index.ts';
import { newThread, type Own, type Thread } from '../../../src/core/thread.ts';
import { aFlow, aStep } from '../calendar/timeline.ts';
import {
  aCase,
  aRun,
  aStepCase,
  day,
  from,
  hour,
  judged,
  lea,
  minute,
  moment,
  now,
  nurturing,
} from './case.ts';

const base = newThread(lea.id, from(-30 * day));
const owned = (state: Own['state'], since: Date, rev = 1): Thread => ({
  ...base,
  own: { ...base.own, state, since, rev },
});
const heard = (ms: number): Thread => ({
  ...base,
  lastInbound: { channel: 'sms', address: '+33639980001', sender: 'sms', at: from(ms) },
});

describe('a conversation', () => {
  test.each([
    ['a person is awaited', owned('waiting', from(-day)), 'wait conversation_open'],
    ['a coach has the thread', owned('coach', from(-day)), 'wait conversation_open'],
    ['it is put off', owned('snoozed', from(-day)), 'wait conversation_open'],
    ['resolved a moment ago', owned('resolved', from(-10 * minute + 1)), 'wait conversation_open'],
    ['resolved ten minutes ago', owned('resolved', from(-10 * minute)), 'go'],
    ['handed back a moment ago', owned('bot', from(-minute)), 'wait conversation_open'],
    ['nobody ever took it', owned('bot', from(-minute), 0), 'go'],
    ['the artist wrote just under half an hour ago', heard(-30 * minute + 1), 'wait conversation_open'],
    ['the artist wrote half an hour ago', heard(-30 * minute), 'go'],
  ])('%s', (_state, thread, expected) => {
    expect(judged(aCase({ facts: { thread } }))).toBe(expected);
    const service = { draft: { class: 'service' as const }, facts: { thread } };
    expect(judged(aCase(service))).toBe('go');
    expect(judged(aCase({ ...service, guard: { asksQuestion: true } }))).toBe(expected);
    expect(judged(aCase({ ...service, draft: { class: 'reply' }, guard: { asksQuestion: true } }))).toBe(
      'go',
    );
  });

  test('a hold without an end lasts as long as the message is worth sending', () => {
    const { draft, facts } = aCase({
      facts: { thread: owned('coach', from(-day)) },
      guard: { baseAt: now, lateMaxMs: day },
    });
    expect(guard(draft, facts, moment)).toMatchObject({ may: 'wait', until: draft.expiresAt });
  });

  test.each([
    ['from before a coach took the thread', -minute, 'bot', 'coach', 'never coach_took_over'],
    ['of that very moment', 0, 'bot', 'coach', 'go'],
    ["of the coach's own", -minute, 'nina', 'coach', 'go'],
    ['while a person is only awaited', -minute, 'bot', 'waiting', 'go'],
  ] as const)('an answer %s', (_, ms, by, state, expected) => {
    const facts = { thread: owned(state, from(-hour)) };
    const draft = { class: 'reply', by, createdAt: from(-hour + ms) } as const;
    expect(judged(aCase({ draft, facts }))).toBe(expected);
  });

  test('a silence ends half an hour after the last word', () => {
    const { draft, facts } = aCase({ facts: { thread: heard(-10 * minute) } });
    expect(guard(draft, facts, moment)).toMatchObject({ may: 'wait', until: from(20 * minute) });
  });
});

test.each(['marketing', 'service'] as const)('a paused sequence holds its %s', (messageClass) => {
  const given = { draft: { class: messageClass }, facts: { pausedFlows: ['nurturing'] } };
  expect(judged(aStepCase('j15-sms', given))).toBe('wait sequence_paused');
  expect(judged(aStepCase('j15-sms', { ...given, facts: { pausedFlows: ['upsell'] } }))).toBe('go');
  expect(judged(aStepCase('j15-sms', { ...given, draft: { class: 'reply', stepKey: null } }))).toBe('go');
});

test.each([
  ['marketing', 30 * day, 'never expired'],
  ['marketing', hour, 'wait promised_silence'],
  ['marketing', 0, 'go'],
  ['service', 30 * day, 'go'],
] as const)('a promise of silence holds %s for another %d ms: %s', (messageClass, ms, expected) => {
  expect(judged(aCase({ draft: { class: messageClass }, facts: { silencedUntil: from(ms) } }))).toBe(
    expected,
  );
});

const spark = aFlow(
  'spark',
  [
    aStep({ id: 'j0-email', at: { afterMs: 0 } }),
    aStep({ id: 'j1-sms', at: { day: 1, time: '12:30' } }),
    aStep({ id: 'j5-email', at: { day: 5, time: '09:30' } }),
  ],
  { priority: 100 },
);
const sparkRun = aRun(spark, {
  anchorAt: from(-hour), anchorOn: '2027-03-09', done: { 'j0-email': { at: from(-hour), verdict: 'go' } },
}); // prettier-ignore
const long = { draft: { expiresAt: from(30 * day) } };

function beside(run: typeof sparkRun, flow = spark, given: Parameters<typeof aStepCase>[1] = long) {
  const own = aRun(nurturing);
  return aStepCase(
    'j15-sms',
    {
      ...given,
      facts: {
        ...given.facts,
        openRuns: [
          { run: own, flow: nurturing },
          { run, flow },
        ],
      },
    },
    nurturing,
    own,
  );
}

describe('one exclusive marketing voice', () => {
  test('waits for the last planned step of the stronger one', () => {
    const { draft, facts } = beside(sparkRun);
    expect(guard(draft, facts, moment)).toEqual({
      may: 'wait', rule: 'arbitration', reason: 'preempted', until: new Date('2027-03-14T09:30+01:00'), detail: { by: ['spark'] },
    }); // prettier-ignore
  });

  test.each([
    ['in its tail', { ...sparkRun, phase: 'tail' as const }, spark],
    ['closed', { ...sparkRun, open: false }, spark],
    ['weaker', sparkRun, { ...spark, priority: 20 }],
    ['as strong', sparkRun, { ...spark, priority: 60 }],
    ['not exclusive', sparkRun, { ...spark, exclusive: false, steps: [] }],
  ])('another run %s stops nobody', (_how, run, flow) => {
    expect(judged(beside(run, flow))).toBe('go');
  });

  test.each([
    ['service', { draft: { ...long.draft, class: 'service' as const } }],
    ['a trigger, which is not exclusive', { ...long, guard: { exclusive: false } }],
  ])('%s is not pre-empted', (_what, given) => {
    expect(judged(beside({ ...sparkRun, plan: [] }, spark, given))).toBe('go');
  });

  test('a stronger run whose last hour has passed is asked again soon', () => {
    const { draft, facts } = beside({ ...sparkRun, anchorOn: '2027-03-01' });
    expect(guard(draft, facts, moment)).toMatchObject({ reason: 'preempted', until: from(15 * minute) });
  });

  test('a wait that would end too late is never, and says why', () => {
    const { draft, facts } = beside(sparkRun, spark, { ...long, guard: { baseAt: now, lateMaxMs: day } });
    expect(guard(draft, facts, moment)).toMatchObject({
      may: 'never', reason: 'late', detail: { by: ['spark'], because: 'preempted' },
    }); // prettier-ignore
  });

  test('a mixed message leaves without what sells', () => {
    const own = aRun(nurturing);
    const given = aStepCase(
      'j14-email',
      { facts: { openRuns: [{ run: sparkRun, flow: spark }] } },
      nurturing,
      own,
    );
    expect(judged(given)).toBe('instead preempted');
  });
});

describe('the place a stronger run needs within a day', () => {
  const noon = { ...moment, now: new Date('2027-03-09T12:30+01:00') };
  const trigger = (sends: number, given: Parameters<typeof aCase>[0] = {}) =>
    aCase({
      ...given,
      guard: { exclusive: false },
      facts: {
        openRuns: [{ run: sparkRun, flow: spark }],
        allowances: Array.from({ length: sends }, (_, n) => ({
          key: `old/${n}`, channel: 'email' as const, at: from(-(n + 2) * day), on: `2027-03-0${7 - n}`,
        })),
        ...given.facts,
      },
    }); // prettier-ignore

  test.each([
    [3, 'go'],
    [4, 'wait kept_back'],
  ])('with %d of five sent this week: %s', (sends, expected) => {
    expect(judged(trigger(sends, { draft: { channel: 'sms' } }), noon)).toBe(expected);
  });

  test('a channel of its own takes no place', () => {
    expect(judged(trigger(4, { draft: { channel: 'push' } }), noon)).toBe('go');
  });

  test('a step further than a day away needs none yet', () => {
    const run = { ...sparkRun, anchorOn: '2027-03-10' };
    expect(judged(trigger(4, { facts: { openRuns: [{ run, flow: spark }] } }), noon)).toBe('go');
  });

  test('says for whom, and until when', () => {
    const { draft, facts } = trigger(4);
    expect(guard(draft, facts, noon)).toEqual({
      may: 'wait', rule: 'arbitration', reason: 'kept_back', until: new Date('2027-03-10T12:30+01:00'), detail: { for: 'spark', step: 'j1-sms' },
    }); // prettier-ignore
  });
});
