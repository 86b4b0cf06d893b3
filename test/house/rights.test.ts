import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { openErrand } from '../../src/app/errand.ts';
import { createTwilio } from '../../src/channels/twilio/index.ts';
import { systemClock } from '../../src/clock.ts';
import { consent } from '../../src/core/guard/consent.ts';
import { silentLog } from '../../src/log.ts';
import { continueErasures, eraseContact } from '../../src/pipeline/erase.ts';
import { closeTask, extendTask, monthsAfter, openTask } from '../../src/pipeline/gdpr.ts';
import { importContacts } from '../../src/pipeline/import.ts';
import { objectToMarketing } from '../../src/pipeline/object.ts';
import { rectify } from '../../src/pipeline/rectify.ts';
import { findPerson, readBundle } from '../../src/reports/bundle.ts';
import { lastSaid } from '../../src/store/consents.ts';
import { collections } from '../../src/store/collections.ts';
import { personalData } from '../../src/store/personal-data.ts';
import { useApp } from '../support/app.ts';
import { TestClock } from '../support/clock.ts';

/*
 * One artist, from their first word to their erasure (compliance.md §8), through the doors of the whole product.
 */

const house = useApp();
const account = `AC${'0'.repeat(32)}`;
const zephyr = {
  phone: '+33639985071',
  email: 'zephyrine.quatremer@example.org',
  firstName: 'Zéphyrine',
  lastName: 'Quatremer',
  userId: 'user-zephyr',
};
/** What must be found nowhere afterwards, in any case, whatever stands round it. */
const needles = [
  '33639985071',
  [...'33639985071'].reverse().join(''),
  'zephyrine',
  'zéphyrine',
  'quatremer',
  'user-zephyr',
  'girafe',
  'secret chuchoté',
  'caractère difficile',
  'rue des acacias',
];

const sayIn = async (text: string, from = zephyr.phone): Promise<void> => {
  const url = `${house.app.url}/webhooks/twilio/inbound`;
  const form = {
    MessageSid: `SM${randomUUID().replaceAll('-', '')}`,
    AccountSid: account,
    From: from,
    To: '+33639980100',
    NumMedia: '0',
    NumSegments: '1',
    Body: text,
  };
  const signature = getExpectedTwilioSignature(house.config.sandbox?.authToken ?? '', url, form);
  const { status } = await request(house.app.url)
    .post('/webhooks/twilio/inbound')
    .type('form')
    .set('X-Twilio-Signature', signature)
    .send(form);
  expect(status).toBe(200);
};

const send = async (body: Record<string, unknown>): Promise<void> => {
  const { status } = await request(house.app.url)
    .post('/v1/events')
    .set('authorization', `Bearer ${house.config.secrets.apiKey}`)
    .send({
      messageId: randomUUID(),
      userId: zephyr.userId,
      timestamp: new Date().toISOString(),
      ...body,
    });
  expect(status).toBe(202);
};

const twilio = () =>
  createTwilio({
    accountSid: account,
    authToken: house.config.sandbox?.authToken ?? '',
    apiBaseUrl: `${house.app.url}/sandbox/carrier`,
    smsFrom: '+33639980100',
    publicUrl: house.app.url,
    log: silentLog,
  });

/** Every place of the database where one of these stands: `collection/_id: needle`. */
async function placesOf(words: readonly string[]): Promise<string[]> {
  const db = house.store.connection.getClient().db(house.store.connection.name);
  const found: string[] = [];
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    for await (const doc of db.collection(name).find()) {
      const text = JSON.stringify(doc).toLowerCase();
      for (const word of words)
        if (text.includes(word.toLowerCase())) found.push(`${name}/${String(doc._id)}: ${word}`);
    }
  }
  return found;
}

const idOf = async (): Promise<string> => {
  const id = await findPerson(house.store, zephyr.phone);
  if (id === null) throw new Error('nobody has this number');
  return id;
};

/** All the house may know of somebody: traits, texts both ways, a note, a draft, a promise, hits, an import. */
beforeAll(async () => {
  await send({
    type: 'identify',
    traits: {
      phone: zephyr.phone,
      email: zephyr.email,
      firstName: zephyr.firstName,
      lastName: zephyr.lastName,
      street: '12 rue des Acacias',
    },
  });
  await house.app.settle();
  for (const channel of ['sms', 'email'])
    await send({
      type: 'track',
      event: 'Consent Granted',
      properties: {
        channel,
        purpose: 'marketing',
        wordingId: 'optin-v3',
        evidence: { form: 'optin', page: `https://example.org/?mail=${zephyr.email}` },
      },
    });
  await send({ type: 'track', event: 'Song Sent', properties: { comment: 'ma girafe chante' } });
  await house.app.settle();
  await sayIn('bonjour, ma girafe a un secret chuchoté');
  await sayIn('HELP');
  await house.app.settle();
  const id = await idOf();
  const at = new Date();
  const { store } = house;
  await store.drafts.insertOne({ _id: `${id}:reply`, text: 'Chère Zéphyrine', coachId: 'nina', at });
  await store.reads.insertOne({ _id: `nina:${id}`, seq: 1 });
  await store.promises.insertOne({
    _id: 'p1',
    contactId: id,
    coachId: 'nina',
    text: 'rappeler Zéphyrine',
    dueAt: at,
  });
  await store.hits.insertOne({
    _id: 'hit1',
    rowId: 'r',
    contactId: id,
    linkKey: 'dashboard',
    kind: 'click',
    at,
    ip: '203.0.113.9',
    agent: 'girafe/1.0',
    verdict: 'human',
    reasons: [],
  });
  await store.importRows.insertOne({
    _id: 'row1',
    importId: 'i',
    line: 1,
    contactId: id,
    before: { set: [['firstName', 'Zephyrine']], addresses: [`sms:${zephyr.phone}`] },
  });
  await store.pushSubscriptions.insertOne({
    _id: 'push1',
    owner: { kind: 'contact', id },
    subscription: { endpoint: 'https://push.example.org/girafe', keys: { p256dh: 'x', auth: 'y' } },
    seenAt: at,
  });
  await house.ask('POST', `/api/threads/${id}/notes`, {
    clientId: `note-${randomUUID()}`,
    text: 'Zéphyrine a un caractère difficile',
  });
  await house.app.settle();
});

describe('the rights of one person, end to end', () => {
  test('access: the bundle has every collection that holds something on them, and says why', async () => {
    const id = await idOf();
    const bundle = await readBundle(house.store, id, new Date());
    const text = JSON.stringify(bundle);
    for (const word of ['girafe', 'secret chuchoté', 'rue des Acacias', zephyr.email, 'caractère difficile'])
      expect(text).toContain(word);
    expect(bundle?.['contact']).toMatchObject({ firstName: 'Zéphyrine' });
    expect(bundle?.['about']).toMatchObject({ parts: { items: { purpose: 'messaging' } } });
    for (const name of Object.keys(collections)) expect(personalData).toHaveProperty(name);
    expect(await readBundle(house.store, 'nobody', new Date())).toBeNull();
  });

  test('rectification: the new value counts, the old one stays in the audit trail', async () => {
    const id = await idOf();
    const deps = { store: house.store, clock: systemClock };
    await rectify(deps, id, { firstName: 'Zéphyrine-Aimée' }, 'sam');
    expect(await house.store.contacts.findOne({ _id: id })).toMatchObject({
      firstName: 'Zéphyrine-Aimée',
      nameFolded: 'zephyrine-aimee quatremer',
    });
    expect(await house.store.audit.findOne({ contactId: id, did: 'rectified' })).toMatchObject({
      who: 'sam',
      detail: { before: { firstName: 'Zéphyrine' }, after: { firstName: 'Zéphyrine-Aimée' } },
    });
    await expect(rectify(deps, id, { plan: '490' }, 'sam')).rejects.toThrow(/cannot be set/);
    await expect(rectify(deps, id, { firstName: '$where\n1' }, 'sam')).rejects.toThrow(/does not take/);
  });

  test('objection: by the way of a STOP, on every channel, at once', async () => {
    const id = await idOf();
    const { store } = house;
    await store.outbox.updateMany({ contactId: id, status: 'queued' }, { $set: { class: 'marketing' } });
    const errand = await openErrand(house.config);
    const { arrive, clock, drain } = errand.house;
    const moved = await objectToMarketing(
      { store, clock, arrive, drain: (one) => drain.drain(one, { now: true }) },
      id,
      'sam',
    );
    await errand.close();
    expect(moved).toEqual({ isMoved: true });
    const state = lastSaid(await store.consents.find({ contactId: id }).toArray());
    expect(state).toMatchObject({ 'sms:marketing': 'objected', 'email:marketing': 'objected' });
    expect(await store.outbox.countDocuments({ contactId: id, class: 'marketing', status: 'queued' })).toBe(
      0,
    );
    expect(await store.gdprTasks.findOne({ contactId: id, kind: 'objection' })).toMatchObject({ by: 'sam' });
  });

  test('erasure: silence at once, the carrier redacts, and nothing personal is left anywhere', async () => {
    const id = await idOf();
    expect(await placesOf(needles)).not.toEqual([]);
    const deps = { store: house.store, clock: systemClock, log: silentLog };
    const unreachable = () => Promise.reject(new Error('connect ECONNREFUSED'));

    const first = await eraseContact({ ...deps, redact: unreachable }, id, 'sam');
    expect(first).toMatchObject({ state: 'waiting', waitsFor: 'carrier' });
    expect(first.left.length).toBeGreaterThan(2);
    expect(await house.store.gdprTasks.countDocuments({ contactId: id, kind: 'erasure', doneAt: null })).toBe(
      1,
    );

    const carrier = twilio();
    const redact = (sid: string) => carrier.redact(sid);
    expect(await continueErasures({ ...deps, redact })).toEqual({ erased: 1 });
    await carrier.close();

    expect(await placesOf(needles)).toEqual([]);
    const there = await carriersWords();
    for (const word of ['girafe', 'Zéphyrine']) expect(there).not.toContain(word);
  });

  test('what stays is proof and counts: consent without content, the hash, the tombstone', async () => {
    const { store } = house;
    const task = await store.gdprTasks.findOne({ kind: 'erasure' });
    const id = task?.contactId ?? '';
    expect(task).toMatchObject({ doneAt: expect.any(Date), counts: { items: expect.any(Number) } });
    expect(await store.contacts.findOne({ _id: id })).toMatchObject({
      erasedAt: expect.any(Date),
      firstName: null,
      userId: null,
    });
    const proof = await store.consents.find({ contactId: id }).toArray();
    expect(proof.map(({ action }) => action)).toContain('granted');
    expect(
      proof.every(({ evidence }) => Object.keys(evidence).every((key) => /erased|taskId/.test(key))),
    ).toBe(true);
    expect(await store.suppressions.findOne({ _id: store.suppressionId('sms', zephyr.phone) })).toMatchObject(
      {
        reasons: { erasure: { source: 'erasure' }, objection: expect.anything() },
      },
    );
    expect(await store.items.countDocuments({ contactId: id })).toBeGreaterThan(2);
    expect(await store.audit.countDocuments({ contactId: id, did: 'erased', isProof: true })).toBe(1);
  });

  test('the same number writes again, and comes back in a file: a stranger, who is still not marketed to', async () => {
    const { store } = house;
    await sayIn('coucou');
    await house.app.settle();
    const again = await idOf();
    expect(await store.contacts.findOne({ _id: again })).toMatchObject({ firstName: null });
    const csv = `firstName,phone,email,consent.sms,consent.sms.at,consent.sms.evidence\nZéphyrine,${zephyr.phone},${zephyr.email},granted,2020-01-01T00:00:00Z,"{""form"":""old""}"\n`;
    await importContacts(
      { store, clock: systemClock, defaults: house.config.defaults },
      {
        id: 'after-erasure',
        file: 'x.csv',
        by: 'sam',
        text: (async function* () {
          yield await Promise.resolve(csv);
        })(),
      },
    );
    const addresses = await store.addresses.find({ contactId: again }).toArray();
    expect(addresses.map(({ channel }) => channel).sort()).toEqual(['email', 'sms']);
    for (const { channel, value } of addresses) {
      const kept = await store.suppressions.findOne({ _id: store.suppressionId(channel, value) });
      const suppressions = Object.entries(kept?.reasons ?? {}).map(([reason, { at }]) => ({
        channel,
        reason: reason as 'erasure',
        at,
      }));
      const facts = {
        contact: { erasedAt: null, traits: {} },
        suppressions,
        consents: { [`${channel}:marketing`]: 'granted' },
      };
      const verdict = consent({ class: 'marketing', channel } as never, facts as never, {
        now: new Date(),
        zone: 'Europe/Paris',
      });
      expect(verdict).toMatchObject({ may: 'never', reason: 'suppressed' });
    }
    const marketing = await store.outbox
      .find({ contactId: again, class: 'marketing', status: { $nin: ['blocked', 'ghost'] } })
      .toArray();
    expect(marketing).toEqual([]);
  });
});

async function carriersWords(): Promise<string> {
  const response = await fetch(
    `${house.app.url}/sandbox/carrier/2010-04-01/Accounts/${account}/Messages.json?PageSize=500`,
    {
      headers: {
        authorization: `Basic ${Buffer.from(`${account}:${house.config.sandbox?.authToken ?? ''}`).toString('base64')}`,
      },
    },
  );
  return response.text();
}

describe('due dates', () => {
  test('a month ends on its own date, or on the last day of a shorter one', () => {
    expect(monthsAfter(new Date('2026-01-31T10:00:00Z'), 1)).toEqual(new Date('2026-02-28T10:00:00Z'));
    expect(monthsAfter(new Date('2026-11-23T10:00:00Z'), 3)).toEqual(new Date('2027-02-23T10:00:00Z'));
  });

  test('a request is extended once, with notice in the first month', async () => {
    const clock = new TestClock('2026-03-02T10:00:00Z');
    const deps = { store: house.store, clock };
    const task = await openTask(deps, 'someone', 'access');
    expect(task.dueAt).toEqual(new Date('2026-04-02T10:00:00Z'));
    expect(await openTask(deps, 'someone', 'access')).toMatchObject({ _id: task._id });
    expect(await extendTask(deps, task._id, 'three years of texts')).toEqual(
      new Date('2026-06-02T10:00:00Z'),
    );
    await expect(extendTask(deps, task._id, 'again')).rejects.toThrow(/once is all/);
    await closeTask(deps, task, 'sam');
    const late = await openTask(deps, 'someone', 'access');
    clock.advance('2026-05-30T10:00:00Z');
    await expect(extendTask(deps, late._id, 'late')).rejects.toThrow(/within the first month/);
  });
});
