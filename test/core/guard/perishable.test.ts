import { describe, expect, test } from 'vitest';
import { aStep } from '../calendar/timeline.ts';
import { aCase, aStepCase, day, from, hour, judged, minute, moment, now, nurturing } from './case.ts';

test.each(['marketing', 'service', 'reply', 'compliance'] as const)(
  '%s ends with its expiresAt',
  (messageClass) => {
    expect(judged(aCase({ draft: { class: messageClass, expiresAt: from(1) } }))).toBe('go');
    expect(judged(aCase({ draft: { class: messageClass, expiresAt: now } }))).toBe('never expired');
  },
);

test.each([
  ['a millisecond before it is false', 1, 'go'],
  ['at the last true instant', 0, 'go'],
  ['a millisecond after', -1, 'never expired'],
])('a text %s', (_when, ms, expected) => {
  expect(judged(aCase({ guard: { perishAt: from(ms) } }))).toBe(expected);
});

describe('late.max, with what jitter may add', () => {
  const late = (ms: number) => ({ guard: { baseAt: from(-ms), lateMaxMs: day } });
  test.each([
    [day, 'go'],
    [day + 20 * minute, 'go'],
    [day + 20 * minute + 1, 'never late'],
  ])('%d ms after its base: %s', (ms, expected) => {
    expect(judged(aCase(late(ms)))).toBe(expected);
  });

  test.each([
    ['send', 'go'],
    [{ variant: 'late' }, 'go'],
    ['exit', 'never late'],
    ['skip', 'never late'],
  ] as const)('a step that is late and would %j', (then, expected) => {
    const steps = [aStep({ id: 'j15-sms', at: { day: 15, time: '12:30' }, late: { maxMs: day, then } })];
    const flow = { ...nurturing, steps };
    expect(judged(aStepCase('j15-sms', late(2 * day), flow))).toBe(expected);
  });
});

describe('a wait is asked of the instant it would end at', () => {
  const night = { ...moment, now: new Date('2027-03-09T21:00+01:00') };
  const held = (guard: NonNullable<Parameters<typeof aCase>[0]>['guard'], expiresAt = from(9 * day)) =>
    judged(aCase({ draft: { expiresAt }, guard }), night);

  test('still true tomorrow morning', () =>
    expect(held({ perishAt: new Date('2027-03-10T11:00+01:00') })).toBe('wait quiet_hours'));
  test('false by then', () =>
    expect(held({ perishAt: new Date('2027-03-10T09:59+01:00') })).toBe('never expired'));
  test('too late by then', () => expect(held({ baseAt: from(-day), lateMaxMs: day })).toBe('never late'));
  test('expired by then', () => expect(held({}, from(12 * hour))).toBe('never expired'));
  test('a hold without an end is no such wait', () => {
    const given = aCase({
      guard: { baseAt: now, lateMaxMs: hour, flow: 'nurturing' },
      facts: { pausedFlows: ['nurturing'] },
    });
    expect(judged(given)).toBe('wait sequence_paused');
  });
});

test('a mixed message that is late does not leave as its core', () => {
  const steps = nurturing.steps.map((step) => ({ ...step, late: { maxMs: day, then: 'skip' as const } }));
  const given = aStepCase(
    'j14-email',
    { guard: { baseAt: from(-2 * day), lateMaxMs: day } },
    { ...nurturing, steps },
  );
  expect(judged(given)).toBe('never late');
});
