import { describe, expect, test } from 'vitest';
import type { Decide } from '../../src/core/decide.ts';
import { silentLog } from '../../src/log.ts';
import { createArrive } from '../../src/pipeline/arrive.ts';
import { createDrain, type Drain } from '../../src/pipeline/drain.ts';
import type { Store } from '../../src/store/connect.ts';
import { TestClock } from '../support/clock.ts';
import {
  aText,
  createBuilders,
  echo,
  emptyLibrary,
  monday,
  nothingKept,
  ourSenders,
} from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const defaults = { country: 'FR', zone: 'Europe/Paris', locale: 'fr' } as const;

function openDrain(store: Store, decide: Decide = echo, clock = new TestClock(monday)) {
  let rings = 0;
  const drain = createDrain({
    store,
    library: emptyLibrary,
    clock,
    decide,
    bell: () => {
      rings += 1;
    },
    log: silentLog,
    publicUrl: 'http://localhost',
    senders: ourSenders,
    schedule: clock.schedule,
    freshMs: 0,
  });
  const begin = (id: string): void => {
    void drain.drain(id);
  };
  return { ...drain, clock, rings: () => rings, arrive: createArrive({ store, defaults, onArrived: begin }) };
}

/** Free text collects for 1.5 s; then all of it is one step with one answer. */
const collecting: Decide = (arrivals, world, moment, options) => {
  const newest = arrivals.at(-1);
  const kept = echo(arrivals, world, moment);
  const until = new Date((newest?.receivedAt.getTime() ?? 0) + 1_500);
  const isText = newest?.kind === 'inbound' && !newest.inbound.button;
  if (options?.endsWait || !isText || until <= moment.now) return kept;
  return { ...kept, thread: { ...kept.thread, collectUntil: until }, rows: [], isCollecting: true };
};

const seqs = async (store: Store, contactId: string): Promise<number[]> =>
  (await store.items.find({ contactId }).sort({ seq: 1 }).toArray()).map(({ seq }) => seq);

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

describe('draining', () => {
  test('moves what arrived, rings the bell, and has nothing to do the second time', async () => {
    const { store } = db;
    const { contact } = await createBuilders(store).aContact({ reach: { sms: '+33639983001' } });
    const house = openDrain(store);
    await house.arrive(aText('oui', { address: '+33639983001' }));
    await house.settle();
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(1);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(1);
    await house.drain(contact.id);
    expect(house.rings()).toBe(1);
    expect((await store.threads.findOne({ _id: contact.id }))?.rev).toBe(1);
  });

  test('by two processes of 40 contacts with 20 texts each: each moved once, in order, no number missing', async () => {
    const { store } = db;
    const { aContact } = createBuilders(store);
    const decideTaps: Decide = (arrivals, world, moment) => echo(arrivals, world, moment);
    const houses = [openDrain(store, decideTaps), openDrain(await db.another(), decideTaps)];
    const people = await Promise.all(
      upTo(40).map((n) => aContact({ reach: { sms: `+336399840${String(n).padStart(2, '0')}` } })),
    );
    // Taps, so that each is a step of its own.
    const texts = people.flatMap(({ addresses }) =>
      upTo(20).map((n) =>
        aText('', {
          address: addresses[0]?.value ?? '',
          at: new Date(monday.getTime() + n),
          button: { payload: `p${String(n)}`, text: String(n) },
        }),
      ),
    );
    const writer = createArrive({ store, defaults, onArrived: () => undefined });
    await Promise.all(texts.map(writer));
    await Promise.all(people.flatMap(({ contact }) => houses.map((house) => house.drain(contact.id))));
    await Promise.all(houses.map((house) => house.settle()));

    for (const { contact } of people) {
      expect(await seqs(store, contact.id)).toEqual(upTo(20));
      const items = await store.items.find({ contactId: contact.id }).sort({ seq: 1 }).toArray();
      const moved = await store.arrivals
        .find({ contactId: contact.id, state: 'moved' })
        .sort({ receivedAt: 1 })
        .toArray();
      expect(items.map(({ arrivalId }) => arrivalId)).toEqual(moved.map(({ _id }) => _id));
      expect(moved.every(({ tries }) => tries <= 2)).toBe(true);
      expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(20);
    }
  });

  test('events that a step emitted are moved in their turn', async () => {
    const { store } = db;
    const { contact } = await createBuilders(store).aContact({ reach: { sms: '+33639983002' } });
    const heard: string[] = [];
    const house = openDrain(store, (arrivals, world, moment) => {
      const [first] = arrivals;
      if (first?.kind === 'event') heard.push(first.event.name);
      const emitted =
        first?.kind === 'inbound'
          ? [{ id: `${first.id}-e`, name: 'Reactivated', properties: {}, occurredAt: moment.now }]
          : [];
      return nothingKept(world.thread, { emitted });
    });
    await house.arrive(aText('oui', { address: '+33639983002' }));
    await house.settle();
    expect(heard).toEqual(['Reactivated']);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(2);
  });

  test('a message that quotes one of ours brings it along', async () => {
    const { store } = db;
    const { aContact, aRow } = createBuilders(store);
    const { contact } = await aContact({ reach: { sms: '+33639983003' } });
    const row = await aRow(contact.id, { sid: 'SMquoted', status: 'sent' });
    const seen: string[] = [];
    const house = openDrain(store, (arrivals, world, moment) => {
      seen.push(...world.quoted.map(({ rowId }) => rowId));
      return echo(arrivals, world, moment);
    });
    await house.arrive(aText('celui-là', { address: '+33639983003', repliedTo: 'SMquoted' }));
    await house.settle();
    expect(seen).toEqual([row.id]);
  });
});

describe('free text', () => {
  async function write(
    texts: readonly { readonly text: string; readonly afterMs: number; readonly tap?: boolean }[],
  ) {
    const { store } = db;
    const address = `+33639985${String((number += 1)).padStart(3, '0')}`;
    const { contact } = await createBuilders(store).aContact({ reach: { sms: address } });
    const house = openDrain(store, collecting);
    for (const { text, afterMs, tap } of texts) {
      house.clock.advance(afterMs);
      await house.arrive(
        aText(text, { address, at: house.clock.now(), button: tap ? { payload: 'p', text } : null }),
      );
      await quiet(house, contact.id);
    }
    return { store, contact, house };
  }
  let number = 0;
  /** The visit under way ends; an open wait stays open. */
  const quiet = (house: Drain, contactId: string): Promise<void> => house.drain(contactId);

  test('is shown at once, and answered once after its silence', async () => {
    const { store, contact, house } = await write([
      { text: 'euh', afterMs: 0 },
      { text: 'attends', afterMs: 1_000 },
    ]);
    expect(await seqs(store, contact.id)).toEqual([1, 2]);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'shown' })).toBe(2);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(0);
    house.clock.advance(1_499);
    await quiet(house, contact.id);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(0);
    house.clock.advance(1);
    await quiet(house, contact.id);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(1);
    expect(
      await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved', tries: { $lte: 1 } }),
    ).toBe(2);
    expect(await seqs(store, contact.id)).toEqual([1, 2]);
  });

  test('waits no longer once something follows that may not wait', async () => {
    const { store, contact } = await write([
      { text: 'euh', afterMs: 0 },
      { text: 'Oui', afterMs: 500, tap: true },
    ]);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(2);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(2);
  });

  test('waits no longer when the house settles', async () => {
    const { store, contact, house } = await write([{ text: 'euh', afterMs: 0 }]);
    await house.settle();
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(1);
  });

  test('is finished by another process after a crash', async () => {
    const { store, contact, house } = await write([{ text: 'euh', afterMs: 0 }]);
    await house.stop();
    const later = openDrain(store, collecting, new TestClock(new Date(house.clock.now().getTime() + 1_500)));
    await later.drain(contact.id);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(1);
    expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(1);
  });

  test('does not hold a wake behind it for ever, and the wake does not spin', async () => {
    const { store, contact, house } = await write([{ text: 'euh', afterMs: 0 }]);
    const wakeAt = house.clock.now();
    await house.arrive({
      kind: 'wake',
      id: `wake:${contact.id}`,
      contactId: contact.id,
      receivedAt: wakeAt,
      runId: 'r',
      wakeAt,
    });
    await quiet(house, contact.id);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(0);
    house.clock.advance(1_500);
    await quiet(house, contact.id);
    expect(await store.arrivals.countDocuments({ contactId: contact.id, state: 'moved' })).toBe(2);
  });
});

describe('a step that cannot be taken', () => {
  const throwing: Decide = (arrivals, world, moment) => {
    if (arrivals.some((arrival) => arrival.kind === 'inbound' && arrival.inbound.text === 'poison'))
      throw new Error('a bug');
    return echo(arrivals, world, moment);
  };

  test('is parked and shown, with its thread flagged; before, after and beside it all moves', async () => {
    const { store } = db;
    const { aContact } = createBuilders(store);
    const people = await Promise.all(
      upTo(3).map((n) => aContact({ reach: { sms: `+3363998600${String(n)}` } })),
    );
    const writer = createArrive({ store, defaults, onArrived: () => undefined });
    const texts = people.flatMap(({ addresses }, index) =>
      ['avant', index === 1 ? 'poison' : 'sain', 'après'].map((text, n) =>
        aText(text, { address: addresses[0]?.value ?? '', at: new Date(monday.getTime() + n) }),
      ),
    );
    await Promise.all(texts.map(writer));
    const house = openDrain(store, throwing);
    await Promise.all(people.map(({ contact }) => house.drain(contact.id)));

    const states = async (id = ''): Promise<string[]> =>
      (await store.arrivals.find({ contactId: id }).sort({ receivedAt: 1 }).toArray()).map(
        ({ state }) => state,
      );
    expect(await states(people[0]?.contact.id)).toEqual(['moved', 'moved', 'moved']);
    expect(await states(people[1]?.contact.id)).toEqual(['moved', 'stuck', 'moved']);
    expect(await states(people[2]?.contact.id)).toEqual(['moved', 'moved', 'moved']);
    const sick = people[1]?.contact.id ?? '';
    expect((await store.threads.findOne({ _id: sick }))?.flags).toEqual(['stuck']);
    expect(await store.arrivals.findOne({ contactId: sick, state: 'stuck' })).toMatchObject({
      error: 'a bug',
      tries: 3,
    });
    const items = await store.items.find({ contactId: sick }).sort({ seq: 1 }).toArray();
    expect(items.map(({ text }) => text).sort()).toEqual(['après', 'avant', 'poison']);
    expect(items.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('counts the times it took the process with it', async () => {
    const { store } = db;
    const { aContact, anArrival } = createBuilders(store);
    const { contact } = await aContact({ reach: { sms: '+33639986010' } });
    const text = aText('tue');
    await anArrival(contact.id, text);
    for (const times of [1, 2, 3]) {
      // Killed while it decides: nothing after that runs.
      let reached: () => void = () => undefined;
      const died = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const dying = {
        ...store,
        transact: () => {
          reached();
          return new Promise(() => undefined);
        },
      } as unknown as Store;
      void openDrain(dying).drain(contact.id);
      await died;
      expect((await store.arrivals.findOne({ _id: text.id }))?.tries).toBe(times);
    }
    // Who met at it a moment ago may all still be deciding: that is no reason to park it.
    await openDrain(store).drain(contact.id);
    expect((await store.arrivals.findOne({ _id: text.id }))?.state).toBe('new');
    await store.arrivals.updateOne({ _id: text.id }, { $set: { begunAt: new Date(Date.now() - 16_000) } });
    await openDrain(store).drain(contact.id);
    expect((await store.arrivals.findOne({ _id: text.id }))?.state).toBe('stuck');
  });

  test('that the database could not keep counts for nothing, and is kept the next time', async () => {
    const { store } = db;
    const { aContact, anArrival } = createBuilders(store);
    const { contact } = await aContact({ reach: { sms: '+33639986011' } });
    const text = aText('patience');
    await anArrival(contact.id, text);
    const { MongoNetworkError } = await import('mongodb');
    const broken = { ...store, transact: () => Promise.reject(new MongoNetworkError('gone')) } as Store;
    for (let times = 0; times < 5; times += 1) await openDrain(broken).drain(contact.id);
    expect(await store.arrivals.findOne({ _id: text.id })).toMatchObject({ state: 'new', tries: 0 });
    await openDrain(store).drain(contact.id);
    expect((await store.arrivals.findOne({ _id: text.id }))?.state).toBe('moved');
  });

  test('that the database could not keep is tried again by itself, and at last left to the sweep', async () => {
    const { store } = db;
    const { aContact, anArrival } = createBuilders(store);
    const { contact } = await aContact({ reach: { sms: '+33639986014' } });
    const text = aText('patience encore');
    await anArrival(contact.id, text);
    const { MongoNetworkError } = await import('mongodb');
    let asked = 0;
    const broken = {
      ...store,
      transact: () => {
        asked += 1;
        return Promise.reject(new MongoNetworkError('gone'));
      },
    } as Store;
    const house = openDrain(broken);
    await house.drain(contact.id);
    expect(asked).toBe(1);
    await house.settle();
    await house.settle();
    expect(asked).toBe(4);
    expect(await store.arrivals.findOne({ _id: text.id })).toMatchObject({ state: 'new', tries: 0 });
  });

  test.each(['before', 'after'] as const)(
    'a process killed %s its commit: the next one leaves one effect',
    async (when) => {
      const { store } = db;
      const { aContact, anArrival } = createBuilders(store);
      const { contact } = await aContact({
        reach: { sms: when === 'before' ? '+33639986012' : '+33639986013' },
      });
      const text = aText('une fois');
      await anArrival(contact.id, text);
      let reached: () => void = () => undefined;
      const died = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const transact: Store['transact'] = async (work) => {
        if (when === 'after') await store.transact(work);
        reached();
        return new Promise(() => undefined);
      };
      void openDrain({ ...store, transact } as Store).drain(contact.id);
      await died;
      await openDrain(store).drain(contact.id);
      expect(await seqs(store, contact.id)).toEqual([1]);
      expect(await store.outbox.countDocuments({ contactId: contact.id })).toBe(1);
      expect((await store.arrivals.findOne({ _id: text.id }))?.state).toBe('moved');
    },
  );

  test('of a contact that does not exist is parked, not repeated for ever', async () => {
    const { store } = db;
    const text = aText('personne');
    await createBuilders(store).anArrival('nobody', text);
    await openDrain(store).drain('nobody');
    expect((await store.arrivals.findOne({ _id: text.id }))?.state).toBe('stuck');
  });
});
