import request from 'supertest';
import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp();

interface Listed {
  readonly key: string;
  readonly value: unknown;
  readonly isLive: boolean;
  readonly who: string | null;
  readonly leaning: readonly string[];
}
const listed = async (key: string): Promise<Listed | undefined> =>
  ((await house.ask('GET', '/api/offers')).body.offers as Listed[]).find((one) => one.key === key);
const emit = (messageId: string, properties: object, timestamp = new Date().toISOString()) =>
  request(house.app.url)
    .post('/v1/events')
    .set('Authorization', `Bearer ${house.config.secrets.apiKey}`)
    .send({ type: 'track', userId: 'the-shop', event: 'Offer Updated', properties, messageId, timestamp });

test('a manager reads which steps lean on each fact, and states one anew', async () => {
  expect(await listed('price.390')).toMatchObject({
    value: 390,
    isLive: true,
    leaning: expect.arrayContaining(['upsell.j0-email', 'nurturing.j14-email']) as string[],
  });
  const put = await house.ask('PUT', '/api/offers/price.390', { kind: 'price', value: 395 });
  expect([put.status, put.body.state]).toEqual([200, 'changed']);
  expect(await listed('price.390')).toMatchObject({ value: 395, who: 'nina' });
  const bad = await house.ask('PUT', '/api/offers/stat.roi', {
    kind: 'stat',
    value: { percent: 450, sampleSize: 3 },
  });
  expect([bad.status, bad.body.issues]).toEqual([422, [{ path: 'offer', message: 'sample_too_small' }]]);
});

test('the shop says how many seats are left, and nobody is made of it', async () => {
  const before = await house.store.contacts.countDocuments();
  const endsAt = new Date(Date.now() + 7_200_000).toISOString();
  const seats = { key: 'offer.490', kind: 'seats', value: { seatsTotal: 5, seatsLeft: 1 }, endsAt };
  expect((await emit('offer-1', seats)).status).toBe(202);
  expect(await listed('offer.490')).toMatchObject({
    value: { seatsLeft: 1 },
    isLive: true,
    who: 'event:offer-1',
  });
  // Older news that comes late changes nothing.
  const late = { ...seats, value: { seatsTotal: 5, seatsLeft: 5 } };
  expect((await emit('offer-0', late, new Date(Date.now() - 60_000).toISOString())).status).toBe(202);
  expect(await listed('offer.490')).toMatchObject({ value: { seatsLeft: 1 } });
  expect(await house.store.contacts.countDocuments()).toBe(before);
});
