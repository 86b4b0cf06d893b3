import { createHash } from 'node:crypto';
import type { AnyBulkWriteOperation } from 'mongodb';
import { monotonicMs, type Clock } from '../clock.ts';
import { lookAt, type BehaviourFacts, type Looked, type Remembered } from '../core/behaviour.ts';
import { claimScope } from '../core/claim.ts';
import type { Contact } from '../core/contact.ts';
import type { Duty } from '../core/decide.ts';
import type { TrackedEvent } from '../core/flow/event.ts';
import type { SegmentBook } from '../core/segment/book.ts';
import type { SegmentFacts } from '../core/segment/evaluate.ts';
import { segmentPipeline } from '../core/segment/query.ts';
import { isStorm, peakLooksBackMs, type Trigger } from '../core/trigger.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/connect.ts';
import { contactOf, type ContactDoc } from '../store/contacts.ts';
import { lastSaid, type ConsentDoc } from '../store/consents.ts';
import type { EventDoc } from '../store/events.ts';
import type { MembershipDoc } from '../store/memberships.ts';
import { applyIdle } from '../store/scores.ts';
import { readSurroundings } from '../store/surroundings.ts';
import type { TriggerStateDoc } from '../store/trigger-states.ts';
import type { Arrive } from './arrive.ts';

export interface BehaveDeps {
  readonly store: Store;
  readonly library: { readonly segmentBook?: SegmentBook };
  readonly clock: Clock;
  readonly arrive: Arrive;
  readonly log: Log;
}

export interface Behaved {
  readonly [what: string]: number;
  /** Contacts that were looked at, and what it made. */
  readonly looked: number;
  readonly entered: number;
  readonly left: number;
  readonly fired: number;
  readonly idle: number;
}

const pageSize = 500;
const listSize = 10_000;
const hourMs = 3_600_000;
const scoreNames = ['Mona Score Updated', 'Audit Completed'];
const actionName = 'Recommended Action Done';

/**
 * Looks at every contact whose facts changed or whose time has come (`recheckAt`): idle weeks, segments, triggers. What it
 * finds are arrivals like any other, with ids that follow from what was found, so looking twice tells it once.
 */
export async function behave(deps: BehaveDeps, untilMs: number): Promise<Behaved> {
  const { store, clock, library } = deps;
  const book = library.segmentBook;
  const total = { looked: 0, entered: 0, left: 0, fired: 0, idle: 0 };
  if (!book) return total;
  const now = clock.now();
  const offers = await offersNow(store, now);
  await heedRules(deps, book, offers, now);
  for await (const ids of dueFor(store, now, untilMs)) {
    total.idle += await applyIdle(store, ids, now);
    const looked = await lookAtPage(store, book, ids, offers, now);
    await stopStorms(deps, now, looked);
    const made = await tell(deps, looked, now);
    await remember(store, looked, now);
    total.looked += ids.length;
    total.entered += made.entered;
    total.left += made.left;
    total.fired += made.fired;
  }
  await stopStorms(deps, now);
  return total;
}

/**
 * Whom to look at, in pages. Asked for in long lists: after an import hundreds of thousands have been looked at a moment
 * ago, and the index still has to be read past each of them.
 */
async function* dueFor(store: Store, now: Date, untilMs: number): AsyncGenerator<readonly string[]> {
  for (let isMore = true; isMore && monotonicMs() < untilMs;) {
    const due = await store.contacts
      .find({ recheckAt: { $lte: now } }, { projection: { _id: 1 } })
      .sort({ recheckAt: 1 })
      .limit(listSize)
      .toArray();
    isMore = due.length === listSize;
    for (let from = 0; from < due.length && monotonicMs() < untilMs; from += pageSize)
      yield due.slice(from, from + pageSize).map(({ _id }) => _id);
  }
}

type Offers = SegmentFacts['offers'];

const nobody: Duty = { isOnDuty: false, coaches: [], until: null, nextOpening: null, hours: {} };

async function offersNow(store: Store, now: Date): Promise<Offers> {
  const { offers } = await readSurroundings(store, 0);
  return claimScope(offers, { id: '' } as Contact, nobody, { now, zone: 'UTC' });
}

interface LookedContact {
  readonly doc: ContactDoc;
  readonly facts: BehaviourFacts;
  readonly looked: Looked;
}

async function lookAtPage(
  store: Store,
  book: SegmentBook,
  ids: readonly string[],
  offers: Offers,
  now: Date,
): Promise<LookedContact[]> {
  const of = { contactId: { $in: [...ids] } };
  const names = [...new Set([...book.events, ...scoreNames, actionName])];
  const [docs, events, consents, positives, states, threads] = await Promise.all([
    store.contacts.find({ _id: { $in: [...ids] } }).toArray(),
    store.events
      .find({ ...of, name: { $in: names } })
      .sort({ occurredAt: 1 })
      .toArray(),
    store.consents.find(of).toArray(),
    store.scoreLedger
      .find(
        { ...of, points: { $gt: 0 }, at: { $gt: new Date(now.getTime() - peakLooksBackMs) } },
        { projection: { contactId: 1, at: 1 } },
      )
      .toArray(),
    store.triggerStates.find(of).toArray(),
    store.threads.find({ _id: { $in: [...ids] } }, { projection: { 'own.state': 1 } }).toArray(),
  ]);
  const eventsBy = grouped(events);
  const consentsBy = grouped(consents);
  const positivesBy = grouped(positives);
  const statesBy = grouped(states);
  const held = new Set(
    threads.filter(({ own }) => own.state !== 'bot' && own.state !== 'resolved').map(({ _id }) => _id),
  );
  return docs.map((doc) => {
    const own = eventsBy.get(doc._id) ?? [];
    const facts: BehaviourFacts = {
      contact: contactOf(doc),
      consents: lastSaid((consentsBy.get(doc._id) ?? []) as ConsentDoc[]),
      events: own,
      offers,
      positives: (positivesBy.get(doc._id) ?? []).map(({ at }) => at),
      progress: progressOf(own, held.has(doc._id)),
      remembered: rememberedOf(statesBy.get(doc._id) ?? []),
    };
    return { doc, facts, looked: lookAt(facts, book, now) };
  });
}

function grouped<D extends { readonly contactId: string }>(docs: readonly D[]): Map<string, D[]> {
  const groups = new Map<string, D[]>();
  for (const doc of docs) {
    const group = groups.get(doc.contactId);
    if (group) group.push(doc);
    else groups.set(doc.contactId, [doc]);
  }
  return groups;
}

function progressOf(events: readonly EventDoc[], isHeld: boolean): BehaviourFacts['progress'] {
  const scores = events.flatMap(({ name, properties, occurredAt }) => {
    const { score } = properties;
    return scoreNames.includes(name) && typeof score === 'number' ? [{ at: occurredAt, score }] : [];
  });
  const lastAction = events.findLast(({ name }) => name === actionName);
  return { scores, lastActionAt: lastAction?.occurredAt ?? null, isHeld };
}

const rememberedOf = (states: readonly TriggerStateDoc[]): Remembered =>
  Object.fromEntries(states.map(({ trigger, ...memory }) => [trigger, memory]));

/** Writes down what was found, before anything is remembered of it. */
async function tell(
  { arrive }: BehaveDeps,
  page: readonly LookedContact[],
  now: Date,
): Promise<{ entered: number; left: number; fired: number }> {
  const spoken = page.filter(({ doc }) => !doc.isSilent);
  const events = spoken.flatMap((one) => eventsOf(one, now).map((event) => ({ one, event })));
  await Promise.all(
    events.map(({ one, event }) =>
      arrive({
        id: `event:${event.id}`,
        kind: 'event',
        contactId: one.doc._id,
        receivedAt: now,
        event,
      }),
    ),
  );
  const count = (what: 'entered' | 'left' | 'fired'): number =>
    spoken.reduce((sum, { looked }) => sum + looked[what].length, 0);
  return { entered: count('entered'), left: count('left'), fired: count('fired') };
}

function eventsOf({ doc, looked }: LookedContact, now: Date): TrackedEvent[] {
  const cause = doc.recheckAt?.toISOString() ?? '';
  const edge = (name: 'Segment Entered' | 'Segment Left') => (segment: string) => ({
    id: `segment:${doc._id}:${segment}:${name === 'Segment Entered' ? 'in' : 'out'}:${cause}`,
    name,
    properties: { segment, cause },
    occurredAt: now,
  });
  return [
    ...looked.entered.map(edge('Segment Entered')),
    ...looked.left.map(edge('Segment Left')),
    ...looked.fired.map((trigger) => ({
      id: `trigger:${doc._id}:${trigger}:${String(looked.memory[trigger]?.count ?? 0)}`,
      name: 'Trigger Fired',
      properties: { trigger, cause: looked.memory[trigger]?.causeId ?? cause },
      occurredAt: now,
    })),
  ];
}

/** The next look last: a look that was not finished is begun again. */
async function remember(store: Store, page: readonly LookedContact[], now: Date): Promise<void> {
  const members = page.flatMap((one): AnyBulkWriteOperation<MembershipDoc>[] => membershipChanges(one, now));
  if (members.length > 0) await store.memberships.bulkWrite(members, { ordered: false });
  const states = page.flatMap(({ doc, looked }): AnyBulkWriteOperation<TriggerStateDoc>[] =>
    (Object.keys(looked.memory) as Trigger[]).map((trigger) => ({
      updateOne: {
        filter: { _id: `${doc._id}:${trigger}` },
        update: { $set: { contactId: doc._id, trigger, ...looked.memory[trigger] } },
        upsert: true,
      },
    })),
  );
  if (states.length > 0) await store.triggerStates.bulkWrite(states, { ordered: false });
  await store.contacts.bulkWrite(
    page.map(({ doc, looked }) => ({
      updateOne: {
        // Touched again meanwhile: it is looked at again.
        filter: { _id: doc._id, recheckAt: doc.recheckAt ?? null },
        update: doc.isSilent
          ? {
              $set: { recheckAt: looked.recheckAt, segments: segmentsAfter(doc, looked) },
              $unset: { isSilent: '' },
            }
          : { $set: { recheckAt: looked.recheckAt } },
      },
    })),
    { ordered: false },
  );
}

/** Who was imported is what they are in silence: an import enters nobody anywhere (lifecycle.md §18). */
const segmentsAfter = ({ segments }: ContactDoc, { entered, left }: Looked): string[] => [
  ...(segments ?? []).filter((name) => !left.includes(name)),
  ...entered,
];

function membershipChanges(
  { doc, looked }: LookedContact,
  now: Date,
): AnyBulkWriteOperation<MembershipDoc>[] {
  const idOf = (segment: string): string => `${doc._id}:${segment}`;
  return [
    ...looked.entered.map((segment) => ({
      updateOne: {
        filter: { _id: idOf(segment) },
        update: { $setOnInsert: { contactId: doc._id, segment, since: now } },
        upsert: true,
      },
    })),
    ...looked.left.map((segment) => ({ deleteOne: { filter: { _id: idOf(segment) } } })),
  ];
}

/** What was known of rules and offers the last time they were heeded. */
interface Heeded {
  readonly rules: Readonly<Record<string, string>>;
  readonly offers: string;
}

const settingKey = 'segments';
const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);

/**
 * A rule that is new or was changed fills in silence: nobody is entered for having been so all along (lifecycle.md §2).
 * An offer that changed may change many: those whose answer it changes are looked at again, one by one.
 */
async function heedRules(
  { store, log }: BehaveDeps,
  book: SegmentBook,
  offers: Offers,
  now: Date,
): Promise<void> {
  const last = (await store.settings.findOne({ _id: settingKey }))?.value as Heeded | undefined;
  const rules = Object.fromEntries([...book.rules].map(([name, rule]) => [name, hashOf(rule)]));
  const heeded: Heeded = { rules, offers: hashOf(offers) };
  const changed = Object.keys(rules).filter((name) => last?.rules[name] !== rules[name]);
  const moved = last && last.offers !== heeded.offers ? [...book.onOffers] : [];
  if (changed.length === 0 && moved.length === 0 && last?.offers === heeded.offers) return;
  for (const name of changed) {
    const filled = await fill(store, book, name, offers, now);
    if (filled > 0) log.info({ segment: name, contacts: filled }, 'a segment was filled');
  }
  for (const name of moved.filter((one) => !changed.includes(one))) {
    const { entering, leaving } = await differing(store, book, name, offers, now);
    await inPages([...entering, ...leaving], (ids) =>
      store.contacts.updateMany({ _id: { $in: ids } }, { $set: { recheckAt: now } }),
    );
  }
  await store.settings.updateOne({ _id: settingKey }, { $set: { value: heeded } }, { upsert: true });
}

async function differing(
  store: Store,
  book: SegmentBook,
  name: string,
  offers: Offers,
  now: Date,
): Promise<{ entering: string[]; leaving: string[] }> {
  const rule = book.rules.get(name);
  if (!rule) return { entering: [], leaving: [] };
  const members = new Set<string>();
  const stages = [...segmentPipeline(rule, { now, offers }), { $project: { _id: 1 } }];
  for await (const { _id } of store.contacts.aggregate<{ _id: string }>(stages as object[])) members.add(_id);
  const leaving: string[] = [];
  const standing = store.contacts.find({ segments: name }, { projection: { _id: 1 } });
  for await (const { _id } of standing) if (!members.delete(_id)) leaving.push(_id);
  return { entering: [...members], leaving };
}

async function fill(
  store: Store,
  book: SegmentBook,
  name: string,
  offers: Offers,
  now: Date,
): Promise<number> {
  const { entering, leaving } = await differing(store, book, name, offers, now);
  await inPages(entering, async (ids) => {
    await store.contacts.updateMany(
      { _id: { $in: ids } },
      { $addToSet: { segments: name }, $set: { recheckAt: now } },
    );
    await store.memberships.bulkWrite(
      ids.map((contactId) => ({
        updateOne: {
          filter: { _id: `${contactId}:${name}` },
          update: { $setOnInsert: { contactId, segment: name, since: now } },
          upsert: true,
        },
      })),
      { ordered: false },
    );
  });
  await inPages(leaving, async (ids) => {
    await store.contacts.updateMany({ _id: { $in: ids } }, { $pull: { segments: name } });
    await store.memberships.deleteMany({ _id: { $in: ids.map((id) => `${id}:${name}`) } });
  });
  return entering.length + leaving.length;
}

async function inPages(ids: readonly string[], work: (ids: string[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < ids.length; from += 1_000) await work(ids.slice(from, from + 1_000));
}

/**
 * Stops a trigger that fired for too many people within an hour, and says so; a person starts it again. Those about to fire
 * count, so that a storm is stopped before it is told.
 */
async function stopStorms(
  { store, log }: BehaveDeps,
  now: Date,
  coming: readonly LookedContact[] = [],
): Promise<void> {
  const since = new Date(now.getTime() - hourMs);
  const fired = await store.events
    .aggregate<{ _id: string; people: number }>([
      { $match: { name: 'Trigger Fired', occurredAt: { $gt: since } } },
      { $group: { _id: { trigger: '$properties.trigger', contactId: '$contactId' } } },
      { $group: { _id: '$_id.trigger', people: { $sum: 1 } } },
    ])
    .toArray();
  const counts = new Map(fired.map(({ _id, people }) => [_id, people]));
  for (const { doc, looked } of coming)
    if (!doc.isSilent)
      for (const trigger of looked.fired) counts.set(trigger, (counts.get(trigger) ?? 0) + 1);
  if (counts.size === 0) return;
  const contacts = await store.contacts.estimatedDocumentCount();
  let isStopped = false;
  for (const [trigger, people] of counts) {
    if (!isStorm(people, contacts)) continue;
    const stopped = await store.settings.updateOne(
      { _id: 'triggers', [`value.${trigger}`]: { $exists: false } },
      { $set: { [`value.${trigger}`]: now } },
    );
    const isNew = stopped.modifiedCount > 0 || (await addFirst(store, { [trigger]: now }));
    isStopped ||= isNew;
    if (isNew)
      log.error({ trigger, people, contacts }, 'a trigger fired for too many people and was stopped');
  }
  // What is told next is decided with this in sight.
  if (isStopped) await readSurroundings(store, 0);
}

async function addFirst(store: Store, value: Readonly<Record<string, Date>>): Promise<boolean> {
  const added = await store.settings.updateOne(
    { _id: 'triggers' },
    { $setOnInsert: { value } },
    { upsert: true },
  );
  return added.upsertedCount > 0;
}
