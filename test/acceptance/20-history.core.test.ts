import { expect, test } from 'vitest';
import { play } from '../../src/core/rehearse.ts';
import { aStage, on, spoken, until } from './stage.ts';

test('19.20 a year of historical events: kept, and nobody enters, scores or hears anything', () => {
  const stage = aStage('noa', on('2026-03-03 10:00'));
  const names = [
    'Lead Created',
    'App Logged In',
    'Recommended Action Done',
    'Call Booked',
    'Upsell Interest',
    'Trigger Fired',
  ];
  const lived = stage.contact;
  for (let day = 0; day < 365; day += 1) {
    const name = names[day % names.length] ?? '';
    const properties = { source: 'form', actionId: `a${String(day)}`, trigger: 'inactivity' };
    play(stage, { do: 'track', name, properties, historical: true });
  }
  play(stage, {
    do: 'track',
    name: 'Subscription Started',
    properties: { plan: 290, subscriptionId: 's' },
    historical: true,
  });
  until(stage, '2026-05-03');
  expect(spoken(stage)).toEqual([]);
  expect([...stage.runs.values()]).toEqual([]);
  expect([stage.contact.points, stage.contact.heat]).toEqual([lived.points, lived.heat]);
});
