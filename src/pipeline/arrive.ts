import { MongoBulkWriteError } from 'mongodb';
import type { Arrival } from '../core/arrival.ts';
import type { ArrivalDoc } from '../store/arrivals.ts';
import { createBatch } from '../store/batch.ts';
import type { Store } from '../store/connect.ts';
import { duplicateKey } from '../store/duplicate-key.ts';
import type { Defaults } from '../store/place.ts';
import { recognise, type Caller } from '../store/recognise.ts';

/** What happened, before it is written down: who it concerns may still be unknown of a message in. */
export type NewArrival = Arrival extends infer A
  ? A extends Arrival
    ? Omit<A, 'state' | 'tries' | 'error'> & Partial<Pick<A, 'state' | 'tries'>>
    : never
  : never;

export interface Arrived {
  /** False for one that was written down before: its first copy goes its way. */
  readonly isNew: boolean;
  readonly contactId: string | null;
}

export type Arrive = (arrival: NewArrival) => Promise<Arrived>;

export interface ArriveDeps {
  readonly store: Store;
  /** Country, zone and language of a stranger whose number says nothing. */
  readonly defaults: Defaults;
  /** Told after the write, also of a second copy: the first may have been left lying. Must not throw. */
  readonly onArrived: (contactId: string) => void;
}

/** How many arrivals go in one write. */
const most = 200;

/**
 * Writes down what happened, once, with majority: only then may the carrier get its 200 (reliability.md §4). Arrivals of
 * the same few milliseconds share one write. Rejects when the database does not answer; then nobody may say 200.
 */
export function createArrive({ store, defaults, onArrived }: ArriveDeps): Arrive {
  const batch = createBatch<NewArrival, Arrived>({
    most,
    lanes: 2,
    run: (arrivals) => writeDown(store, arrivals, defaults),
  });
  return async (arrival) => {
    const arrived = await batch.add(arrival);
    if (arrived.contactId) onArrived(arrived.contactId);
    return arrived;
  };
}

async function writeDown(
  store: Store,
  arrivals: readonly NewArrival[],
  defaults: Defaults,
): Promise<Arrived[]> {
  const contactIds = await whose(store, arrivals, defaults);
  const docs = arrivals.map((arrival, index) => docOf(arrival, contactIds[index] ?? null));
  const known = await insertNew(store, docs);
  return docs.map(({ contactId }, index) => ({ isNew: !known.has(index), contactId }));
}

function docOf(arrival: NewArrival, contactId: string | null): ArrivalDoc {
  const { id, ...rest } = arrival;
  return { ...rest, _id: id, contactId, state: 'new', tries: 0, movedAt: null } as ArrivalDoc;
}

/** Contact of each arrival: named by who wrote it down, or found, or made, by the address of a message in. */
async function whose(
  store: Store,
  arrivals: readonly NewArrival[],
  defaults: Defaults,
): Promise<(string | null)[]> {
  const callers = arrivals.flatMap((arrival) => callerOf(arrival) ?? []);
  const found = callers.length > 0 ? await recognise(store, callers, defaults) : [];
  const next = found.values();
  return arrivals.map((arrival) => (callerOf(arrival) ? (next.next().value ?? null) : arrival.contactId));
}

function callerOf(arrival: NewArrival): Caller | null {
  if (arrival.kind !== 'inbound' || arrival.contactId) return null;
  const { channel, address, profileName } = arrival.inbound;
  return { channel, value: address, profileName, at: arrival.receivedAt };
}

/** Inserts all; says which, by their place, were there before. */
async function insertNew(store: Store, docs: ArrivalDoc[]): Promise<Set<number>> {
  try {
    await store.arrivals.insertMany(docs, { ordered: false });
    return new Set();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    // Without majority nothing was written down, whatever the server put on its own disk. An error that names no document
    // is of the whole write: the database was not reached, or would not.
    const isOnlyKnown = errors.length > 0 && errors.every(({ code }) => code === duplicateKey);
    if (error.result.getWriteConcernError() || !isOnlyKnown) throw error;
    return new Set(errors.map(({ index }) => index));
  }
}
