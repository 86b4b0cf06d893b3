import { describe, expect, test } from 'vitest';
import { guard } from '../../../src/core/guard/index.ts';
import { guardReasons } from '../../../src/core/guard/reason.ts';
import { newThread } from '../../../src/core/thread.ts';
import { aCase, aRun, aStepCase, day, from, judged, lea, moment, now, nurturing } from './case.ts';

describe('claims', () => {
  test.each(['claim_unbound', 'missing_field', 'words_missing', 'render'] as const)(
    'what could not be filled stays: %s',
    (unrendered) => {
      expect(judged(aCase({ facts: { unrendered } }))).toBe(`never ${unrendered}`);
      expect(judged(aStepCase('j14-email', { facts: { unrendered } }))).toBe(`instead ${unrendered}`);
      expect(judged(aCase({ draft: { class: 'reply' }, facts: { unrendered } }))).toBe(`never ${unrendered}`);
    },
  );
});

test('the first rule that answers wins: take the reasons away one by one, in order', () => {
  const closed = aRun(nurturing, { open: false, exitReason: 'goal_met' });
  const night = { ...moment, now: new Date('2027-03-09T22:00+01:00') };
  const busy = {
    ...newThread(lea.id, from(-day)),
    lastInbound: { channel: 'sms' as const, address: '+33639980001', sender: 'sms', at: night.now },
  };
  const place = { key: 'old/1', channel: 'sms' as const, at: now, on: '2027-03-09' };
  let { draft, facts } = aStepCase(
    'j15-sms',
    {
      draft: { expiresAt: from(9 * day) },
      guard: { when: { 'contact.plan': 390 } },
      facts: {
        consents: {},
        holds: () => false,
        address: null,
        thread: busy,
        allowances: [place],
        unrendered: 'render',
      },
    },
    nurturing,
    closed,
  );
  const verdict = () => guard(draft, facts, night);
  const answered: string[] = [];
  const next = (change: () => void) => {
    const answer = verdict();
    answered.push(answer.may === 'go' ? 'go' : `${answer.rule} ${answer.reason}`);
    change();
  };
  const fine = aCase({ draft: { expiresAt: from(9 * day) } }).facts;
  next(() => (facts = { ...facts, consents: fine.consents }));
  next(() => (facts = { ...facts, run: aRun(nurturing) }));
  next(() => (facts = { ...facts, holds: () => true }));
  next(() => (facts = { ...facts, address: fine.address }));
  next(() => (facts = { ...facts, thread: fine.thread }));
  next(() => (facts = { ...facts, allowances: [] }));
  next(() => (draft = { ...draft, guard: { ...draft.guard, window: null } }));
  expect(answered).toEqual([
    'consent no_consent',
    'goal goal_met',
    'condition condition_false',
    'reach no_address',
    'arbitration conversation_open',
    'cap frequency',
    'quiet quiet_hours',
  ]);
  expect(guard(draft, facts, moment)).toMatchObject({ rule: 'claims', reason: 'render' });
});

test('asked when written and when claimed, the same question has the same answer', () => {
  for (const stepId of ['j1-sms', 'j14-email', 'j15-sms']) {
    const { draft, facts } = aStepCase(stepId, { facts: { consents: {} } });
    expect(guard(draft, { ...facts, asked: 'w' }, moment)).toEqual(
      guard(draft, { ...facts, asked: 'd' }, moment),
    );
  }
});

test('a core has nothing left to drop', () => {
  const { draft, facts } = aStepCase('j14-email', {
    draft: { class: 'service' },
    facts: { unrendered: 'missing_field' },
  });
  expect(judged({ draft, facts })).toBe('never missing_field');
});

test('reasons are codes, each once', () => {
  expect(new Set(guardReasons).size).toBe(guardReasons.length);
  for (const reason of guardReasons) expect(reason).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
});
