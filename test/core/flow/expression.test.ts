import { describe, expect, test } from 'vitest';
import type { Condition } from '../../../src/core/flow/definition.ts';
import { holds, type Scope } from '../../../src/core/flow/expression.ts';

const scope: Scope = {
  contact: {
    plan: 290,
    segments: ['upsell_open', 'hot'],
    mona: { score: 78, at: new Date('2026-03-01T10:00:00Z') },
    firstName: 'Zoé',
  },
  run: { phase: 'sending' },
  answers: { objective: 'scène' },
  event: { plan: '290' },
  claim: { 'coach.onDutyUntil': '19:00', reservation: { active: true }, 'price.390': 390 },
  duty: { isOnDuty: true },
  seen: { 'App Logged In': true },
};

const cases: readonly [string, Condition | undefined, boolean][] = [
  ['no condition is always true', undefined, true],
  ['a value', { 'contact.plan': 290 }, true],
  ['all must hold', { 'contact.plan': 290, 'run.phase': 'tail' }, false],
  ['nothing is coerced', { 'event.plan': 290 }, false],
  ['at least', { 'contact.mona.score': { gte: 75, lt: 80 } }, true],
  ['a text is no number', { 'contact.firstName': { gt: 1 } }, false],
  ['missing equals null', { 'contact.coachId': null }, true],
  ['missing is not at least anything', { 'contact.coachId': { gte: 0 } }, false],
  ['ne is true of what is missing', { 'contact.coachId': { ne: 'nina' } }, true],
  ['a list has one', { 'contact.segments': { has: 'hot' } }, true],
  ['a list has all', { 'contact.segments': { has: ['hot', 'cold'] } }, false],
  ['a list matches by any element', { 'contact.segments': { in: ['cold', 'hot'] } }, true],
  ['none of them', { 'contact.segments': { nin: ['cold'] } }, true],
  ['it is there', { 'contact.firstName': { exists: true } }, true],
  ['it is not there', { 'contact.lastName': { exists: false } }, true],
  ['the same letters in another form', { 'contact.firstName': 'Zoe\u0301' }, true],
  ['an event that was seen', { 'seen.App Logged In': true }, true],
  ['an event that was not', { 'seen.Call Booked': false }, true],
  ['a key with a dot in it', { 'claim.price.390': { lte: 390 } }, true],
  ['a part of a fact', { 'claim.reservation.active': true }, true],
  ['a fact that does not hold', { 'claim.slots.next': { exists: true } }, false],
  ['an instant, as it is written', { 'contact.mona.at': { lt: '2026-03-02' } }, true],
  ['any of them', { any: [{ 'contact.plan': 490 }, { 'duty.isOnDuty': true }] }, true],
  ['not that', { not: { 'contact.plan': 290 } }, false],
  ['through a text there is no way', { 'answers.objective.length': 5 }, false],
];

describe('a condition', () => {
  test.each(cases)('%s', (_, when, expected) => {
    expect(holds(when, scope)).toBe(expected);
  });
});
