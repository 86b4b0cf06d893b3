import {
  MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
  type AnyBulkWriteOperation,
  type ClientSession,
  type Document,
  type UpdateFilter,
} from 'mongodb';
import type { Arrival } from '../core/arrival.ts';
import type { Contact } from '../core/contact.ts';
import type { AppointmentChange, Kept, RowChange } from '../core/decide.ts';
import { idFrom } from '../core/id.ts';
import type { RunState } from '../core/run.ts';
import type { Thread } from '../core/thread.ts';
import { messageOf } from '../errors.ts';
import { waitingStates, type ArrivalDoc } from './arrivals.ts';
import { reversedOf } from './addresses.ts';
import { assignmentChange } from './assignments.ts';
import { toDoc, without, type DocOf } from './collection.ts';
import type { Store } from './connect.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { foldName } from './contacts.ts';
import { exposureChange } from './exposures.ts';
import { nested } from './nested.ts';
import { bornSending } from './lease.ts';
import type { RowDoc } from './outbox.ts';
import type { RunDoc } from './runs.ts';
import { applyCredits } from './scores.ts';
import type { SuppressionDoc } from './suppressions.ts';
import { CommitUnknown } from './transact.ts';
import { withoutKept } from './without-kept.ts';

/** What one contact's step wants kept, and what it was decided on. */
export interface ToKeep {
  readonly contactId: string;
  readonly arrivals: readonly Arrival[];
  readonly kept: Kept;
  /** The thread and the contact as `decide` saw them. */
  readonly baseThread: Thread;
  readonly contact: Contact;
  /** A row of `kept` whose turn has come: it is written as claimed. */
  readonly claim?: NewClaim;
}

/** Makes a row `sending` as it is written: what a claim would have made of it (reliability.md §5). */
export interface NewClaim {
  readonly rowId: string;
  readonly token: string;
}

/**
 * `claimed`: kept, and its claim with it. `conflict`: somebody moved the contact first, or nobody knows; look again, the step is pure. `failed`: what was asked
 * cannot be kept, and would not be a second time.
 */
export type Outcome = 'kept' | 'claimed' | 'conflict' | { readonly failed: string };

/** The thread, a run or an arrival is not as the step saw it. */
class Moved extends Error {
  override name = 'Moved';
}

/**
 * Keeps the steps of up to 100 contacts in one transaction: everything of a contact, or nothing. The thread is written
 * first, where its `rev` and `claims` are as seen, so a step and a claim never both believe. A conflict leaves its contact
 * out, a failure halves the batch down to one. Answers in the order given; rejects when the database cannot be asked, and then nothing is believed.
 */
export async function commit(store: Store, batch: readonly ToKeep[], at: Date): Promise<Outcome[]> {
  if (batch.length === 0) return [];
  try {
    await store.transact((session) => write(store, batch, at, session));
    return batch.map(({ claim }) => (claim ? 'claimed' : 'kept'));
  } catch (error) {
    if (error instanceof CommitUnknown) return batch.map(() => 'conflict');
    if (isWeather(error)) throw error;
    const [only] = batch;
    if (batch.length > 1 || !only) return commitApart(store, batch, at);
    if (error instanceof Moved || isThreadTaken(error)) return ['conflict'];
    // The same words are on their way to the same address: it waits like any other row.
    if (only.claim && isDuplicateKey(error)) return commit(store, [{ ...only, claim: undefined }], at);
    return [await keepTheRest(store, only, at, error)];
  }
}

/** Again without those whose thread has moved; where all stand as they were, in two halves, down to one. */
async function commitApart(store: Store, batch: readonly ToKeep[], at: Date): Promise<Outcome[]> {
  const moved = await whoMoved(store, batch);
  if (moved.size === 0) {
    const half = Math.ceil(batch.length / 2);
    const first = await commit(store, batch.slice(0, half), at);
    return [...first, ...(await commit(store, batch.slice(half), at))];
  }
  const rest = batch.filter(({ contactId }) => !moved.has(contactId));
  const outcomes = (await commit(store, rest, at)).values();
  return batch.map(({ contactId }) =>
    moved.has(contactId) ? 'conflict' : (outcomes.next().value ?? 'conflict'),
  );
}

async function whoMoved(store: Store, batch: readonly ToKeep[]): Promise<Set<string>> {
  const ids = batch.map(({ contactId }) => contactId);
  const standing = await store.threads
    .find({ _id: { $in: ids } }, { projection: { rev: 1, claims: 1 } })
    .toArray();
  const now = new Map(standing.map(({ _id, rev, claims }) => [_id, { rev, claims }]));
  const isAsSeen = ({ contactId, baseThread: { rev, claims } }: ToKeep): boolean => {
    const thread = now.get(contactId) ?? { rev: 0, claims: 0 };
    return thread.rev === rev && thread.claims === claims;
  };
  return new Set(batch.filter((entry) => !isAsSeen(entry)).map(({ contactId }) => contactId));
}

/** Two first steps of a contact that had no thread yet. */
const isThreadTaken = (error: unknown): boolean =>
  isDuplicateKey(error) && /\.threads index: _id_/.test(error.message);

/** A duplicate key says that part of it was kept before: the rest is kept without it. */
async function keepTheRest(store: Store, entry: ToKeep, at: Date, error: unknown): Promise<Outcome> {
  if (!isDuplicateKey(error)) return { failed: messageOf(error) };
  const rest = await withoutKept(store, entry);
  if (!rest) return { failed: messageOf(error) };
  const [outcome] = await commit(store, [rest], at);
  return outcome ?? 'conflict';
}

/** The database could not be asked, as against an answer to what was asked. */
function isWeather(error: unknown): boolean {
  if (!(error instanceof MongoError) || error instanceof MongoInvalidArgumentError) return false;
  return !(error instanceof MongoServerError) || error.hasErrorLabel('TransientTransactionError');
}

async function write(
  store: Store,
  batch: readonly ToKeep[],
  at: Date,
  session: ClientSession,
): Promise<void> {
  const all = <T>(of: (kept: Kept, entry: ToKeep) => readonly T[]): T[] =>
    batch.flatMap((entry) => of(entry.kept, entry));
  await writeThreads(store, batch, session);
  await writeRuns(
    store,
    all((kept) => kept.runs),
    at,
    session,
  );
  await insert(
    store.items,
    all((kept) => kept.items.map(toDoc)),
    session,
  );
  await change(store.items, all(itemChanges), session);
  await insert(
    store.outbox,
    all((kept, { claim }) => kept.rows.filter(({ id }) => id !== claim?.rowId).map(toDoc)),
    session,
  );
  await change(store.outbox, all(claimedRows), session);
  await change(
    store.outbox,
    all((kept) => kept.rowChanges.map((one) => rowChange(one, at))),
    session,
  );
  await insert(
    store.decisions,
    all((kept) => kept.decisions.map(toDoc)),
    session,
  );
  await insert(store.consents, all(consentDocs), session);
  await change(
    store.suppressions,
    all(({ suppress }, entry) => suppress.map((one) => suppression(store, one, stoppedAt(entry, at)))),
    session,
  );
  await change(
    store.contacts,
    all((kept, { contact }) => contactChanges(kept, contact)),
    session,
  );
  await applyCredits(
    store,
    all(({ scores = [] }, { contactId }) => scores.map((credit) => ({ ...credit, contactId }))),
    session,
  );
  await change(store.addresses, all(addressChanges), session);
  await insert(
    store.events,
    all((kept, { contactId }) => kept.events.map((event) => ({ ...toDoc(event), contactId }))),
    session,
  );
  await change(
    store.offers,
    all((kept) => kept.offers.map(offerChange)),
    session,
  );
  await change(
    store.assignments,
    all(({ assignments = [] }, { contactId }) =>
      assignments.map((one) => assignmentChange(contactId, one, at)),
    ),
    session,
  );
  await change(
    store.exposures,
    all(({ exposures = [] }, { contactId }) => exposures.map((one) => exposureChange(contactId, one))),
    session,
  );
  await change(
    store.appointments,
    all((kept, { contactId }) => (kept.appointments ?? []).map((one) => appointmentChange(one, contactId))),
    session,
  );
  await change(
    store.gdprTasks,
    all((kept, entry) => kept.gdprTasks.map((task) => gdprChange(task, entry, at))),
    session,
  );
  await moveArrivals(store, batch, at, session);
  await insert(
    store.arrivals,
    all((kept, { contactId }) => kept.emitted.map((event) => emittedArrival(event, contactId, at))),
    session,
  );
}

interface Into<D> {
  insertMany(docs: D[], options: { session: ClientSession; ordered: boolean }): Promise<unknown>;
}

interface Changeable<D extends Document> {
  bulkWrite(
    changes: AnyBulkWriteOperation<D>[],
    options: { session: ClientSession; ordered: boolean },
  ): Promise<unknown>;
}

async function insert<D>(collection: Into<D>, docs: D[], session: ClientSession): Promise<void> {
  if (docs.length > 0) await collection.insertMany(docs, { session, ordered: true });
}

async function change<D extends Document>(
  collection: Changeable<D>,
  changes: AnyBulkWriteOperation<D>[],
  session: ClientSession,
): Promise<void> {
  if (changes.length > 0) await collection.bulkWrite(changes, { session, ordered: true });
}

async function writeThreads(store: Store, batch: readonly ToKeep[], session: ClientSession): Promise<void> {
  const written = await store.threads.bulkWrite(
    batch.map(({ kept: { thread }, baseThread: { id, rev, claims } }) => ({
      updateOne: {
        filter: { _id: id, rev, claims },
        update: { $set: { ...without(thread, 'id', 'claims'), rev: rev + 1 } },
        // A contact of an import may have no thread yet.
        upsert: rev === 0 && claims === 0,
      },
    })),
    { session, ordered: true },
  );
  if (written.matchedCount + written.upsertedCount < batch.length) throw new Moved('a thread');
}

async function writeRuns(
  store: Store,
  runs: readonly RunState[],
  at: Date,
  session: ClientSession,
): Promise<void> {
  if (runs.length === 0) return;
  const known = runs.filter(({ rev }) => rev > 1);
  const written = await store.runs.bulkWrite(
    runs.map((run) => {
      const doc: RunDoc = { ...toDoc(run), closedAt: run.open ? null : at };
      if (run.rev <= 1) return { insertOne: { document: doc } };
      return { replaceOne: { filter: { _id: run.id, rev: run.rev - 1 }, replacement: without(doc, '_id') } };
    }),
    { session, ordered: true },
  );
  if (written.matchedCount < known.length) throw new Moved('a run');
}

const itemChanges = ({ itemChanges: changes = [] }: Kept) =>
  changes.map(({ id, set }) => ({ updateOne: { filter: { _id: id }, update: { $set: set } } }));

/** The lease is told by the database's clock, which an insert cannot read. */
const claimedRows = ({ rows }: Kept, { claim }: ToKeep): AnyBulkWriteOperation<RowDoc>[] =>
  rows.flatMap((row) =>
    row.id === claim?.rowId
      ? {
          updateOne: {
            filter: { _id: row.id, token: claim.token },
            update: bornSending(row, claim.token),
            upsert: true,
          },
        }
      : [],
  );

/** Only a row that is still `queued` changes: one that is being sent is not called back. */
function rowChange({ rowId, to, reason, notBefore }: RowChange, at: Date) {
  const set = {
    ...(to && { status: to }),
    ...(reason !== undefined && { reason }),
    ...(notBefore && { notBefore }),
  };
  const history = to && { $push: { history: { at, status: to, reason: reason ?? null } } };
  return {
    updateOne: {
      filter: { _id: rowId, status: 'queued' as const },
      update: { $set: set, ...history },
      hint: { _id: 1 },
    },
  };
}

const consentDocs = ({ consents, thread }: Kept) =>
  consents.map((record, index) => ({ ...toDoc(record), order: thread.rev * 1000 + index }));

/**
 * No earlier than what it was heard in: the door's clock may be ahead of ours, and an answer to that very message must not
 * pass for one to something newer.
 */
function stoppedAt({ arrivals }: ToKeep, at: Date): Date {
  return arrivals.reduce((latest, { receivedAt }) => (receivedAt > latest ? receivedAt : latest), at);
}

function suppression(
  store: Store,
  { channel, address, reason, source, lift }: Kept['suppress'][number],
  at: Date,
): AnyBulkWriteOperation<SuppressionDoc> {
  const field = `reasons.${reason}`;
  const filter = { _id: store.suppressionId(channel, address) };
  if (lift)
    return { updateOne: { filter, update: { $unset: { [field]: '' } } as UpdateFilter<SuppressionDoc> } };
  return { updateOne: { filter, update: { $set: { channel, [field]: { source, at } } }, upsert: true } };
}

function contactChanges({ contactSet }: Kept, contact: Contact) {
  if (Object.keys(contactSet).length === 0) return [];
  const { firstName, lastName } = { ...contact, ...contactSet };
  const set = { ...nested(contactSet, contact), nameFolded: foldName(firstName, lastName) };
  return [{ updateOne: { filter: { _id: contact.id }, update: { $set: set } } }];
}

/** An address that is new to the contact is made; one that belongs to another contact stays theirs (data.md, identity). */
const addressChanges = ({ addressSet }: Kept, { contactId }: ToKeep) =>
  addressSet.map(({ id, set }) => {
    const value = id.slice(id.indexOf(':') + 1);
    const born = {
      channel: id.slice(0, id.indexOf(':')),
      value,
      ...reversedOf(value),
      softFails: 0,
    };
    const missing = Object.fromEntries(Object.entries(born).filter(([field]) => !(field in set)));
    return {
      updateOne: {
        filter: { _id: id, contactId },
        update: { $set: set, $setOnInsert: missing },
        upsert: true,
      },
    };
  });

const offerChange = (offer: Kept['offers'][number]) => {
  const contactId = offer.contactId ?? null;
  const born = { _id: idFrom('offer', contactId ?? '', offer.key) };
  const set = without(offer, 'key', 'contactId');
  return {
    updateOne: {
      filter: { contactId, key: offer.key },
      update: { $set: set, $setOnInsert: born },
      upsert: true,
    },
  };
};

const appointmentChange = ({ id, ...appointment }: AppointmentChange, contactId: string) => ({
  updateOne: { filter: { _id: id }, update: { $set: { ...appointment, contactId } }, upsert: true },
});

function gdprChange(task: Kept['gdprTasks'][number], { contactId, arrivals }: ToKeep, at: Date) {
  const _id = idFrom('gdpr', contactId, task.kind, arrivals.at(-1)?.id ?? '');
  return {
    updateOne: {
      filter: { _id },
      update: { $setOnInsert: { contactId, ...task, at, doneAt: null } },
      upsert: true,
    },
  };
}

function emittedArrival(event: Kept['emitted'][number], contactId: string, at: Date): ArrivalDoc {
  const _id = `event:${event.id}`;
  return {
    _id,
    kind: 'event',
    contactId,
    receivedAt: at,
    state: 'new',
    tries: 0,
    event,
  } satisfies DocOf<Arrival>;
}

async function moveArrivals(
  store: Store,
  batch: readonly ToKeep[],
  at: Date,
  session: ClientSession,
): Promise<void> {
  const move = (entries: readonly ToKeep[], set: Partial<ArrivalDoc>) => {
    const ids = entries.flatMap(({ arrivals }) => arrivals.map(({ id }) => id));
    const filter = { _id: { $in: ids }, state: { $in: [...waitingStates] } };
    return ids.length === 0 ? [] : [{ updateMany: { filter, update: { $set: set }, hint: { _id: 1 } } }];
  };
  const isPlain = ({ kept }: ToKeep): boolean => !kept.isCollecting && !kept.refusal;
  const moves = [
    ...move(batch.filter(isPlain), { state: 'moved', movedAt: at }),
    // A breath that still collects was begun and ended well: its tries begin anew.
    ...move(
      batch.filter(({ kept }) => kept.isCollecting),
      { state: 'shown', tries: 0 },
    ),
    ...batch
      .filter((entry) => !entry.kept.isCollecting && !isPlain(entry))
      .flatMap((entry) => move([entry], { state: 'moved', movedAt: at, refusal: entry.kept.refusal })),
  ];
  const written = await store.arrivals.bulkWrite(moves, { session, ordered: true });
  const asked = batch.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  if (written.matchedCount < asked) throw new Moved('an arrival');
}
