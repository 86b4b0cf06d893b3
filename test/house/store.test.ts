import { describe, expect, test } from 'vitest';
import { createBatch } from '../../src/store/batch.ts';
import { dutyAt, firstHours } from '../../src/store/duty.ts';
import { loadWorlds } from '../../src/store/world.ts';
import { CommitUnknown } from '../../src/store/transact.ts';
import {
  cast,
  createBuilders,
  emptyLibrary,
  monday,
  ourSenders,
  ourSms,
  someConsent,
} from '../support/build.ts';
import { useStore } from '../support/mongo.ts';
import { toDoc } from '../../src/store/collection.ts';

const db = useStore();

const options = { now: monday, publicUrl: 'http://localhost:3000', senders: ourSenders, freshMs: 0 };

describe('the database', () => {
  test('has every index, and says which one is missing', async () => {
    const { store } = db;
    expect(await store.missingIndexes()).toEqual([]);
    await store.threads.dropIndex('flags_1');
    expect(await store.missingIndexes()).toEqual(['threads.flags_1']);
    await store.ensureIndexes();
    expect(await store.missingIndexes()).toEqual([]);
  });

  test('a model holds what people typed to its shape', async () => {
    const Coach = db.store.model('coaches');
    expect(() => new Coach({ _id: 'c1', surname: 'x' })).toThrow(/surname/);
  });

  test('a transaction that throws keeps nothing', async () => {
    const { store } = db;
    const thrown = store.transact(async (session) => {
      await store.settings.insertOne({ _id: 'torn', value: 1 }, { session });
      throw new Error('no');
    });
    await expect(thrown).rejects.toThrow('no');
    expect(await store.settings.findOne({ _id: 'torn' })).toBeNull();
  });

  test('two transactions that touch one document: both are kept, one after the other', async () => {
    const { store } = db;
    await store.settings.insertOne({ _id: 'sum', value: 0 });
    const add = (): Promise<unknown> =>
      store.transact(async (session) => {
        const sum = await store.settings.findOne({ _id: 'sum' }, { session });
        await store.settings.updateOne(
          { _id: 'sum' },
          { $set: { value: Number(sum?.value) + 1 } },
          { session },
        );
      });
    await Promise.all(Array.from({ length: 8 }, add));
    expect((await store.settings.findOne({ _id: 'sum' }))?.value).toBe(8);
  });

  test('a commit whose answer never came is told apart from one that failed', async () => {
    const store = await db.another('deaf');
    const admin = store.connection.getClient().db('admin');
    await admin.command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['commitTransaction'], errorCode: 50, appName: 'deaf' },
    });
    let left: object | undefined;
    const kept = store.transact(async (session) => {
      left = session.id;
      await store.settings.insertOne({ _id: 'unknown', value: 1 }, { session });
    });
    await expect(kept).rejects.toBeInstanceOf(CommitUnknown);
    await admin.command({ killSessions: [left] });
  });
});

describe('a world', () => {
  test('holds everything a decision reads of one contact, and nothing of its neighbour', async () => {
    const { store } = db;
    const { aContact, aRun, aRow, anItem } = createBuilders(store);
    const lea = await aContact({
      ...cast.lea,
      reach: { sms: '+33639980001', whatsapp: '+33639980001' },
      consent: ['sms'],
    });
    const karim = await aContact({ ...cast.karim, reach: { whatsapp: '+33639980002' } });
    const open = await aRun(lea.contact.id);
    await aRun(lea.contact.id, { flow: 'welcome', open: false, exitReason: 'done' });
    const queued = await aRow(lea.contact.id);
    const sent = await aRow(lea.contact.id, {
      status: 'sent',
      sid: 'SM42',
      node: 'q1',
      waitId: 'w1',
      runId: open.id,
    });
    await anItem(lea.contact.id, 1);
    await store.allowances.insertOne({
      _id: lea.contact.id,
      sends: [{ key: 'k', channel: 'sms', at: monday, on: '2026-03-02' }],
    });
    await store.suppressions.insertOne({
      _id: store.suppressionId('whatsapp', '+33639980001'),
      channel: 'whatsapp',
      reasons: { stop: { source: 'test', at: monday } },
    });
    const promisedUntil = new Date(monday.getTime() + 86_400_000);
    await store.offers.insertMany([
      { _id: 'o1', key: 'price.290', kind: 'price', value: 290, asOf: monday, maxAgeMs: 1, contactId: null },
      {
        _id: 'o2',
        key: 'last',
        kind: 'promise',
        value: true,
        asOf: monday,
        maxAgeMs: 1,
        endsAt: promisedUntil,
        contactId: lea.contact.id,
      },
    ]);

    const worlds = await loadWorlds(store, emptyLibrary, [lea.contact.id, karim.contact.id, 'nobody'], {
      ...options,
      quoted: ['SM42'],
    });

    expect([...worlds.keys()].sort()).toEqual([lea.contact.id, karim.contact.id].sort());
    const world = worlds.get(lea.contact.id);
    expect(world?.contact).toEqual(lea.contact);
    expect(world?.thread).toEqual(lea.thread);
    expect(world?.addresses.map(({ channel }) => channel).sort()).toEqual(['sms', 'whatsapp']);
    expect(world?.consents).toEqual({ 'sms:marketing': 'granted' });
    expect(world?.suppressions).toEqual([{ channel: 'whatsapp', reason: 'stop', at: monday }]);
    expect(world?.runs.map(({ flow }) => flow).sort()).toEqual(['nurturing', 'welcome']);
    expect(world?.rows.map(({ id }) => id)).toEqual([queued.id]);
    expect(world?.quoted).toMatchObject([{ sid: 'SM42', rowId: sent.id, node: 'q1', waitId: 'w1' }]);
    expect(world?.allowances).toHaveLength(1);
    expect(world?.offers.map(({ key }) => key).sort()).toEqual(['last', 'price.290']);
    expect(world?.silencedUntil).toEqual(promisedUntil);
    expect(world?.senders.map(({ key }) => key)).toContain(ourSms);
    const other = worlds.get(karim.contact.id);
    expect([other?.runs, other?.rows, other?.suppressions, other?.silencedUntil]).toEqual([[], [], [], null]);
  });

  test('reads inside a transaction what it wrote there', async () => {
    const { store } = db;
    const { aContact } = createBuilders(store);
    const { contact } = await aContact({ ...cast.jo });
    await store.transact(async (session) => {
      await store.threads.updateOne({ _id: contact.id }, { $inc: { claims: 1 } }, { session });
      const worlds = await loadWorlds(store, emptyLibrary, [contact.id], options, session);
      expect(worlds.get(contact.id)?.thread.claims).toBe(1);
    });
  });

  test('of consent, the last thing said counts, also at the same instant', async () => {
    const { store } = db;
    const { aContact } = createBuilders(store);
    const { contact } = await aContact({ consent: ['sms'] });
    const said = (action: 'granted' | 'withdrawn', order: number, at = monday) => ({
      ...toDoc(someConsent(contact.id, { action, at })),
      order,
    });
    const before = new Date(monday.getTime() - 1);
    await store.consents.insertMany([
      said('withdrawn', 2000),
      said('granted', 1000),
      said('granted', 9000, before),
    ]);
    const worlds = await loadWorlds(store, emptyLibrary, [contact.id], options);
    expect(worlds.get(contact.id)?.consents).toEqual({ 'sms:marketing': 'withdrawn' });
  });
});

describe('duty', () => {
  const nina = {
    _id: 'nina',
    name: 'Nina',
    status: 'available',
    beatAt: new Date('2026-03-02T10:00:00Z'),
    openThreads: 0,
  } as const;
  const at = (iso: string) => new Date(iso);

  test.each([
    ['within hours, with a coach', '2026-03-02T10:00:30Z', [nina], true],
    ['a heartbeat a minute old', '2026-03-02T10:01:00Z', [nina], false],
    ['a coach with eight open threads', '2026-03-02T10:00:30Z', [{ ...nina, openThreads: 8 }], false],
    ['a coach who is away', '2026-03-02T10:00:30Z', [{ ...nina, status: 'away' as const }], false],
    ['a Sunday', '2026-03-01T10:00:30Z', [{ ...nina, beatAt: at('2026-03-01T10:00:00Z') }], false],
    [
      '19:00 sharp in Paris',
      '2026-03-02T18:00:00Z',
      [{ ...nina, beatAt: at('2026-03-02T18:00:00Z') }],
      false,
    ],
  ])('%s', (_, now, coaches, isOnDuty) => {
    expect(dutyAt(firstHours, coaches, at(now)).isOnDuty).toBe(isOnDuty);
  });

  test('the least loaded comes first, and the next opening is over the weekend', () => {
    const sam = { ...nina, _id: 'sam', name: 'Sam', openThreads: 3, beatAt: at('2026-03-06T17:59:30Z') };
    const duty = dutyAt(
      firstHours,
      [sam, { ...nina, beatAt: at('2026-03-06T17:59:30Z') }],
      at('2026-03-06T17:59:59Z'),
    );
    expect(duty.coaches.map(({ id }) => id)).toEqual(['nina', 'sam']);
    expect(duty.until).toEqual(at('2026-03-06T18:00:00Z'));
    expect(duty.nextOpening).toEqual(at('2026-03-09T08:00:00Z'));
  });

  test('a day nobody works is no opening', () => {
    const hours = { ...firstHours, closedOn: ['2026-03-02'] };
    expect(dutyAt(hours, [], at('2026-03-02T10:00:00Z'))).toMatchObject({
      isOnDuty: false,
      nextOpening: at('2026-03-03T08:00:00Z'),
    });
  });
});

describe('a batch', () => {
  test('takes together what queued up while the last one was under way, alone waits for nobody', async () => {
    const sizes: number[] = [];
    const batch = createBatch<number, number>({
      most: 3,
      run: async (items) => {
        sizes.push(items.length);
        await new Promise((resolve) => setImmediate(resolve));
        return items.map((item) => item * 2);
      },
    });
    expect(await batch.add(1)).toBe(2);
    expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batch.add(item)))).toEqual([2, 4, 6, 8, 10]);
    expect(sizes).toEqual([1, 3, 2]);
  });

  test('a failure is the answer of its own batch only, and settle waits for all', async () => {
    const batch = createBatch<number, number>({
      most: 1,
      run: (items) => (items[0] === 2 ? Promise.reject(new Error('two')) : Promise.resolve(items)),
    });
    const answers = Promise.allSettled([batch.add(1), batch.add(2), batch.add(3)]);
    await batch.settle();
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
