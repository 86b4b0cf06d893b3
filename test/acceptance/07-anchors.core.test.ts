import { expect, test } from 'vitest';
import { aStage, left, on, runOf, tracks, until } from './stage.ts';

test('19.7 a lead at 23:50: the mail of J0 at once, the text next morning, J3 counted from the day of entry', () => {
  const stage = aStage('noa', on('2026-03-03 23:50'));
  tracks(stage, 'Lead Created', { source: 'form' });
  tracks(stage, 'Audit Completed', { score: 58, level: 'Émergent' });
  until(stage, '2026-03-07');
  expect(runOf(stage, 'welcome').anchorOn).toBe('2026-03-03');
  const [mail, text, third] = left(stage, 'welcome');
  expect(mail).toBe('j0-email 2026-03-03 23:50');
  expect(text).toMatch(/^j0-sms 2026-03-04 10:/u);
  expect(third).toBe('j3-email 2026-03-06 09:30');
});

test('19.7 win-back entered at 10:01 rolls a day, and all its days with it', () => {
  const stage = aStage('camille', on('2026-03-02 10:01', 'Indian/Reunion'));
  tracks(stage, 'Segment Entered', { segment: 'dormant' });
  until(stage, '2026-03-15');
  expect(runOf(stage, 'winback').anchorOn).toBe('2026-03-03');
  expect(left(stage, 'winback').slice(0, 2)).toEqual([
    'j0-email 2026-03-03 10:00',
    'j3-email 2026-03-06 09:30',
  ]);
});

test('19.7 upsell entered at 10:01: J1 is the day after they saw J0', () => {
  const stage = aStage('sofia', on('2026-03-03 10:01'));
  tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
  until(stage, '2026-03-06');
  expect(left(stage, 'upsell')).toEqual(['j0-email 2026-03-04 10:00', 'j1-sms 2026-03-05 10:30']);
});
