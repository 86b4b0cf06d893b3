import { describe, expect, test } from 'vitest';
import { createDecide } from '../../src/core/decide.ts';
import type { Library } from '../../src/core/library.ts';
import { readSegments } from '../../src/core/segment/book.ts';
import { silentLog } from '../../src/log.ts';
import { monotonicMs } from '../../src/clock.ts';
import { behave } from '../../src/pipeline/behave.ts';
import { TestClock } from '../support/clock.ts';
import { aMovingHouse } from '../support/moving.ts';
import { toDoc } from '../../src/store/collection.ts';
import { createBuilders, someContact } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';
import { library as published, understand } from '../core/decide/scenes.ts';

const house = useStore();
const day = 86_400_000;

const { book } = readSegments({
  best: {
    all: [
      { attr: { path: 'plan', op: 'eq', value: 290 } },
      { score: { of: 'mona', op: 'gte', value: 85 } },
      { attr: { path: 'offers.villa.seatsLeft', op: 'gt', value: 0 } },
    ],
  },
  idle: { not: { event: { name: 'App Logged In', within: '7d' } } },
});

/** The way of an event through the house, its segments and triggers, with nothing else running. */
function aHouse(at = '2026-03-02T17:04:00Z', flows: readonly string[] = []) {
  const { store } = house;
  const clock = new TestClock(at);
  const library: Library = {
    flow: published.flow.bind(published),
    published: published.published.filter(({ id }) => flows.includes(id)),
    wordsOf: () => '',
    words: published.words.bind(published),
    keywords: published.keywords,
    policy: published.policy,
    segmentBook: book,
  };
  const { arrive, drain } = aMovingHouse(store, { library, clock, decide: createDecide(understand) });
  let count = 0;
  return {
    clock,
    async happens(contactId: string, name: string, properties: Record<string, unknown> = {}, id?: string) {
      const event = {
        id: id ?? `${contactId}-${String((count += 1))}`,
        name,
        properties,
        occurredAt: clock.now(),
      };
      await arrive({ id: `event:${event.id}`, kind: 'event', contactId, receivedAt: clock.now(), event });
      await drain.settle();
    },
    async look() {
      const made = await behave({ store, library, clock, arrive, log: silentLog }, monotonicMs() + 20_000);
      await drain.settle();
      return made;
    },
    segmentsOf: async (id: string) => (await store.contacts.findOne({ _id: id }))?.segments ?? [],
    told: async (contactId: string, name: string) =>
      (await store.events.find({ contactId, name }).sort({ occurredAt: 1 }).toArray()).map(
        ({ properties }) => properties,
      ),
  };
}

const villa = (seatsLeft: number) =>
  house.store.offers.updateOne(
    { contactId: null, key: 'villa' },
    {
      $set: {
        kind: 'terms',
        value: { seatsLeft },
        asOf: new Date('2026-03-02T00:00:00Z'),
        maxAgeMs: 400 * day,
      },
      $setOnInsert: { _id: 'villa' },
    },
    { upsert: true },
  );

describe('what a contact does', () => {
  test('enters a segment on the rising edge, leaves it, and each is told once (§19.16)', async () => {
    await villa(2);
    const it = aHouse();
    await it.look();
    const { contact } = await createBuilders(house.store).aContact({ plan: 290 });
    await it.happens(contact.id, 'Mona Score Updated', { score: 84 });
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual(['idle']);
    await it.happens(contact.id, 'Mona Score Updated', { score: 91 });
    expect((await it.look()).entered).toBe(1);
    expect((await it.look()).entered).toBe(0);
    await it.happens(contact.id, 'Mona Score Updated', { score: 95 });
    await it.look();
    expect((await it.told(contact.id, 'Segment Entered')).map(({ segment }) => segment)).toEqual([
      'idle',
      'best',
    ]);
    expect(await house.store.memberships.countDocuments({ _id: `${contact.id}:best` })).toBe(1);
    await it.happens(contact.id, 'Mona Score Updated', { score: 60 });
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual(['idle']);
    expect(await house.store.memberships.countDocuments({ _id: `${contact.id}:best` })).toBe(0);
  });

  test('two processes that look at once tell it once', async () => {
    await villa(2);
    const [one, other] = [aHouse(), aHouse()];
    const { contact } = await createBuilders(house.store).aContact({ plan: 290 });
    await one.happens(contact.id, 'Mona Score Updated', { score: 91 });
    await Promise.all([one.look(), other.look()]);
    expect(await one.told(contact.id, 'Segment Entered')).toHaveLength(2);
  });

  test('time alone ends and begins a membership, at its instant', async () => {
    const it = aHouse();
    const { contact } = await createBuilders(house.store).aContact();
    await it.happens(contact.id, 'App Logged In');
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual([]);
    const { recheckAt } = (await house.store.contacts.findOne({ _id: contact.id })) ?? {};
    expect(recheckAt).toEqual(new Date(it.clock.now().getTime() + 7 * day));
    it.clock.advance(7 * day - 1);
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual([]);
    it.clock.advance(1);
    expect((await it.look()).idle).toBe(1);
    expect(await it.segmentsOf(contact.id)).toEqual(['idle']);
  });

  test('an offer that changed changes those who lean on it', async () => {
    await villa(2);
    const it = aHouse();
    const { contact } = await createBuilders(house.store).aContact({
      plan: 290,
      mona: { score: 90, at: it.clock.now() },
      segments: ['idle'],
    });
    await it.look();
    await it.happens(contact.id, 'App Logged In');
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual(['best']);
    await villa(0);
    await it.look();
    expect(await it.segmentsOf(contact.id)).toEqual([]);
  });

  test('crosses a milestone once, and history crosses none (§19.17)', async () => {
    const it = aHouse();
    const { contact } = await createBuilders(house.store).aContact();
    for (const score of [58, 92, 93, 61]) await it.happens(contact.id, 'Mona Score Updated', { score });
    expect(
      (await it.told(contact.id, 'Trigger Fired')).map(({ trigger, level }) => [trigger, level]),
    ).toEqual([['milestone', 90]]);
  });
});

test('a score lifted for one contact in fifteen within the hour stops the milestones, and says so (§19.17)', async () => {
  const it = aHouse('2026-05-04T10:00:00Z');
  const people = await Promise.all(
    Array.from({ length: 60 }, () =>
      createBuilders(house.store).aContact({
        mona: { score: 70, at: new Date('2026-05-01T10:00:00Z') },
      }),
    ),
  );
  await house.store.contacts.insertMany(
    Array.from({ length: 840 }, (_, n) => toDoc(someContact({ id: `crowd-${String(n)}` }))),
  );
  await Promise.all(
    people.slice(0, 55).map(({ contact }) => it.happens(contact.id, 'Mona Score Updated', { score: 80 })),
  );
  await it.look();
  const stopped = await house.store.settings.findOne({ _id: 'triggers' });
  expect(Object.keys((stopped?.value ?? {}) as object)).toEqual(['milestone']);
  const last = people[59]?.contact.id ?? '';
  await it.happens(last, 'Mona Score Updated', { score: 80 });
  expect(await it.told(last, 'Trigger Fired')).toEqual([]);
});

test('a storm that is about to break is stopped before its first word (§19.17)', async () => {
  const it = aHouse('2026-07-01T10:00:00Z', ['triggers']);
  const silentFor = async (count: number, name: string): Promise<void> => {
    const now = it.clock.now();
    const lastHumanAt = new Date(now.getTime() - 14 * day - 60_000);
    await house.store.contacts.insertMany(
      Array.from({ length: count }, (_, n) => ({
        ...toDoc(someContact({ id: `${name}-${String(n)}`, lastHumanAt })),
        recheckAt: now,
      })),
    );
  };
  const spoken = async (name: string): Promise<number> =>
    house.store.runs.countDocuments({ flow: 'triggers', contactId: new RegExp(`^${name}-`) });
  await it.look();
  await silentFor(3, 'few');
  await it.look();
  expect(await spoken('few')).toBe(3);
  it.clock.advance(2 * 3_600_000);
  await silentFor(200, 'crowd-silent');
  expect((await it.look()).fired).toBe(200);
  expect(await spoken('crowd-silent')).toBe(0);
  const stopped = await house.store.settings.findOne({ _id: 'triggers' });
  expect(Object.keys((stopped?.value ?? {}) as object)).toContain('inactivity');
  await silentFor(2, 'after');
  await it.look();
  expect(await spoken('after')).toBe(0);
});
