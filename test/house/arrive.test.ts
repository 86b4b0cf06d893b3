import { describe, expect, test } from 'vitest';
import type { NewArrival } from '../../src/pipeline/arrive.ts';
import { createArrive } from '../../src/pipeline/arrive.ts';
import type { Store } from '../../src/store/connect.ts';
import { placeOf } from '../../src/store/place.ts';
import { aText, createBuilders, monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const defaults = { country: 'FR', zone: 'Europe/Paris', locale: 'fr' } as const;

function openArrive(store: Store) {
  const told: string[] = [];
  return { told, arrive: createArrive({ store, defaults, onArrived: (id) => told.push(id) }) };
}

describe('a message in', () => {
  test('fifty times at once, over two processes, is one arrival', async () => {
    const { store } = db;
    const [here, there] = [openArrive(store), openArrive(await db.another())];
    const text = aText('oui', { address: '+33639980101' });
    const copies = Array.from({ length: 50 }, (_, index) => (index % 2 ? here : there).arrive(text));
    const arrived = await Promise.all(copies);
    expect(arrived.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(arrived.map(({ contactId }) => contactId)).size).toBe(1);
    expect(await store.arrivals.countDocuments({ _id: text.id })).toBe(1);
    expect(await store.contacts.countDocuments({ _id: arrived[0]?.contactId ?? '' })).toBe(1);
    // The first copy may have been left lying: each one asks for its contact to be drained.
    expect(here.told.length + there.told.length).toBe(50);
  });

  test('of a known number goes to its contact', async () => {
    const { store } = db;
    const { contact } = await createBuilders(store).aContact({ reach: { sms: '+33639980102' } });
    const { arrive } = openArrive(store);
    expect(await arrive(aText('oui', { address: '+33639980102' }))).toEqual({
      isNew: true,
      contactId: contact.id,
    });
  });

  test('by WhatsApp of a number known by SMS is the same person, on one more address', async () => {
    const { store } = db;
    const { contact } = await createBuilders(store).aContact({ reach: { sms: '+33639980103' } });
    const { arrive } = openArrive(store);
    const arrived = await arrive(
      aText('oui', { channel: 'whatsapp', address: '+33639980103', profileName: 'Léa 🎤' }),
    );
    expect(arrived.contactId).toBe(contact.id);
    expect(await store.addresses.countDocuments({ contactId: contact.id })).toBe(2);
  });

  test('of a stranger makes a contact without consent, where the number says', async () => {
    const { store } = db;
    const { arrive } = openArrive(store);
    const { contactId } = await arrive(
      aText('allo', { channel: 'whatsapp', address: '+262692000001', profileName: 'Cam' }),
    );
    const contact = await store.contacts.findOne({ _id: contactId ?? '' });
    expect(contact).toMatchObject({
      country: 'RE',
      zone: 'Indian/Reunion',
      zoneSource: 'phone',
      locale: 'fr',
      traits: { profileName: 'Cam' },
    });
    expect(await store.consents.countDocuments({ contactId: contactId ?? '' })).toBe(0);
    expect(await store.threads.findOne({ _id: contactId ?? '' })).toMatchObject({ rev: 0, seq: 0 });
  });

  test('of two hundred strangers at once, twice each and on two channels, makes two hundred contacts', async () => {
    const { store } = db;
    const [here, there] = [openArrive(store), openArrive(await db.another())];
    const numbers = Array.from({ length: 200 }, (_, index) => `+336399820${String(index).padStart(3, '0')}`);
    const arrived = await Promise.all(
      numbers.flatMap((address) => [
        here.arrive(aText('a', { address })),
        there.arrive(aText('b', { address })),
      ]),
    );
    expect(arrived.every(({ isNew }) => isNew)).toBe(true);
    expect(new Set(arrived.map(({ contactId }) => contactId)).size).toBe(200);
    expect(await store.addresses.countDocuments({ value: /^\+336399820/ })).toBe(200);
  });

  test('is not taken for written down when its majority never came', async () => {
    const store = await db.another('lonely');
    const { arrive, told } = openArrive(store);
    const admin = store.connection.getClient().db('admin');
    await createBuilders(db.store).aContact({ reach: { sms: '+33639980104' } });
    await admin.command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: {
        failCommands: ['insert'],
        appName: 'lonely',
        writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' },
      },
    });
    await expect(arrive(aText('oui', { address: '+33639980104' }))).rejects.toThrow();
    expect(told).toEqual([]);
  });
});

test('what knows its contact keeps it, and a wake is one however often it is noticed', async () => {
  const { store } = db;
  const { contact } = await createBuilders(store).aContact();
  const { arrive } = openArrive(store);
  const wake: NewArrival = {
    kind: 'wake',
    id: `wake:r1:${monday.toISOString()}`,
    contactId: contact.id,
    receivedAt: monday,
    runId: 'r1',
    wakeAt: monday,
  };
  const arrived = await Promise.all([arrive(wake), arrive(wake), arrive(wake)]);
  expect(arrived.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await store.arrivals.findOne({ _id: wake.id })).toMatchObject({
    contactId: contact.id,
    state: 'new',
    tries: 0,
    runId: 'r1',
  });
});

test.each([
  ['+33639980001', 'FR', 'Europe/Paris', 'fr', 'phone'],
  ['+262692123456', 'RE', 'Indian/Reunion', 'fr', 'phone'],
  ['+262639123456', 'YT', 'Indian/Mayotte', 'fr', 'phone'],
  ['+447700900123', 'GB', 'Europe/London', 'en', 'phone'],
  ['+32470123456', 'BE', 'Europe/Brussels', 'fr', 'phone'],
  ['FR.1502576394655843', 'FR', 'Europe/Paris', 'fr', 'phone'],
  ['lea@example.org', 'FR', 'Europe/Paris', 'fr', 'default'],
])('%s is placed in %s', (address, country, zone, locale, zoneSource) => {
  expect(placeOf(address, defaults)).toEqual({ country, zone, locale, zoneSource });
});
