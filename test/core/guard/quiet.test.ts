import { describe, expect, test } from 'vitest';
import { guard } from '../../../src/core/guard/index.ts';
import { jitterMs } from '../../../src/core/calendar.ts';
import type { Channel, MessageClass } from '../../../src/core/vocabulary.ts';
import { aCase, aStepCase, from, hour, judged, lea, moment, policy } from './case.ts';

const at = (local: string, offset = '+01:00') => ({ ...moment, now: new Date(`${local}${offset}`) });
const draft = (channel: Channel, messageClass: MessageClass) => ({
  draft: { channel, class: messageClass, expiresAt: from(30 * 24 * hour) },
});

/* 2027-03-09 is a Tuesday, 03-13 a Saturday, 03-14 a Sunday, 03-29 Easter Monday. */
test.each([
  ['sms', 'marketing', '2027-03-09T09:59:59', 'wait quiet_hours'],
  ['sms', 'marketing', '2027-03-09T10:00', 'go'],
  ['sms', 'marketing', '2027-03-09T19:29:59', 'go'],
  ['sms', 'marketing', '2027-03-09T19:30', 'wait quiet_hours'],
  ['sms', 'marketing', '2027-03-13T12:00', 'go'],
  ['sms', 'marketing', '2027-03-14T12:00', 'wait quiet_hours'],
  ['sms', 'service', '2027-03-14T12:00', 'go'],
  ['sms', 'service', '2027-03-09T07:59:59', 'wait quiet_hours'],
  ['sms', 'service', '2027-03-09T08:00', 'go'],
  ['sms', 'service', '2027-03-09T21:30', 'wait quiet_hours'],
  ['sms', 'reply', '2027-03-14T03:00', 'go'],
  ['sms', 'compliance', '2027-03-14T03:00', 'go'],
  ['whatsapp', 'marketing', '2027-03-14T12:00', 'wait quiet_hours'],
  ['email', 'marketing', '2027-03-14T07:00', 'go'],
  ['email', 'marketing', '2027-03-14T06:59:59', 'wait quiet_hours'],
  ['email', 'marketing', '2027-03-14T21:00', 'wait quiet_hours'],
  ['email', 'service', '2027-03-14T03:00', 'go'],
  ['push', 'marketing', '2027-03-14T20:00', 'wait quiet_hours'],
  ['push', 'marketing', '2027-03-14T19:59', 'go'],
] as const)('%s %s at %s: %s', (channel, messageClass, local, expected) => {
  expect(judged(aCase(draft(channel, messageClass)), at(local))).toBe(expected);
});

test.each([
  ['Easter Monday', '2027-03-29', {}, 'wait quiet_hours'],
  ['Good Friday in Paris', '2027-03-26', { department: '75' }, 'go'],
  ['Good Friday in Strasbourg', '2027-03-26', { department: '67' }, 'wait quiet_hours'],
])('%s: %s', (_name, date, contact, expected) => {
  expect(judged(aCase({ ...draft('sms', 'marketing'), contact }), at(`${date}T12:00`, '+02:00'))).toBe(
    expected,
  );
  expect(judged(aCase({ ...draft('email', 'marketing'), contact }), at(`${date}T12:00`, '+02:00'))).toBe(
    'go',
  );
});

describe('the window of a step', () => {
  const windowed = (window: { from: string; to: string }) =>
    aCase({ ...draft('sms', 'marketing'), guard: { window } });
  test('narrows', () => {
    expect(judged(windowed({ from: '11:00', to: '12:00' }), at('2027-03-09T10:59'))).toBe('wait quiet_hours');
    expect(judged(windowed({ from: '11:00', to: '12:00' }), at('2027-03-09T11:00'))).toBe('go');
  });
  test('replaces the default of steps, never the policy’s own', () => {
    expect(judged(windowed({ from: '07:00', to: '23:00' }), at('2027-03-09T09:00'))).toBe('go');
    expect(judged(windowed({ from: '07:00', to: '23:00' }), at('2027-03-09T08:59'))).toBe('wait quiet_hours');
  });
});

test('who is held by the same night leaves spread over the morning', () => {
  const night = at('2027-03-09T22:00');
  const { draft: row, facts } = aStepCase('j15-sms', draft('sms', 'marketing'));
  const spread = jitterMs(lea.id, 'nurturing.j15-sms', policy);
  expect(spread).toBe(389_000);
  expect(guard(row, facts, night)).toMatchObject({
    may: 'wait',
    until: new Date(Date.parse('2027-03-10T10:00+01:00') + spread),
  });
});

test('a mixed message leaves without what sells', () => {
  expect(judged(aStepCase('j14-email'), at('2027-03-09T22:00'))).toBe('instead quiet_hours');
});
