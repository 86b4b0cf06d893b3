import { expect, test } from 'vitest';
import { aRun, aStepCase, judged, nurturing } from './case.ts';

test.each([
  ['open', { open: true, exitReason: null }, 'go'],
  ['in its tail', { open: true, phase: 'tail', exitReason: null }, 'go'],
  ['complete with the step that speaks', { open: false, exitReason: 'completed' }, 'go'],
  ['at its goal', { open: false, exitReason: 'goal_met' }, 'never goal_met'],
  ['converted before it entered', { open: false, exitReason: 'already_converted' }, 'never goal_met'],
  ['left by an exit', { open: false, exitReason: 'declined' }, 'never exited'],
] as const)('a run that is %s', (_state, set, expected) => {
  expect(
    judged(aStepCase('j15-sms', {}, nurturing, aRun(nurturing, { anchorOn: '2027-03-01', ...set }))),
  ).toBe(expected);
});

test('a run nobody finds any more says nothing', () => {
  expect(judged(aStepCase('j1-sms', { facts: { run: null } }))).toBe('never exited');
});

test.each(['reply', 'compliance'] as const)('the %s that ends a run still leaves', (messageClass) => {
  const closed = aRun(nurturing, { open: false, exitReason: 'declined' });
  expect(
    judged(aStepCase('j15-sms', { draft: { class: messageClass, stepKey: null } }, nurturing, closed)),
  ).toBe('go');
});
