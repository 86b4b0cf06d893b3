import { expect, test } from 'vitest';
import { aStage, fateOf, leftKeys, on, runOf, tracks, until } from './stage.ts';

test('19.10 no MONA score: J3 is skipped for the field it lacks, by name, and the run goes on', () => {
  const stage = aStage('noa', on('2026-03-03 10:00'));
  tracks(stage, 'Lead Created', { source: 'form' });
  until(stage, '2026-03-05 11:00');
  tracks(stage, 'Audit Completed', {});
  until(stage, '2026-03-12');
  expect(fateOf(stage, 'welcome', 'j3-email')).toBe('missing_field');
  const asked = stage.decisions.filter(({ stepKey }) => stepKey === 'j3-email');
  expect(JSON.stringify(asked.map(({ facts }) => facts))).toContain('mona.now');
  expect(leftKeys(stage, 'welcome')).toEqual(['j0-email', 'j0-sms', 'j5-email', 'j6-sms', 'j7-email']);
  expect(runOf(stage, 'welcome').open).toBe(true);
});
