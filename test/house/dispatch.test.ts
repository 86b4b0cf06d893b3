import { afterEach, describe, expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock.ts';
import type { Row } from '../../src/core/row.ts';
import { fromDoc, toDoc } from '../../src/store/collection.ts';
import { createBuilders, monday, ourSms, ourWhatsapp, someConsent, someRow } from '../support/build.ts';
import { messageClasses } from '../../src/core/vocabulary.ts';
import { dueFilter, findDue } from '../../src/pipeline/due.ts';
import type { Store } from '../../src/store/connect.ts';
import { aCarrier } from '../support/carrier.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';
import { aSendingHouse, consentGuard } from '../support/sending.ts';

const database = useStore();
const build = () => createBuilders(database.store);

// The outbox is one for the whole file, and what is due is due for every test.
afterEach(() => database.store.outbox.deleteMany({}));

async function aQueuedRow(over: Partial<Row> = {}): Promise<Row> {
  const { contact, addresses } = await build().aContact();
  return build().aRow(contact.id, { address: addresses[0]?.value ?? '', ...over });
}

async function theRow(id: string): Promise<Row> {
  const doc = await database.store.outbox.findOne({ _id: id });
  if (!doc) throw new Error(`no row ${id}`);
  return fromDoc<Row>(doc);
}

describe('a row whose time has come', () => {
  test('is claimed, sent and bound', async () => {
    const house = aSendingHouse(database.store);
    const row = await aQueuedRow();

    await house.dispatch.settle();

    const sent = await theRow(row.id);
    expect(sent).toMatchObject({ status: 'sent', attempt: 1, sid: house.carrier.booked[0]?.sid });
    expect(sent.inFlightKey).toBeUndefined();
    expect(sent.history.map(({ status }) => status)).toEqual(['queued', 'sending', 'sent']);
    expect((await database.store.threads.findOne({ _id: row.contactId }))?.claims).toBe(1);
    expect(await database.store.decisions.countDocuments({ rowId: row.id, asked: 'd', verdict: 'go' })).toBe(
      1,
    );
  });

  test('waits for its instant by the product clock', async () => {
    const clock = new TestClock();
    const house = aSendingHouse(database.store, { clock });
    const row = await aQueuedRow({ notBefore: new Date(monday.getTime() + 60_000) });

    await house.dispatch.settle();
    expect(house.carrier.calls).not.toContain(row.id);

    clock.advance(60_000);
    await house.dispatch.settle();
    expect(house.carrier.calls).toContain(row.id);
  });

  test('is written about, not called, where the guard says never or wait', async () => {
    const until = new Date(monday.getTime() + 3_000_000);
    const held = await aQueuedRow();
    const blocked = await aQueuedRow();
    const follower = await build().aRow(blocked.contactId, {
      after: blocked.id,
      notBefore: new Date(monday.getTime() + 20_000),
      body: { text: 'puis' },
    });
    const house = aSendingHouse(database.store, {
      judge: (row, world, moment) => ({
        ...consentGuard(row, world, moment),
        verdict:
          row.id === held.id
            ? { may: 'wait', until, reason: 'quiet_hours', rule: 'quiet' }
            : row.id === blocked.id
              ? { may: 'never', reason: 'goal_met', rule: 'goal' }
              : { may: 'go' },
      }),
    });

    await house.dispatch.settle();

    expect(await theRow(held.id)).toMatchObject({
      status: 'queued',
      notBefore: until,
      reason: 'quiet_hours',
    });
    expect(await theRow(blocked.id)).toMatchObject({ status: 'blocked', reason: 'goal_met' });
    expect(await theRow(follower.id)).toMatchObject({ status: 'sent' });
    expect(house.carrier.calls).not.toContain(blocked.id);
  });

  test('of a holdout ends as a ghost: no channel is called (§19.18)', async () => {
    const row = await aQueuedRow({
      class: 'marketing',
      guard: { exclusive: false, asksQuestion: false, expectsReply: false, isHoldout: true },
    });
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'ghost' });
    expect(house.carrier.calls).not.toContain(row.id);
    expect((await database.store.ghostAllowances.findOne({ _id: row.contactId }))?.sends).toHaveLength(1);
    expect(await database.store.allowances.findOne({ _id: row.contactId })).toBeNull();
  });

  test('that is past its time ends without a call', async () => {
    const row = await aQueuedRow({ expiresAt: monday, notBefore: new Date(monday.getTime() - 1_000) });
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'blocked', reason: 'expired' });
    expect(house.carrier.calls).not.toContain(row.id);
  });

  test('whose text begins with a dollar leaves as it was typed', async () => {
    const row = await aQueuedRow({ body: { text: '$status' } });
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(house.carrier.booked.find(({ rowId }) => rowId === row.id)?.body).toBe('$status');
    expect((await theRow(row.id)).body.text).toBe('$status');
  });
});

describe('order', () => {
  test('compliance leaves before replies, replies before service, marketing last', async () => {
    const at = (ms: number) => new Date(monday.getTime() - ms);
    await aQueuedRow({ id: 'order-m', class: 'marketing', notBefore: at(400) });
    await aQueuedRow({ id: 'order-s', class: 'service', notBefore: at(300) });
    await aQueuedRow({ id: 'order-r', class: 'reply', notBefore: at(200) });
    await aQueuedRow({ id: 'order-c', class: 'compliance', notBefore: at(100) });
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(house.carrier.calls).toEqual(['order-c', 'order-r', 'order-s', 'order-m']);
  });

  test('bubbles of one answer leave one after the other, without waiting for the tick', async () => {
    const { contact, addresses } = await build().aContact();
    const address = addresses[0]?.value ?? '';
    await build().aRow(contact.id, { id: 'bubble/1', address, body: { text: 'un' } });
    await build().aRow(contact.id, {
      id: 'bubble/2',
      address,
      body: { text: 'deux' },
      after: 'bubble/1',
      notBefore: new Date(monday.getTime() + 20_000),
    });
    await build().aRow(contact.id, {
      id: 'bubble/3',
      address,
      body: { text: 'trois' },
      after: 'bubble/2',
      notBefore: new Date(monday.getTime() + 20_000),
    });
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(house.carrier.calls).toEqual(['bubble/1', 'bubble/2', 'bubble/3']);
  });

  test('the same words are never twice on their way to one address', async () => {
    const { contact, addresses } = await build().aContact();
    const other = await build().aContact();
    const address = addresses[0]?.value ?? '';
    const house = aSendingHouse(database.store);
    house.carrier.is('lose');
    await build().aRow(contact.id, { id: 'twin/1', address, body: { text: 'pareil' } });
    await house.dispatch.settle();
    await build().aRow(other.contact.id, { id: 'twin/2', address, body: { text: 'pareil' } });

    await house.dispatch.settle();

    expect(house.carrier.calls).toEqual(['twin/1']);
    expect(await theRow('twin/2')).toMatchObject({ status: 'queued', reason: 'in_flight' });
  });
});

describe('what the carrier may answer', () => {
  test('429: back to queued with a growing delay, the sender slowed down, the place under the cap given back (§19.13)', async () => {
    const clock = new TestClock();
    const house = aSendingHouse(database.store, { clock });
    house.carrier.is('throttle');
    const row = await aQueuedRow({ class: 'marketing' });

    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({
      status: 'queued',
      attempt: 1,
      reason: 'throttled',
      notBefore: new Date(monday.getTime() + 2_000),
    });
    expect(house.carrier.slowed).toBe(1);
    expect((await database.store.allowances.findOne({ _id: row.contactId }))?.sends).toEqual([]);

    house.carrier.is('accept');
    clock.advance(2_000);
    await house.dispatch.settle();
    expect(await theRow(row.id)).toMatchObject({ status: 'sent', attempt: 2 });
    expect((await database.store.allowances.findOne({ _id: row.contactId }))?.sends).toHaveLength(1);
  });

  test('another 4xx: failed with its code, and the thread learns of it', async () => {
    const house = aSendingHouse(database.store);
    house.carrier.is({ refuse: '21610' });
    const row = await aQueuedRow();

    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'failed', code: '21610' });
    expect(house.told).toMatchObject([
      { id: `receipt:${row.id}:failed`, kind: 'receipt', rowId: row.id, code: '21610' },
    ]);
  });

  test('anything else: nothing is written, the lease speaks', async () => {
    const house = aSendingHouse(database.store);
    house.carrier.is('lose');
    const row = await aQueuedRow();

    await house.dispatch.settle();
    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'sending', attempt: 1 });
    expect(house.carrier.calls.filter((id) => id === row.id)).toHaveLength(1);
  });

  test('ten unknown outcomes stop the sender', async () => {
    const house = aSendingHouse(database.store);
    house.carrier.is('lose');
    for (let n = 0; n < 10; n += 1) await aQueuedRow();
    await house.dispatch.settle();
    const before = house.carrier.calls.length;

    const held = await aQueuedRow();
    await house.dispatch.settle();

    expect(house.carrier.calls.length).toBe(before);
    expect(await theRow(held.id)).toMatchObject({ status: 'queued' });
    expect(house.counted).toContainEqual(expect.objectContaining({ name: 'breaker_opened' }));
    await database.store.senders.deleteMany({});
  });

  test('what another worker’s breaker holds leaves when its pause is over, not a minute later', async () => {
    const until = new Date(monday.getTime() + 30_000);
    await database.store.senders.insertOne({ _id: ourSms, breaker: { until, unknowns: [] } });
    const row = await aQueuedRow();
    // Another worker: what it knows of senders it has read after the breaker opened.
    const house = aSendingHouse(await database.another());

    await house.dispatch.settle();
    await database.store.senders.deleteMany({});

    expect(await theRow(row.id)).toMatchObject({
      status: 'queued',
      reason: 'sender_paused',
      notBefore: until,
    });
  });
});

describe('a claim that comes too late', () => {
  test('is not called, and goes back by its token', async () => {
    let ahead = 0;
    const clock = new TestClock();
    const house = aSendingHouse(database.store, {
      clock,
      monotonic: () => monotonicMs() + ahead,
      cross: (crossing) => {
        if (crossing === 'claimed') ahead += 2_500;
      },
    });
    const row = await aQueuedRow();

    await house.dispatch.tick();
    await expect.poll(async () => (await theRow(row.id)).reason).toBe('too_late');

    expect(house.carrier.calls).not.toContain(row.id);
  });
});

describe('the cap', () => {
  test('is never passed, whoever claims at the same time (§19.13)', async () => {
    const { contact, addresses } = await build().aContact();
    const carrier = aCarrier();
    const second = await database.another();
    for (let n = 0; n < 50; n += 1) {
      await build().aRow(contact.id, {
        id: `cap/${String(n)}`,
        class: 'marketing',
        address: addresses[0]?.value ?? '',
        body: { text: `offre ${String(n)}` },
      });
    }
    const houses = [database.store, second].map((store) => aSendingHouse(store, { carrier }));

    await Promise.all(houses.map(({ dispatch }) => dispatch.settle()));

    expect(carrier.booked).toHaveLength(1);
    expect((await database.store.allowances.findOne({ _id: contact.id }))?.sends).toHaveLength(1);
    expect(
      await database.store.outbox.countDocuments({
        contactId: contact.id,
        status: 'queued',
        reason: 'frequency',
      }),
    ).toBe(49);
  });
});

describe('two workers on one outbox', () => {
  test('send each row once', async () => {
    const carrier = aCarrier();
    const second = await database.another();
    const contacts = await Promise.all(Array.from({ length: 120 }, () => build().aContact()));
    await Promise.all(
      contacts.map(({ contact, addresses }, n) =>
        build().aRow(contact.id, { id: `both/${String(n)}`, address: addresses[0]?.value ?? '' }),
      ),
    );
    const houses = [database.store, second].map((store) => aSendingHouse(store, { carrier }));

    const isDone = async () => (await database.store.outbox.countDocuments({ status: 'sent' })) >= 120;
    while (!(await isDone())) await Promise.all(houses.map(({ dispatch }) => dispatch.settle()));

    expect(carrier.booked).toHaveLength(120);
    expect(new Set(carrier.booked.map(({ rowId }) => rowId)).size).toBe(120);
  });
});

describe('a thousand rows', () => {
  test('all leave, each once', async () => {
    const contacts = await Promise.all(Array.from({ length: 1_000 }, () => build().aContact()));
    await database.store.outbox.insertMany(
      contacts.map(({ contact, addresses }, n) =>
        toDoc(someRow(contact.id, { id: `many/${String(n)}`, address: addresses[0]?.value ?? '' })),
      ),
    );
    const house = aSendingHouse(database.store);

    await house.dispatch.settle();

    expect(house.carrier.booked).toHaveLength(1_000);
    expect(await database.store.outbox.countDocuments({ status: 'sent' })).toBe(1_000);
  });
});

describe('a backlog', () => {
  const behind = (ms: number): Date => new Date(monday.getTime() - ms);

  test('of one sender hides nothing of another, and of marketing no reply', async () => {
    const { contact } = await build().aContact();
    const rows = Array.from({ length: 2_000 }, (_, n) =>
      someRow(contact.id, { id: `behind/${String(n)}`, class: 'marketing', notBefore: behind(10_000 + n) }),
    );
    await database.store.outbox.insertMany(rows.map(toDoc));
    await build().aRow(contact.id, { id: 'behind/reply', notBefore: behind(1) });
    const looking = {
      senders: [ourSms, ourWhatsapp],
      forMarketing: [ourSms, ourWhatsapp],
      now: monday,
      heldThreads: [],
      resting: [],
      most: 50,
    };

    expect(await findDue(database.store, looking)).toMatchObject({ candidates: [{ rowId: 'behind/reply' }] });
    expect(await findDue(database.store, { ...looking, forMarketing: [] })).toMatchObject({
      candidates: [{ rowId: 'behind/reply' }],
    });
    expect(
      await findDue(database.store, { ...looking, senders: [ourWhatsapp], forMarketing: [ourWhatsapp] }),
    ).toEqual({ candidates: [], hasMore: false });
  });

  test('loses no turn on a row that may not leave: another of the sender has it', async () => {
    const contacts = await Promise.all(Array.from({ length: 60 }, () => build().aContact()));
    await Promise.all(
      contacts.map(({ contact, addresses }, n) =>
        build().aRow(contact.id, { id: `turn/${String(n)}`, address: addresses[0]?.value ?? '' }),
      ),
    );
    const isOdd = ({ id }: Row): boolean => Number(id.split('/')[1]) % 2 === 1;
    const house = aSendingHouse(database.store, {
      judge: (row, world, moment) => ({
        ...consentGuard(row, world, moment),
        ...(isOdd(row) && { verdict: { may: 'never', reason: 'goal_met', rule: 'goal' } }),
      }),
    });

    await house.dispatch.settle();

    expect(house.carrier.booked).toHaveLength(30);
    expect(await database.store.outbox.countDocuments({ status: 'blocked' })).toBe(30);
    expect(house.carrier.turns()).toBeLessThan(60);
  });

  test('is asked by the index: what waits costs nothing', async () => {
    const { contact } = await build().aContact();
    const rows = Array.from({ length: 3_000 }, (_, n) =>
      someRow(contact.id, { id: `later/${String(n)}`, notBefore: new Date(monday.getTime() + 1_000 + n) }),
    );
    await database.store.outbox.insertMany(rows.map(toDoc));
    await build().aRow(contact.id, { id: 'later/due', notBefore: monday });

    const explained = await database.store.outbox
      .find(dueFilter({ now: monday, heldThreads: [], resting: [] }, [ourSms, ourWhatsapp], messageClasses))
      .sort({ notBefore: 1 })
      .limit(50)
      .explain('executionStats');

    const { totalKeysExamined, totalDocsExamined } = explained['executionStats'] as Record<string, number>;
    expect(totalDocsExamined).toBeLessThanOrEqual(2);
    expect(totalKeysExamined).toBeLessThan(30);
  });
});

describe('STOP', () => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** What everyone can see of the commit, and nothing of the row: the claim has to find out by itself. */
  async function stop(store: Store, contactId: string): Promise<void> {
    await store.transact(async (session) => {
      await store.threads.updateOne({ _id: contactId }, { $inc: { rev: 1 } }, { session });
      const { id, ...consent } = someConsent(contactId, {
        id: `stop-${contactId}`,
        action: 'withdrawn',
        at: new Date(monday.getTime() + 1),
      });
      await store.consents.updateOne(
        { _id: id },
        { $setOnInsert: { ...consent, order: 1 } },
        { session, upsert: true },
      );
    });
  }

  test('against a claim, 200 times: what was not claimed at its commit never is', async () => {
    const other = await database.another();
    const carrier = aCarrier();
    let after = 0;
    const ends = { blocked: 0, sent: 0 };
    for (let round = 0; round < 200; round += 1) {
      const { contact, addresses } = await build().aContact({ consent: ['sms'] });
      const row = await build().aRow(contact.id, { address: addresses[0]?.value ?? '' });
      const house = aSendingHouse(database.store, {
        carrier,
        // The longest time between reading consent and keeping the claim is where a STOP slips in.
        worlds: (load) => async (ids, session) => {
          const worlds = await load(ids, session);
          await pause(round % 8);
          return worlds;
        },
      });
      house.dispatch.bell();
      await pause(round % 25);
      await stop(other, contact.id);
      const stood = await theRow(row.id);
      await house.dispatch.settle();
      await expect.poll(async () => (await theRow(row.id)).status).toMatch(/blocked|sent/);
      const { status } = await theRow(row.id);
      ends[status === 'blocked' ? 'blocked' : 'sent'] += 1;
      if (stood.status === 'queued' && status !== 'blocked') after += 1;
    }

    expect(after).toBe(0);
    expect(ends.blocked).toBeGreaterThan(0);
    expect(ends.sent).toBeGreaterThan(0);
  }, 120_000);
});
