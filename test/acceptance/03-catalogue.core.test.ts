import { describe, expect, test } from 'vitest';
import { on, aStage, leftKeys, left, library, runOf, tracks, trailOf, until } from './stage.ts';

const sequences = ['welcome', 'nurturing', 'upsell', 'spark', 'winback'] as const;

const steps = (id: string) => library.published.find((flow) => flow.id === id)?.steps ?? [];

test('19.3 the catalogue: 23 keys, 16 e-mails and 7 SMS', () => {
  const all = sequences.flatMap((flow) =>
    steps(flow).map(({ id, channel }) => ({ key: `${flow}.${id}`, channel })),
  );
  expect(new Set(all.map(({ key }) => key)).size).toBe(23);
  expect(all.filter(({ channel }) => channel === 'email')).toHaveLength(16);
  expect(all.filter(({ channel }) => channel === 'sms')).toHaveLength(7);
});

/** Entered on a Tuesday or a Monday that leaves no text to a Sunday; what leaves, and when, on the contact's wall. */
const alone = [
  {
    flow: 'welcome', persona: 'noa', at: '2026-03-03 10:00', enters: ['Lead Created', { source: 'form' }],
    audit: '2026-03-05 11:00', end: '2026-03-20',
    leaves: [
      'j0-email 2026-03-03 10:00', 'j0-sms 2026-03-03 12:00', 'j3-email 2026-03-06 09:30', 'j5-email 2026-03-08 09:30',
      'j6-sms 2026-03-09 12:30', 'j7-email 2026-03-10 09:30',
    ],
  },
  {
    flow: 'nurturing', persona: 'lea', at: '2026-03-03 10:00', enters: ['Subscription Started', { plan: 290, subscriptionId: 's1' }],
    end: '2026-04-05',
    leaves: [
      'j0-email 2026-03-03 10:00', 'j1-sms 2026-03-04 12:30', 'j7-email 2026-03-10 09:30', 'j14-email 2026-03-17 09:30',
      'j15-sms 2026-03-18 12:30', 'j21-email 2026-03-24 09:30', 'j28-email 2026-03-31 09:30',
    ],
  },
  {
    flow: 'upsell', persona: 'sofia', at: '2026-03-03 08:00', enters: ['Segment Entered', { segment: 'upsell_open' }],
    end: '2026-03-20',
    leaves: ['j0-email 2026-03-03 10:00', 'j1-sms 2026-03-04 10:30', 'j3-email 2026-03-06 09:30', 'j7-email 2026-03-10 09:30'],
  },
  {
    flow: 'spark', persona: 'sacha', at: '2026-03-03 09:00', enters: ['Segment Entered', { segment: 'spark_eligible' }],
    end: '2026-03-26',
    leaves: ['j0-email 2026-03-03 09:00', 'j1-sms 2026-03-04 12:30', 'j5-email 2026-03-08 09:30'],
  },
  {
    flow: 'winback', persona: 'camille', at: '2026-03-02 09:00', enters: ['Segment Entered', { segment: 'dormant' }],
    end: '2026-03-14',
    leaves: ['j0-email 2026-03-02 10:00', 'j3-email 2026-03-05 09:30', 'j5-sms 2026-03-07 12:30'],
  },
] as const; // prettier-ignore

describe('19.3 played alone by somebody who answers nothing', () => {
  test.each(alone)('$flow: each step whose condition holds, on its day, none capped', (given) => {
    const zone = given.persona === 'camille' ? 'Indian/Reunion' : 'Europe/Paris';
    const stage = aStage(given.persona, on(given.at, zone));
    const [event, properties] = given.enters;
    tracks(stage, event, properties);
    if ('audit' in given) {
      until(stage, given.audit);
      tracks(stage, 'Audit Completed', { score: 58, level: 'Émergent' });
    }
    until(stage, given.end);
    expect(left(stage, given.flow)).toEqual(given.leaves);
    expect(steps(given.flow).flatMap(({ id }) => trailOf(stage, id))).not.toContain('frequency');
    expect(runOf(stage, given.flow)).toMatchObject({ open: false, exitReason: 'goal_window_closed' });
  });

  test('welcome without its audit and with a call booked: the steps whose condition fails, and no other, stay away', () => {
    const stage = aStage('noa', on('2026-03-03 10:00'));
    tracks(stage, 'Lead Created', { source: 'form' });
    until(stage, '2026-03-07 12:00');
    tracks(stage, 'Call Booked');
    until(stage, '2026-03-20');
    expect(leftKeys(stage, 'welcome')).toEqual(['j0-email', 'j0-sms']);
    const { done } = runOf(stage, 'welcome');
    expect(
      Object.fromEntries(Object.entries(done).map(([step, { verdict }]) => [step, verdict])),
    ).toMatchObject({
      'j3-email': 'audit_not_ready',
      'j5-email': 'condition_false',
      'j6-sms': 'condition_false',
      'j7-email': 'condition_false',
    });
  });
});

/** Every key of section 4, as its table has them. */
const besides = [
  'coach.intro-290-wa', 'coach.intro-390-wa', 'coach.intro-490-wa', 'coach.intro-nudge-wa', 'coach.appointment-24h-wa',
  'coach.appointment-1h-push', 'coach.recap-wa', 'vip.open-wa', 'vip.off-hours-wa', 'vip.close-wa', 'vip.checkin-wa',
  'triggers.score-push', 'triggers.milestone-60-push', 'triggers.milestone-75-push', 'triggers.milestone-90-push',
  'triggers.milestone-105-push', 'triggers.connection-request-push', 'triggers.connection-accepted-push',
  'triggers.connection-digest-push', 'triggers.action-reminder-push', 'triggers.milestone-email', 'triggers.stagnation-wa',
  'triggers.stagnation-email', 'triggers.peak-push', 'triggers.peak-email', 'triggers.eligible-push', 'triggers.eligible-wa',
  'triggers.inactive-push',
]; // prettier-ignore

test.each(besides)('19.3 %s has its words in both registers', (name) => {
  const [flow = '', key = ''] = name.split('.');
  const words = library.words(library.wordsOf(flow));
  const said = Object.entries((words.tree(flow, key, 'fr') ?? {}) as Record<string, unknown>);
  expect(said.length).toBeGreaterThan(0);
  const text = JSON.stringify(said);
  // A sentence that addresses nobody is the same in both; one that does has both.
  if (/\b(tu|ton|ta|tes|toi)\b/iu.test(text)) expect(text).toMatch(/_vous":/u);
});
