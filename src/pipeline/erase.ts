import type { ClientSession } from 'mongodb';
import { idFrom } from '../core/id.ts';
import { newThread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { messageOf, notFound } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AddressDoc } from '../store/addresses.ts';
import { waitingStates } from '../store/arrivals.ts';
import { toDoc } from '../store/collection.ts';
import { lastSaid } from '../store/consents.ts';
import { blankContact } from '../store/contacts.ts';
import type { GdprTaskDoc } from '../store/gdpr-tasks.ts';
import { contactData } from '../store/personal-data.ts';
import { closeTask, openTask, type GdprDeps } from './gdpr.ts';
import { note } from './note.ts';

export interface EraseDeps extends GdprDeps {
  /** Blanks one message at its carrier; null where no carrier can be asked (then the carrier's part stays open). */
  readonly redact: ((sid: string) => Promise<void>) | null;
  readonly log: Log;
}

/**
 * `waiting`: a message is under way or not settled, or the carrier has not redacted all; the house is silent already, and
 * `continueErasures` ends it.
 */
export interface Erasure {
  readonly state: 'done' | 'waiting';
  readonly waitsFor: 'sending' | 'carrier' | null;
  /** Documents deleted or blanked, by collection. */
  readonly counts: Readonly<Record<string, number>>;
  readonly redacted: number;
  /** Carrier ids that could not be redacted yet. */
  readonly left: readonly string[];
}

/**
 * Erases a person (GDPR 17): silence first, in one transaction with the thread; then the carrier's copies; then ours.
 * What stays names nobody: the keyed hash of each address (so that nobody writes there again), that consent was given
 * and ended, and counts. Each part may run again. 404 for nobody.
 */
export async function eraseContact(deps: EraseDeps, contactId: string, by: string): Promise<Erasure> {
  const contact = await deps.store.contacts.findOne({ _id: contactId });
  if (!contact) throw notFound('no_such_contact', `There is no contact "${contactId}".`);
  const task = await openTask(deps, contactId, 'erasure');
  if (!task.begunAt) {
    const left = await carrierIds(deps, contactId);
    await silence(deps, contactId, task, left);
    await note(deps, { who: by, did: 'erasure_begun', contactId, isProof: true });
  }
  return finish(deps, contactId, by);
}

/** Goes on with the erasures that had to wait; a tick calls it. */
export async function continueErasures(deps: EraseDeps): Promise<{ readonly erased: number }> {
  const open = await deps.store.gdprTasks
    .find({ kind: 'erasure', doneAt: null, begunAt: { $type: 'date' } })
    .toArray();
  let erased = 0;
  for (const { contactId } of open) {
    const { state } = await finish(deps, contactId, 'house');
    if (state === 'done') erased += 1;
  }
  return { erased };
}

/** From here on nothing is sent to them, and nothing that waits is moved: one transaction, the thread first. */
async function silence(
  { store, clock }: EraseDeps,
  contactId: string,
  task: GdprTaskDoc,
  left: readonly string[],
): Promise<void> {
  const at = clock.now();
  await store.transact(async (session) => {
    const rev = await raiseThread(store, contactId, at, session);
    const addresses = await store.addresses.find({ contactId }, { session }).toArray();
    await suppress(store, addresses, at, session);
    await object(store, { contactId, taskId: task._id, rev, at }, session);
    await store.contacts.updateOne({ _id: contactId }, { $set: { erasedAt: at } }, { session });
    await store.addresses.deleteMany({ contactId }, { session });
    await store.outbox.updateMany(
      { contactId, status: 'queued' },
      {
        $set: { status: 'blocked', reason: 'suppressed' },
        $push: { history: { at, status: 'blocked', reason: 'suppressed' } },
      },
      { session },
    );
    await store.runs.updateMany(
      { contactId, open: true },
      {
        $set: { ...closedRun, closedAt: at },
        $inc: { rev: 1 },
      },
      { session },
    );
    await store.arrivals.updateMany(
      { contactId, state: { $in: [...waitingStates] } },
      { $set: { state: 'moved', movedAt: at } },
      { session },
    );
    await store.gdprTasks.updateOne({ _id: task._id }, { $set: { begunAt: at, left } }, { session });
  });
}

const closedRun = {
  open: false,
  exitReason: 'erased',
  stepKey: null,
  plan: [],
  waits: [],
  wakeAt: null,
  goalDeadline: null,
};

type Store = EraseDeps['store'];

/** Whoever is in the middle of a step of this contact loses it, and looks again. */
async function raiseThread(
  store: Store,
  contactId: string,
  at: Date,
  session: ClientSession,
): Promise<number> {
  const raised = await store.threads.findOneAndUpdate(
    { _id: contactId },
    { $inc: { rev: 1, claims: 1 } },
    { session, returnDocument: 'after', projection: { rev: 1 } },
  );
  if (raised) return raised.rev;
  await store.threads.insertOne(toDoc({ ...newThread(contactId, at), rev: 1 }), { session });
  return 1;
}

const isNumber = (value: string): boolean => value.startsWith('+');

/** A number is held by SMS and by WhatsApp, whichever we knew. */
function waysOf(addresses: readonly AddressDoc[]): readonly (readonly [Channel, string])[] {
  return addresses.flatMap(({ channel, value }) =>
    isNumber(value) ? [['sms', value] as const, ['whatsapp', value] as const] : [[channel, value] as const],
  );
}

async function suppress(
  store: Store,
  addresses: readonly AddressDoc[],
  at: Date,
  session: ClientSession,
): Promise<void> {
  for (const [channel, value] of waysOf(addresses)) {
    await store.suppressions.updateOne(
      { _id: store.suppressionId(channel, value) },
      { $set: { channel, 'reasons.erasure': { source: 'erasure', at } } },
      { session, upsert: true },
    );
  }
}

interface Objection {
  readonly contactId: string;
  readonly taskId: string;
  readonly rev: number;
  readonly at: Date;
}

/** The ledger ends with what is true: what was granted is no more. */
async function object(
  store: Store,
  { contactId, taskId, rev, at }: Objection,
  session: ClientSession,
): Promise<void> {
  const state = lastSaid(await store.consents.find({ contactId }, { session }).toArray());
  const ended = Object.entries(state).filter(([, action]) => action === 'granted');
  if (ended.length === 0) return;
  await store.consents.insertMany(
    ended.map(([key], index) => {
      const [channel, purpose] = key.split(':') as [Channel, 'marketing' | 'open_tracking' | 'push'];
      return {
        _id: idFrom('erasure', taskId, key),
        contactId,
        channel,
        purpose,
        action: 'withdrawn' as const,
        at,
        order: rev * 1_000 + index,
        source: 'coach' as const,
        evidence: { taskId },
        actor: 'erasure',
      };
    }),
    { session },
  );
}

/** The carrier's ids of all that was said both ways, as the carrier can be asked about them. */
async function carrierIds({ store }: EraseDeps, contactId: string): Promise<string[]> {
  const of = { contactId };
  const [rows, items] = await Promise.all([
    store.outbox
      .find({ ...of, sid: { $type: 'string' } }, { projection: { sid: 1, otherSids: 1, channel: 1 } })
      .toArray(),
    store.items.find({ ...of, arrivalId: /^twilio:/ }, { projection: { arrivalId: 1 } }).toArray(),
  ]);
  const sent = rows
    .filter(({ channel }) => channel === 'sms' || channel === 'whatsapp')
    .flatMap(({ sid, otherSids = [] }) => [...(sid ? [sid] : []), ...otherSids]);
  const heard = items.flatMap(({ arrivalId }) => arrivalId?.split(':')[2] ?? []);
  return [...new Set([...sent, ...heard])];
}

async function finish(deps: EraseDeps, contactId: string, by: string): Promise<Erasure> {
  const { store } = deps;
  const task = await store.gdprTasks.findOne({ contactId, kind: 'erasure', doneAt: null });
  if (!task) return { state: 'done', waitsFor: null, counts: {}, redacted: 0, left: [] };
  const underWay = await store.outbox.countDocuments({
    contactId,
    status: { $in: ['sending', 'unsure'] },
  });
  if (underWay > 0)
    return { state: 'waiting', waitsFor: 'sending', counts: {}, redacted: 0, left: task.left ?? [] };
  // What was under way when it began has its id by now.
  const asked = [...new Set([...(task.left ?? []), ...(await carrierIdsOfRows(deps, contactId, task))])];
  const left = await redactAll(deps, asked);
  const counts = add(task.counts ?? {}, await blank(store, contactId));
  await bury(deps, contactId);
  const redacted = asked.length - left.length;
  if (left.length > 0) {
    await store.gdprTasks.updateOne({ _id: task._id }, { $set: { left, counts } });
    return { state: 'waiting', waitsFor: 'carrier', counts, redacted, left };
  }
  await closeTask(deps, task, by, { counts });
  await note(deps, { who: by, did: 'erased', contactId, detail: { counts, redacted }, isProof: true });
  return { state: 'done', waitsFor: null, counts, redacted, left };
}

const carrierIdsOfRows = (deps: EraseDeps, contactId: string, { counts }: GdprTaskDoc): Promise<string[]> =>
  counts ? Promise.resolve([]) : carrierIds(deps, contactId);

const atOnce = 5;
const notThere = 404;

/** Answers with those that are still to be done: a carrier that cannot be reached is asked again. */
async function redactAll({ redact, log }: EraseDeps, sids: readonly string[]): Promise<string[]> {
  if (!redact) return [...sids];
  const left: string[] = [];
  for (let from = 0; from < sids.length; from += atOnce) {
    await Promise.all(
      sids.slice(from, from + atOnce).map(async (sid) => {
        try {
          await redact(sid);
        } catch (error) {
          if ((error as { status?: unknown }).status === notThere) return;
          log.warn({ sid, error: messageOf(error) }, 'the carrier did not redact a message');
          left.push(sid);
        }
      }),
    );
  }
  return left;
}

async function blank(store: Store, contactId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, { of, erasure }] of contactData) {
    if (erasure.do === 'keep') continue;
    const collection = store.connection.collection(name);
    const done =
      erasure.do === 'delete'
        ? (await collection.deleteMany(of(contactId))).deletedCount
        : (await collection.updateMany(of(contactId), { $set: erasure.set })).modifiedCount;
    if (done > 0) counts[name] = done;
  }
  return counts;
}

function add(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const total = { ...one };
  for (const [name, count] of Object.entries(other)) total[name] = (total[name] ?? 0) + count;
  return total;
}

/** A tombstone: that there was somebody, and the language of the pages that still answer them. */
async function bury({ store, clock }: EraseDeps, contactId: string): Promise<void> {
  const doc = await store.contacts.findOne({ _id: contactId });
  if (!doc) return;
  const { locale, country, createdAt = clock.now() } = doc;
  const place = { country, locale, zone: 'UTC', zoneSource: 'default' as const };
  const { _id, ...nobody } = blankContact(contactId, place, createdAt);
  await store.contacts.replaceOne({ _id }, { ...nobody, erasedAt: doc.erasedAt ?? clock.now() });
}
