import { describe, expect, test } from 'vitest';
import { aRun, aStepCase, judged, moment, nurturing } from './case.ts';
import { aFlow, aStep } from '../calendar/timeline.ts';

test.each([
  [true, 'go'],
  [false, 'never condition_false'],
])('a condition that is %s', (isTrue, expected) => {
  const given = aStepCase('j15-sms', {
    guard: { when: { 'contact.plan': 290 } },
    facts: { holds: () => isTrue },
  });
  expect(judged(given)).toBe(expected);
});

test('no condition is not asked', () => {
  const holds = () => {
    throw new Error('asked');
  };
  expect(judged(aStepCase('j15-sms', { facts: { holds } }))).toBe('go');
});

describe('a nudge whose successor has come', () => {
  const flow = aFlow('welcome', [
    aStep({ id: 'j6-sms', at: { day: 6, time: '12:30' } }),
    aStep({ id: 'j7-email', at: { day: 7, time: '09:30' } }),
  ]);
  const run = aRun(flow, { anchorOn: '2027-03-02' });
  const at = (time: string) => ({ ...moment, now: new Date(`2027-03-09T${time}+01:00`) });
  const late = { draft: { expiresAt: new Date('2027-03-12T00:00Z') } };

  test('is skipped, unless that successor was resolved already', () => {
    const resolved = { ...run, done: { 'j7-email': { at: moment.now, verdict: 'condition_false' } } };
    expect(judged(aStepCase('j6-sms', late, flow, run), at('10:00:00'))).toBe('never superseded');
    expect(judged(aStepCase('j6-sms', late, flow, resolved), at('10:00:00'))).toBe('go');
  });

  test('a minute before it, and exactly at it', () => {
    const early = aStepCase(
      'j6-sms',
      { ...late, guard: { window: { from: '09:00', to: '20:00' } } },
      flow,
      run,
    );
    expect(judged(early, at('09:29:59'))).toBe('go');
    expect(judged(early, at('09:30:00'))).toBe('never superseded');
  });

  test('service is no urgency', () => {
    const kind = aFlow(
      'welcome',
      flow.steps.map((step) => ({ ...step, class: 'service' as const })),
    );
    expect(judged(aStepCase('j6-sms', late, kind, run), at('10:00:00'))).toBe('go');
  });
});

test('a mixed message is never superseded whole', () => {
  const run = aRun(nurturing, { anchorOn: '2027-02-10' });
  expect(judged(aStepCase('j14-email', {}, nurturing, run))).toBe('go');
});
