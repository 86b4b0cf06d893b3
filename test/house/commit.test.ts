import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../src/core/arrival.ts';
import type { Kept } from '../../src/core/decide.ts';
import { fromDoc } from '../../src/store/collection.ts';
import { commit, type ToKeep } from '../../src/store/commit.ts';
import type { Store } from '../../src/store/connect.ts';
import { loadWorlds } from '../../src/store/world.ts';
import {
  aText,
  createBuilders,
  echo,
  emptyLibrary,
  monday,
  nothingKept,
  ourSenders,
  someConsent,
  someItem,
  someRow,
  someRun,
  type KeptContact,
} from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const options = { now: monday, publicUrl: 'http://localhost:3000', senders: ourSenders, freshMs: 0 };

async function wrote(
  store: Store,
  text = 'oui',
): Promise<KeptContact & { readonly arrivals: readonly Arrival[] }> {
  const { aContact, anArrival } = createBuilders(store);
  const made = await aContact();
  const arrival = aText(text);
  await anArrival(made.contact.id, arrival);
  const doc = await store.arrivals.findOne({ _id: arrival.id });
  return { ...made, arrivals: doc ? [fromDoc<Arrival>(doc)] : [] };
}

const step = (
  { contact, thread, arrivals }: Awaited<ReturnType<typeof wrote>>,
  over: Partial<Kept> = {},
): ToKeep => ({
  contactId: contact.id,
  arrivals,
  contact,
  baseThread: thread,
  kept: { ...echo(arrivals, { thread }, { now: monday }), ...over },
});

describe('a step', () => {
  test('is kept whole: thread, item, row, arrival, and everything beside them', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const { id } = lea.contact;
    const entered = someRun(id);
    const kept: Partial<Kept> = {
      runs: [entered],
      consents: [someConsent(id, { action: 'withdrawn' })],
      suppress: [{ channel: 'sms', address: '+33639980001', reason: 'stop', source: 'keyword' }],
      contactSet: { firstName: 'Zoé', 'mona.score': 70, lastHumanAt: monday, 'traits.city': 'Lyon' },
      addressSet: [{ id: 'email:zoe@example.org', set: { verifiedAt: null } }],
      events: [{ id: `${id}-e1`, name: 'App Logged In', properties: {}, occurredAt: monday }],
      emitted: [{ id: `${id}-e2`, name: 'Reactivated', properties: {}, occurredAt: monday }],
      offers: [{ key: 'slot', kind: 'reservation', value: 1, asOf: monday, maxAgeMs: 1, contactId: id }],
      gdprTasks: [{ kind: 'erasure', dueAt: monday }],
    };
    expect(await commit(store, [step(lea, kept)], monday)).toEqual(['kept']);

    const world = (await loadWorlds(store, emptyLibrary, [id], options)).get(id);
    expect(world?.thread).toMatchObject({ rev: 1, seq: 1, claims: 0 });
    expect(world?.contact).toMatchObject({
      firstName: 'Zoé',
      mona: { score: 70 },
      traits: { city: 'Lyon' },
      lastHumanAt: monday,
    });
    expect(world?.consents).toEqual({ 'sms:marketing': 'withdrawn' });
    expect(world?.runs).toEqual([entered]);
    expect(world?.rows).toHaveLength(1);
    expect(world?.addresses.map(({ id: address }) => address)).toContain('email:zoe@example.org');
    expect(world?.offers.map(({ key }) => key)).toEqual(['slot']);
    expect((await store.contacts.findOne({ _id: id }))?.nameFolded).toBe('zoe martin');
    expect(
      await store.suppressions.findOne({ _id: store.suppressionId('sms', '+33639980001') }),
    ).toMatchObject({
      reasons: { stop: { source: 'keyword' } },
    });
    expect(await store.arrivals.findOne({ _id: lea.arrivals[0]?.id })).toMatchObject({
      state: 'moved',
      movedAt: monday,
    });
    expect(await store.arrivals.findOne({ _id: `event:${id}-e2` })).toMatchObject({
      state: 'new',
      kind: 'event',
      contactId: id,
    });
    expect(await store.events.findOne({ _id: `${id}-e1` })).toMatchObject({ contactId: id });
    expect(await store.gdprTasks.countDocuments({ contactId: id })).toBe(1);
  });

  test('is not kept a second time', async () => {
    const { store } = db;
    const lea = await wrote(store);
    expect(await commit(store, [step(lea)], monday)).toEqual(['kept']);
    expect(await commit(store, [step(lea)], monday)).toEqual(['conflict']);
    expect(await store.items.countDocuments({ contactId: lea.contact.id })).toBe(1);
  });

  test('conflicts with a claim that came between, and with a run somebody moved', async () => {
    const { store } = db;
    const lea = await wrote(store);
    await store.threads.updateOne({ _id: lea.contact.id }, { $inc: { claims: 1 } });
    expect(await commit(store, [step(lea)], monday)).toEqual(['conflict']);

    const karim = await wrote(store);
    const run = await createBuilders(store).aRun(karim.contact.id, { rev: 3 });
    expect(await commit(store, [step(karim, { runs: [{ ...run, rev: 3 }] })], monday)).toEqual(['conflict']);
    expect(await store.items.countDocuments({ contactId: karim.contact.id })).toBe(0);
    expect(await commit(store, [step(karim, { runs: [{ ...run, rev: 4, open: false }] })], monday)).toEqual([
      'kept',
    ]);
    expect(await store.runs.findOne({ _id: run.id })).toMatchObject({ rev: 4, closedAt: monday });
  });

  test('of a contact without a thread makes one', async () => {
    const { store } = db;
    const lea = await wrote(store);
    await store.threads.deleteOne({ _id: lea.contact.id });
    const both = await Promise.all([commit(store, [step(lea)], monday), commit(store, [step(lea)], monday)]);
    expect(both.flat().sort()).toEqual(['conflict', 'kept']);
  });

  test('that still collects shows its items and leaves the arrival to come', async () => {
    const { store } = db;
    const lea = await wrote(store);
    await store.arrivals.updateOne({ _id: lea.arrivals[0]?.id }, { $set: { tries: 1 } });
    expect(await commit(store, [step(lea, { isCollecting: true, rows: [] })], monday)).toEqual(['kept']);
    expect(await store.arrivals.findOne({ _id: lea.arrivals[0]?.id })).toMatchObject({
      state: 'shown',
      tries: 0,
    });
    const item = await store.items.findOne({ contactId: lea.contact.id });
    const shown = { ...lea, thread: { ...lea.thread, rev: 1, seq: 1 } };
    const read = {
      understood: { intent: 'yes', confidence: 1, rule: 'word:yes', tags: [] },
      why: { rule: 'question' },
    } as const;
    const kept = nothingKept(shown.thread, { itemChanges: [{ id: item?._id ?? '', set: read }] });
    expect(await commit(store, [step(shown, kept)], monday)).toEqual(['kept']);
    expect(await store.items.findOne({ contactId: lea.contact.id })).toMatchObject({ text: 'oui', ...read });
  });

  test('blocks only rows that are still queued, and says why in their history', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const { aRow } = createBuilders(store);
    const [queued, sending] = [await aRow(lea.contact.id), await aRow(lea.contact.id, { status: 'sending' })];
    const rowChanges = [queued, sending].map(({ id }) => ({
      rowId: id,
      to: 'blocked' as const,
      reason: 'consent_withdrawn',
    }));
    expect(await commit(store, [step(lea, { rowChanges })], monday)).toEqual(['kept']);
    const blocked = await store.outbox.findOne({ _id: queued.id });
    expect(blocked).toMatchObject({ status: 'blocked', reason: 'consent_withdrawn' });
    expect(blocked?.history.at(-1)).toMatchObject({ status: 'blocked', reason: 'consent_withdrawn' });
    expect((await store.outbox.findOne({ _id: sending.id }))?.status).toBe('sending');
  });

  test('whose message was said before is kept without it', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const { aRow } = createBuilders(store);
    const spoken = { runId: `${lea.contact.id}-run`, stepKey: 'j1-sms' };
    await aRow(lea.contact.id, { ...spoken, status: 'sent' });
    const [{ id: arrivalId } = { id: '' }] = lea.arrivals;
    const again = someRow(lea.contact.id, { id: `${arrivalId}/1`, ...spoken });
    const items = [someItem(lea.contact.id, 1, { kind: 'out', rowId: again.id })];
    expect(await commit(store, [step(lea, { rows: [again], items })], monday)).toEqual(['kept']);
    expect(await store.outbox.countDocuments(spoken)).toBe(1);
    expect(await store.items.findOne({ contactId: lea.contact.id })).toMatchObject({
      kind: 'silence',
      why: { reason: 'already_sent' },
    });
  });

  test("does not take another contact's address", async () => {
    const { store } = db;
    const lea = await wrote(store);
    const other = await createBuilders(store).aContact({ reach: { email: 'karim@example.org' } });
    const addressSet = [{ id: 'email:karim@example.org', set: { verifiedAt: monday } }];
    expect(await commit(store, [step(lea, { addressSet })], monday)).toEqual(['kept']);
    expect((await store.addresses.findOne({ _id: 'email:karim@example.org' }))?.contactId).toBe(
      other.contact.id,
    );
  });

  test('a STOP counts from the text it stands in, also where the door’s clock is ahead of ours', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const address = '+33639980043';
    const receivedAt = new Date(monday.getTime() + 5_000);
    const arrivals = lea.arrivals.map((arrival) => ({ ...arrival, receivedAt }));
    const suppress = [{ channel: 'sms', address, reason: 'stop', source: 'keyword' }] as const;
    expect(await commit(store, [step({ ...lea, arrivals }, { suppress })], monday)).toEqual(['kept']);
    const kept = await store.suppressions.findOne({ _id: store.suppressionId('sms', address) });
    expect(kept?.reasons).toMatchObject({ stop: { at: receivedAt } });
  });

  test('START lifts what STOP suppressed and leaves a bounce', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const address = '+33639980042';
    await store.suppressions.insertOne({
      _id: store.suppressionId('sms', address),
      channel: 'sms',
      reasons: { stop: { source: 'keyword', at: monday }, invalid: { source: 'carrier', at: monday } },
    });
    const suppress = [{ channel: 'sms', address, reason: 'stop', source: 'keyword', lift: true }] as const;
    expect(await commit(store, [step(lea, { suppress })], monday)).toEqual(['kept']);
    const left = await store.suppressions.findOne({ _id: store.suppressionId('sms', address) });
    expect(Object.keys(left?.reasons ?? {})).toEqual(['invalid']);
  });

  test('that was refused changes nothing but says so on the arrival', async () => {
    const { store } = db;
    const lea = await wrote(store);
    const refusal = { code: 'taken', status: 409, detail: { ownerId: 'nina' } } as const;
    const entry = { ...step(lea), kept: nothingKept(lea.thread, { refusal }) };
    expect(await commit(store, [entry], monday)).toEqual(['kept']);
    expect(await store.arrivals.findOne({ _id: lea.arrivals[0]?.id })).toMatchObject({
      state: 'moved',
      refusal,
    });
  });
});

describe('a batch of steps', () => {
  test('is halved until those that conflict or fail stand alone; the others are kept', async () => {
    const { store } = db;
    const people = await Promise.all(Array.from({ length: 9 }, () => wrote(store)));
    const steps = people.map((person, index) => {
      if (index === 5)
        return step(person, {
          items: [
            { ...someItem(person.contact.id, 1), id: 'twin' },
            { ...someItem(person.contact.id, 2), id: 'twin' },
          ],
        });
      return step(person);
    });
    await store.threads.updateOne({ _id: people[2]?.contact.id }, { $inc: { rev: 1 } });
    const outcomes = await commit(store, steps, monday);
    expect(outcomes.map((outcome) => (typeof outcome === 'string' ? outcome : 'failed'))).toEqual([
      'kept',
      'kept',
      'conflict',
      'kept',
      'kept',
      'failed',
      'kept',
      'kept',
      'kept',
    ]);
    const ids = people.map(({ contact }) => contact.id);
    expect(await store.items.countDocuments({ contactId: { $in: ids } })).toBe(7);
    expect(await store.outbox.countDocuments({ contactId: { $in: ids } })).toBe(7);
  });

  test.each(['threads', 'items', 'outbox', 'arrivals'] as const)(
    'that breaks off at its writes to %s keeps nothing; the same again keeps all',
    async (name) => {
      const { store } = db;
      const people = await Promise.all([wrote(store), wrote(store)]);
      const breaking = {
        ...store,
        [name]: new Proxy(store[name], {
          get: (target, key) =>
            key === 'insertMany' || key === 'bulkWrite'
              ? () => Promise.reject(new Error('the process was killed'))
              : (Reflect.get(target, key) as unknown),
        }),
      } as Store;
      const outcomes = await commit(
        breaking,
        people.map((person) => step(person)),
        monday,
      );
      expect(outcomes).toEqual([{ failed: 'the process was killed' }, { failed: 'the process was killed' }]);
      const ids = people.map(({ contact }) => contact.id);
      expect(await store.items.countDocuments({ contactId: { $in: ids } })).toBe(0);
      expect(await store.threads.countDocuments({ _id: { $in: ids }, rev: 0 })).toBe(2);
      expect(await store.arrivals.countDocuments({ contactId: { $in: ids }, state: 'new' })).toBe(2);
      expect(
        await commit(
          store,
          people.map((person) => step(person)),
          monday,
        ),
      ).toEqual(['kept', 'kept']);
    },
  );
});
