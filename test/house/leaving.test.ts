import { afterEach, describe, expect, test } from 'vitest';
import type { Decide } from '../../src/core/decide.ts';
import type { Row } from '../../src/core/row.ts';
import { fromDoc } from '../../src/store/collection.ts';
import type { Store } from '../../src/store/connect.ts';
import { inFlightKeyOf } from '../../src/store/lease.ts';
import { aText, createBuilders, echo, emptyLibrary } from '../support/build.ts';
import { aCarrier } from '../support/carrier.ts';
import { aMovingHouse } from '../support/moving.ts';
import { useStore } from '../support/mongo.ts';
import { aSendingHouse, Killed, type RigOptions } from '../support/sending.ts';

const database = useStore();
let numbers = 0;

afterEach(() => database.store.outbox.deleteMany({}));

/** Both halves of the house: what is heard, and what is said. */
function aHouse(options: RigOptions & { readonly decide?: Decide; readonly drainStore?: Store } = {}) {
  const { store } = database;
  const sending = aSendingHouse(store, options);
  const { arrive, drain } = aMovingHouse(store, {
    store: options.drainStore ?? store,
    library: emptyLibrary,
    clock: sending.clock,
    decide: options.decide ?? echo,
    bell: () => {
      sending.dispatch.bell();
    },
    reserve: (candidate) => sending.dispatch.reserve(candidate),
  });
  return {
    ...sending,
    async hears(text: string): Promise<{ contactId: string; address: string }> {
      numbers += 1;
      const address = `+3363998${String(8000 + numbers)}`;
      const { contact } = await createBuilders(store).aContact({ reach: { sms: address } });
      await arrive(aText(text, { address }));
      await drain.settle();
      await sending.dispatch.settle();
      return { contactId: contact.id, address };
    },
  };
}

async function theRowOf(contactId: string): Promise<Row> {
  const doc = await database.store.outbox.findOne({ contactId });
  if (!doc) throw new Error(`no row of ${contactId}`);
  return fromDoc<Row>(doc);
}

const claimsOf = async (contactId: string): Promise<number | undefined> =>
  (await database.store.threads.findOne({ _id: contactId }))?.claims;

describe('an answer whose turn is free', () => {
  test('is claimed by the commit that writes it, called once and bound', async () => {
    const house = aHouse();
    const { contactId } = await house.hears('oui');

    const row = await theRowOf(contactId);
    expect(row).toMatchObject({ status: 'sent', attempt: 1, sid: house.carrier.booked[0]?.sid });
    expect(row.history.map(({ status }) => status)).toEqual(['queued', 'sending', 'sent']);
    expect(row.claimedAt).toBeInstanceOf(Date);
    expect(row.inFlightKey).toBeUndefined();
    expect(house.carrier.calls).toEqual([row.id]);
    // No second transaction was asked: the thread knows of none.
    expect(await claimsOf(contactId)).toBe(0);
  });

  test('is claimed as ever where its turn does not come at once', async () => {
    const carrier = aCarrier();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    carrier.paced.turn = async (_sender, _weight, work) => {
      await opened;
      return work();
    };
    const house = aHouse({ carrier });
    const heard = house.hears('oui');
    while ((await database.store.outbox.countDocuments({ status: 'queued' })) === 0);
    expect(carrier.calls).toEqual([]);
    open();
    const { contactId } = await heard;
    expect(await theRowOf(contactId)).toMatchObject({ status: 'sent', attempt: 1 });
    expect(await claimsOf(contactId)).toBe(1);
  });

  test('is not called where somebody moved the thread meanwhile; the second look is', async () => {
    const { store } = database;
    let conflicts = 0;
    const transact: Store['transact'] = async (work) => {
      if (conflicts === 0) {
        conflicts += 1;
        await store.threads.updateMany({}, { $inc: { claims: 1 } });
      }
      return store.transact(work);
    };
    const house = aHouse({ drainStore: { ...store, transact } });
    const { contactId } = await house.hears('oui');
    expect(conflicts).toBe(1);
    expect(house.carrier.calls).toHaveLength(1);
    expect(await theRowOf(contactId)).toMatchObject({ status: 'sent', attempt: 1 });
  });

  test('waits behind the same words that are on their way to the same address', async () => {
    const { store } = database;
    const house = aHouse({
      decide: (arrivals, world, moment) => {
        const kept = echo(arrivals, world, moment);
        return { ...kept, rows: kept.rows.map((row) => ({ ...row, body: { text: 'deux fois' } })) };
      },
    });
    const address = `+3363998${String(8000 + numbers + 1)}`;
    const before = await createBuilders(store).aRow('somebody', { address, body: { text: 'deux fois' } });
    await store.outbox.updateOne(
      { _id: before.id },
      {
        $set: {
          status: 'sending',
          inFlightKey: inFlightKeyOf(before),
          leaseUntil: new Date(Date.now() + 60_000),
        },
      },
    );
    const { contactId } = await house.hears('oui');
    expect(await theRowOf(contactId)).toMatchObject({ status: 'queued', reason: 'in_flight' });
    expect(house.carrier.calls).toEqual([]);
  });

  test('of marketing is the claim’s own business, which keeps the cap', async () => {
    const house = aHouse({
      decide: (arrivals, world, moment) => {
        const kept = echo(arrivals, world, moment);
        return { ...kept, rows: kept.rows.map((row) => ({ ...row, class: 'marketing' as const })) };
      },
    });
    const { contactId } = await house.hears('oui');
    expect(await theRowOf(contactId)).toMatchObject({ status: 'sent' });
    expect(await claimsOf(contactId)).toBe(1);
  });

  test('is settled by what the carrier knows, where the process ends before the call', async () => {
    const carrier = aCarrier();
    const dead = aHouse({
      carrier,
      cross: (crossing) => {
        if (crossing === 'claimed') throw new Killed('claimed');
      },
    });
    const { contactId } = await dead.hears('oui');
    expect(await theRowOf(contactId)).toMatchObject({ status: 'sending', attempt: 1 });
    expect(carrier.calls).toEqual([]);

    const alive = aSendingHouse(database.store, { carrier });
    for (const ms of [16_000, 60_000, 60_000, 60_000]) {
      alive.later(ms);
      await alive.sweep();
      await alive.reconcile();
      await alive.dispatch.settle();
    }
    expect(carrier.booked).toHaveLength(1);
    expect(await theRowOf(contactId)).toMatchObject({ status: 'sent', attempt: 2 });
  });
});
