import { describe, expect, test } from 'vitest';
import { giveBackAllowances, takeAllowances, type Take } from '../../src/store/allowance.ts';
import { createBuilders, monday } from '../support/build.ts';
import { aCarrier } from '../support/carrier.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';
import { aSendingHouse, cappedLibrary } from '../support/sending.ts';

const database = useStore();
const dayMs = 86_400_000;

test('19.13 fifty workers on one contact, day after day: one text a day and three a week, never more', async () => {
  const builders = createBuilders(database.store);
  const { contact, addresses } = await builders.aContact();
  for (let n = 0; n < 50; n += 1)
    await builders.aRow(contact.id, {
      id: `fifty/${String(n)}`,
      class: 'marketing',
      address: addresses[0]?.value ?? '',
      body: { text: `offre ${String(n)}` },
      expiresAt: new Date(monday.getTime() + 30 * dayMs),
    });
  const carrier = aCarrier();
  const clock = new TestClock(monday);
  const second = await database.another();
  const workers = Array.from({ length: 50 }, (_, n) =>
    aSendingHouse(n % 2 === 0 ? database.store : second, { carrier, clock }),
  );
  const booked: number[] = [];

  for (let day = 0; day < 5; day += 1) {
    await Promise.all(workers.map(({ dispatch }) => dispatch.settle()));
    booked.push(carrier.booked.length);
    clock.advance(dayMs);
    await database.store.outbox.updateMany({ status: 'queued' }, { $set: { notBefore: clock.now() } });
  }

  expect(booked).toEqual([1, 2, 3, 3, 3]);
  expect(new Set(carrier.booked.map(({ rowId }) => rowId)).size).toBe(3);
});

describe('19.13 a place', () => {
  const take = (key: string): Take => ({
    contactId: 'place', key, channel: 'sms', at: monday, zone: 'Europe/Paris', cap: cappedLibrary.policy.cap,
  }); // prettier-ignore
  const taken = (key: string) =>
    database.store.transact((session) => takeAllowances(database.store.allowances, [take(key)], session));
  const held = async () =>
    ((await database.store.allowances.findOne({ _id: 'place' }))?.sends ?? []).map(({ key }) => key);

  test('19.13 counts once, however often its key is played again', async () => {
    for (let again = 0; again < 3; again += 1) expect(await taken('row-1')).toEqual(new Set(['row-1']));
    expect(await held()).toEqual(['row-1']);
  });

  test('19.13 is nobody else’s until it is given back', async () => {
    expect(await taken('row-2')).toEqual(new Set());
    await giveBackAllowances(database.store.allowances, [{ contactId: 'place', key: 'row-1' }]);
    expect(await held()).toEqual([]);
    expect(await taken('row-2')).toEqual(new Set(['row-2']));
  });
});
