import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp();

test('19.20 one messageId sent a hundred times at once is one event', async () => {
  const event = {
    type: 'track', userId: 'karim', event: 'App Logged In', properties: {}, timestamp: '2026-11-20T10:00:00Z', messageId: 'ev-hundred',
  }; // prettier-ignore
  const send = async (): Promise<number> => {
    const { status } = await fetch(`${house.app.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.config.secrets.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    return status;
  };
  const statuses = await Promise.all(Array.from({ length: 100 }, send));
  await house.app.settle();
  expect(new Set(statuses)).toEqual(new Set([202]));
  expect(await house.store.events.countDocuments({ _id: 'ev-hundred' })).toBe(1);
  expect(await house.store.arrivals.countDocuments({ _id: /ev-hundred/u })).toBe(1);
});
