import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { aJourney } from './journey.ts';

const house = useApp();
const { day, jump, enter } = aJourney(house);

test('19.8 an end that a message has quoted cannot be moved; what else it states can', async () => {
  const known = () => house.store.offers.findOne({ key: 'offer.390', contactId: null });
  const state = (endsAt: Date, seatsLeft: number) =>
    house.ask('PUT', '/api/offers/offer.390', {
      kind: 'seats',
      value: { seatsTotal: 10, seatsLeft },
      endsAt: endsAt.toISOString(),
    });
  await jump(0);
  await enter('sofia', 'Segment Entered', { segment: 'upsell_open' });
  await jump(0.05);
  expect(
    await house.store.outbox.findOne({ contactId: 'sofia', stepKey: 'j0-email', sid: { $ne: null } }),
  ).not.toBeNull();

  const { endsAt, quotedAt } = (await known()) ?? {};
  expect(quotedAt).toBeInstanceOf(Date);
  const moved = await state(day(8), 1);
  expect([moved.status, JSON.stringify(moved.body)]).toEqual([
    409,
    expect.stringContaining('deadline_quoted'),
  ]);
  const kept = await state(endsAt ?? day(0), 1);
  expect([kept.status, JSON.stringify(kept.body)]).toEqual([200, expect.stringContaining('changed')]);
  expect(await known()).toMatchObject({ value: { seatsLeft: 1 }, endsAt });
});
