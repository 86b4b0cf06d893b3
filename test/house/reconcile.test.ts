import { afterEach, describe, expect, test } from 'vitest';
import type { Row } from '../../src/core/row.ts';
import { fromDoc } from '../../src/store/collection.ts';
import type { Crossing } from '../../src/pipeline/dispatch.ts';
import { createBuilders, monday } from '../support/build.ts';
import { aCarrier, type Mood } from '../support/carrier.ts';
import { useStore } from '../support/mongo.ts';
import { aSendingHouse, Killed } from '../support/sending.ts';

const database = useStore();
const build = () => createBuilders(database.store);

// The outbox is one for the whole file, and what is due is due for every test.
afterEach(() => database.store.outbox.deleteMany({}));

async function aQueuedRow(over: Partial<Row> = {}): Promise<Row> {
  const { contact, addresses } = await build().aContact();
  const row = await build().aRow(contact.id, { address: addresses[0]?.value ?? '', ...over });
  return row;
}

async function theRow(id: string): Promise<Row> {
  const doc = await database.store.outbox.findOne({ _id: id });
  if (!doc) throw new Error(`no row ${id}`);
  return fromDoc<Row>(doc);
}

/** A house whose process ends where it is told to; another, alive, finds what it left. */
async function leaveOff(at: Crossing | Mood, row: Partial<Row> = {}) {
  const carrier = aCarrier();
  const isCrossing = at === 'turn' || at === 'claimed' || at === 'called' || at === 'bound';
  if (!isCrossing) carrier.is(at);
  const dead = aSendingHouse(database.store, {
    carrier,
    ...(isCrossing
      ? {
          cross: (crossing) => {
            if (crossing === at) throw new Killed(at);
          },
        }
      : {}),
  });
  const queued = await aQueuedRow(row);
  await dead.dispatch.settle();
  carrier.is('accept');
  const alive = aSendingHouse(database.store, { carrier });
  return { row: queued, carrier, alive };
}

describe('it stops here (§19.14)', () => {
  test('row queued: the next look sends it', async () => {
    const { row, carrier, alive } = await leaveOff('turn');

    await alive.dispatch.settle();

    expect(carrier.booked).toHaveLength(1);
    expect(await theRow(row.id)).toMatchObject({ status: 'sent' });
  });

  test('row claimed, process dead before the call: unsure, absent twice, sent once (§19.14)', async () => {
    const { row, carrier, alive } = await leaveOff('claimed');

    await alive.sweep();
    expect(await theRow(row.id)).toMatchObject({ status: 'sending' });

    alive.later(16_000);
    expect(await alive.sweep()).toMatchObject({ lapsed: 1 });
    expect(await theRow(row.id)).toMatchObject({ status: 'unsure', lapses: 1 });

    expect(await alive.reconcile()).toMatchObject({ looked: 0 });
    alive.later(16_000);
    expect(await alive.reconcile()).toMatchObject({ looked: 1, requeued: 0 });
    alive.later(65_000);
    expect(await alive.reconcile()).toMatchObject({ looked: 0 });
    alive.later(30_000);
    expect(await alive.reconcile()).toMatchObject({ looked: 1, requeued: 1 });

    await alive.dispatch.settle();
    expect(carrier.booked).toHaveLength(1);
    expect(await theRow(row.id)).toMatchObject({ status: 'sent', attempt: 2 });
  });

  test.each(['called', 'drop'] as const)(
    'carrier has it, nobody noted it (%s): the list settles it, nothing is sent again',
    async (at) => {
      const { row, carrier, alive } = await leaveOff(at);

      alive.later(40_000);
      await alive.sweep();
      expect(await alive.reconcile()).toMatchObject({ looked: 1, found: 1 });

      expect(carrier.booked).toHaveLength(1);
      expect(await theRow(row.id)).toMatchObject({ status: 'sent', sid: carrier.booked[0]?.sid, attempt: 1 });
      alive.later(300_000);
      await alive.sweep();
      await alive.reconcile();
      await alive.dispatch.settle();
      expect(carrier.booked).toHaveLength(1);
    },
  );

  test('row unsure: a callback settles it at once', async () => {
    const { row, carrier, alive } = await leaveOff('drop');
    alive.later(16_000);
    await alive.sweep();

    await alive.receipts.take({
      sid: carrier.booked[0]?.sid ?? '',
      rowId: row.id,
      attempt: 1,
      status: 'delivered',
      code: null,
      at: monday,
    });

    expect(await theRow(row.id)).toMatchObject({ status: 'delivered' });
    expect(await alive.reconcile()).toMatchObject({ looked: 0 });
  });

  test('sid bound, follower not told: the sweep tells it', async () => {
    const row = await aQueuedRow({ status: 'sent', sid: 'SM-forgotten' });
    const follower = await build().aRow(row.contactId, {
      after: row.id,
      notBefore: new Date(monday.getTime() + 15_000),
    });
    const house = aSendingHouse(database.store);

    expect(await house.sweep()).toMatchObject({ released: 1 });

    expect((await theRow(follower.id)).notBefore).toEqual(monday);
  });

  test('arrival stored, not drained: the sweep drains it, and leaves one that still collects', async () => {
    const { contact } = await build().aContact();
    const typing = await build().aContact({ thread: { collectUntil: new Date(monday.getTime() + 4_000) } });
    await build().anArrival(contact.id, { id: 'event:left', kind: 'event', receivedAt: monday });
    await build().anArrival(typing.contact.id, { id: 'event:typing', kind: 'event', receivedAt: monday });
    const house = aSendingHouse(database.store);

    await house.sweep();

    expect(house.drained).toEqual([contact.id]);
    await database.store.arrivals.deleteMany({});
  });
});

describe('what the list cannot prove', () => {
  test('an entry with other words, an older one and one of another row are not this row', async () => {
    const { row, carrier, alive } = await leaveOff('claimed', { body: { text: 'Bonjour Léa' } });
    const other = await build().aRow(row.contactId, {
      status: 'sent',
      sid: 'SM-owned',
      address: row.address,
    });
    carrier.booked.push(
      { sid: 'SM-words', rowId: '?', attempt: 1, to: row.address, body: 'Autre chose', at: new Date() },
      {
        sid: 'SM-old',
        rowId: '?',
        attempt: 1,
        to: row.address,
        body: 'Bonjour Léa',
        at: new Date(Date.now() - 60_000),
      },
      {
        sid: other.sid ?? '',
        rowId: other.id,
        attempt: 1,
        to: row.address,
        body: 'Bonjour Léa',
        at: new Date(),
      },
    );

    alive.later(40_000);
    await alive.sweep();

    expect(await alive.reconcile()).toMatchObject({ looked: 1, found: 0 });
    expect(await theRow(row.id)).toMatchObject({ status: 'unsure', emptyLooks: 1 });
  });

  test('marketing absent twice is not sent again: it ends unconfirmed at its time, and the thread knows', async () => {
    const { row, carrier, alive } = await leaveOff('lose', { class: 'marketing' });
    alive.later(40_000);
    await alive.sweep();
    await alive.reconcile();
    alive.later(100_000);
    await alive.reconcile();
    await alive.dispatch.settle();
    expect(await theRow(row.id)).toMatchObject({ status: 'unsure', emptyLooks: 2 });
    expect(alive.told).toMatchObject([{ rowId: row.id, status: 'unsure' }]);

    alive.clock.advance(3_700_000);
    expect(await alive.reconcile()).toMatchObject({ givenUp: 1 });

    expect(await theRow(row.id)).toMatchObject({ status: 'failed', reason: 'not_confirmed' });
    expect(carrier.booked).toHaveLength(0);
  });

  test('a reply past its time does not go again', async () => {
    const { row, carrier, alive } = await leaveOff('lose');
    alive.later(40_000);
    await alive.sweep();
    await alive.reconcile();
    alive.later(100_000);
    alive.clock.advance(3_700_000);

    await alive.reconcile();
    await alive.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'failed', reason: 'expired' });
    expect(carrier.booked).toHaveLength(0);
  });

  test('a channel that cannot be asked never sends again by itself', async () => {
    const carrier = aCarrier({ name: 'email', sender: 'email:bonjour@mona.example', canBeAsked: false });
    carrier.is('drop');
    const house = aSendingHouse(database.store, { carrier });
    const { contact } = await build().aContact();
    const row = await build().aRow(contact.id, {
      channel: 'email',
      sender: 'email:bonjour@mona.example',
      address: 'lea@example.org',
    });
    await house.dispatch.settle();

    house.later(300_000);
    await house.sweep();
    await house.reconcile();
    await house.reconcile();
    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'unsure' });
    expect(carrier.calls).toEqual([row.id]);
    expect(house.told).toMatchObject([{ rowId: row.id, status: 'unsure' }]);
  });

  test('a look that comes back after another claim proves nothing', async () => {
    const { row, carrier, alive } = await leaveOff('claimed');
    alive.later(40_000);
    await alive.sweep();
    await alive.reconcile();
    alive.later(100_000);
    const { find } = carrier.channel;
    carrier.channel.find = async (to, since) => {
      const entries = (await find?.(to, since)) ?? [];
      await database.store.outbox.updateOne({ _id: row.id }, { $set: { token: 'another claim' } });
      return entries;
    };

    expect(await alive.reconcile()).toMatchObject({ looked: 1, requeued: 0 });

    expect(await theRow(row.id)).toMatchObject({ status: 'unsure', token: 'another claim' });
  });
});

describe('a row that kills its worker', () => {
  test('is stuck after five leases, and shown', async () => {
    const row = await aQueuedRow({ id: 'poison' });
    const alive = aSendingHouse(database.store);
    for (let n = 0; n < 5; n += 1) {
      const dead = aSendingHouse(database.store, {
        cross: (crossing) => {
          if (crossing === 'claimed') throw new Killed('poison');
        },
      });
      await dead.dispatch.settle();
      await database.store.outbox.updateOne({ _id: row.id }, { $set: { leaseUntil: new Date(0) } });
      await alive.sweep();
      await database.store.outbox.updateOne(
        { _id: row.id, status: 'unsure' },
        { $set: { status: 'queued' }, $unset: { inFlightKey: '' } },
      );
    }

    expect(await theRow(row.id)).toMatchObject({ status: 'failed', reason: 'stuck', lapses: 5 });
    expect(alive.told).toMatchObject([{ rowId: row.id, status: 'failed', code: 'stuck' }]);
  });
});

describe('rows nobody claims', () => {
  test('end at their time all the same', async () => {
    const row = await aQueuedRow({ sender: 'sms:+33600000000' });
    const follower = await build().aRow(row.contactId, {
      sender: 'sms:+33600000000',
      after: row.id,
      notBefore: new Date(monday.getTime() + 3_620_000),
      expiresAt: new Date(monday.getTime() + 7_200_000),
    });
    const house = aSendingHouse(database.store);
    house.clock.advance(3_601_000);

    expect(await house.sweep()).toMatchObject({ expired: 1 });

    expect(await theRow(row.id)).toMatchObject({ status: 'blocked', reason: 'expired' });
    expect((await theRow(follower.id)).notBefore).toEqual(house.clock.now());
  });
});
