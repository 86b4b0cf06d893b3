import type { AnyBulkWriteOperation } from 'mongodb';
import { monotonicMs, type Clock } from '../clock.ts';
import { rank, type Row } from '../core/row.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { waitingStates } from '../store/arrivals.ts';
import type { Store } from '../store/connect.ts';
import { databaseNow } from '../store/database-now.ts';
import { releaseFollowers } from '../store/lease.ts';
import type { RowDoc } from '../store/outbox.ts';
import type { Counters } from './counters.ts';
import { tellThread, type Arrive } from './receipt.ts';

/** Leases that may run out on one row before it is `stuck` (reliability.md §5, poison). */
const mostLapses = 5;
const pageSize = 500;
/** A follower's own patience: its `notBefore` is never further away than this. */
const followerMs = 20_000;

export interface SweepDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly arrive: Arrive;
  /** Moves a contact's arrivals on (pipeline/drain.ts). */
  readonly drain: (contactId: string) => Promise<void>;
  readonly log: Log;
  readonly counters: Counters;
  /** The clock of leases; the database's own unless a test says otherwise. */
  readonly leaseNow?: () => Promise<Date>;
}

export interface Swept {
  /** Rows whose lease ran out: `unsure`, or `stuck` after the fifth time. */
  readonly lapsed: number;
  readonly stuck: number;
  readonly expired: number;
  readonly released: number;
  /** Contacts whose arrivals were still waiting. */
  readonly drained: number;
}

/** The net under everything that may stop half-way (reliability.md §5, "it stops here"). Safe beside itself. */
export async function sweep(deps: SweepDeps, untilMs: number): Promise<Swept> {
  const lapses = await expireLeases(deps, untilMs);
  const expired = await expireQueued(deps, untilMs);
  const released = await releaseForgotten(deps);
  const drained = await drainWaiting(deps, untilMs);
  deps.counters.count('settled', { as: 'unsure' }, lapses.lapsed);
  deps.counters.count('settled', { as: 'stuck' }, lapses.stuck);
  deps.counters.count('settled', { as: 'expired' }, expired);
  return { ...lapses, expired, released, drained };
}

type Lapsed = Pick<RowDoc, '_id' | 'contactId' | 'token' | 'lapses'>;

async function expireLeases(deps: SweepDeps, untilMs: number): Promise<{ lapsed: number; stuck: number }> {
  const { store, clock } = deps;
  const leaseNow = await (deps.leaseNow ?? (() => databaseNow(store)))();
  const total = { lapsed: 0, stuck: 0 };
  while (monotonicMs() < untilMs) {
    const page = await store.outbox
      .find<Lapsed>(
        { status: 'sending', leaseUntil: { $lte: leaseNow } },
        { projection: { contactId: 1, token: 1, lapses: 1 }, hint: { status: 1, leaseUntil: 1 } },
      )
      .limit(pageSize)
      .toArray();
    if (page.length === 0) break;
    const stuck = page.filter(isStuck);
    // The thread is told before the row has its end: a sweep that dies in between is done again.
    await Promise.all(
      stuck.map((row) =>
        tellThread(
          deps.arrive,
          { id: row._id, contactId: row.contactId },
          null,
          'failed',
          'stuck',
          clock.now(),
        ),
      ),
    );
    const done = await store.outbox.bulkWrite(
      page.map((row) => lapse(row, leaseNow, clock.now())),
      { ordered: false },
    );
    await releaseFollowers(
      store,
      stuck.map(({ _id, contactId }) => ({ id: _id, contactId })),
      clock.now(),
    );
    total.lapsed += done.modifiedCount;
    total.stuck += stuck.length;
    if (page.length < pageSize) break;
  }
  return total;
}

const isStuck = (row: Lapsed): boolean => row.lapses + 1 >= mostLapses;

function lapse(row: Lapsed, leaseNow: Date, at: Date): AnyBulkWriteOperation<RowDoc> {
  const to = isStuck(row)
    ? ({ status: 'failed', reason: 'stuck' } as const)
    : ({ status: 'unsure', reason: 'lease_over' } as const);
  return {
    updateOne: {
      filter: { _id: row._id, status: 'sending', token: row.token ?? null, leaseUntil: { $lte: leaseNow } },
      hint: { _id: 1 },
      update: {
        $set: to,
        $inc: { lapses: 1 },
        $unset: { leaseUntil: '' },
        $push: { history: { at, ...to } },
      },
    },
  };
}

type Expired = Pick<RowDoc, '_id' | 'contactId' | 'attempt'>;

/** Rows that nobody claims any more, because their sender stands still, end at their time all the same. */
async function expireQueued(deps: SweepDeps, untilMs: number): Promise<number> {
  const { store, clock } = deps;
  const now = clock.now();
  let total = 0;
  while (monotonicMs() < untilMs) {
    const page = await store.outbox
      .find<Expired>(
        { status: 'queued', notBefore: { $lte: now }, expiresAt: { $lte: now } },
        { projection: { contactId: 1, attempt: 1 }, hint: { status: 1, notBefore: 1 } },
      )
      .limit(pageSize)
      .toArray();
    if (page.length === 0) break;
    const tried = page.filter(({ attempt }) => attempt > 0);
    await Promise.all(
      tried.map((row) =>
        tellThread(deps.arrive, { id: row._id, contactId: row.contactId }, null, 'failed', 'expired', now),
      ),
    );
    const done = await store.outbox.bulkWrite(
      page.map((row) => expiry(row, now)),
      { ordered: false },
    );
    await releaseFollowers(
      store,
      page.map(({ _id, contactId }) => ({ id: _id, contactId })),
      now,
    );
    total += done.modifiedCount;
    if (page.length < pageSize) break;
  }
  return total;
}

function expiry({ _id, attempt }: Expired, at: Date): AnyBulkWriteOperation<RowDoc> {
  const to = { status: attempt > 0 ? ('failed' as const) : ('blocked' as const), reason: 'expired' };
  return {
    updateOne: {
      filter: { _id, status: 'queued', attempt },
      hint: { _id: 1 },
      update: { $set: to, $push: { history: { at, ...to } } },
    },
  };
}

/** The process died between binding a row and letting its follower go. */
async function releaseForgotten({ store, clock }: SweepDeps): Promise<number> {
  const now = clock.now();
  const followers = await store.outbox
    .find<Pick<RowDoc, '_id' | 'contactId' | 'after'>>(
      {
        status: 'queued',
        notBefore: { $gt: now, $lte: new Date(now.getTime() + followerMs) },
        after: { $type: 'string' },
        reason: null,
      },
      { projection: { contactId: 1, after: 1 }, hint: { status: 1, notBefore: 1 } },
    )
    .limit(pageSize)
    .toArray();
  if (followers.length === 0) return 0;
  const before = await store.outbox
    .find(
      { _id: { $in: followers.flatMap(({ after }) => after ?? []) } },
      { projection: { contactId: 1, status: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const isThrough = ({ status }: Pick<Row, 'status'>): boolean => rank[status] >= rank.sent;
  return releaseFollowers(
    store,
    before.filter(isThrough).map(({ _id, contactId }) => ({ id: _id, contactId })),
    now,
  );
}

async function drainWaiting({ store, clock, drain, log }: SweepDeps, untilMs: number): Promise<number> {
  const now = clock.now();
  const waiting = await store.arrivals
    .find(
      { state: { $in: [...waitingStates] } },
      { projection: { contactId: 1, state: 1 }, hint: { state: 1, receivedAt: 1 } },
    )
    .sort({ receivedAt: 1 })
    .limit(pageSize * 4)
    .toArray();
  const contactIds = [...new Set(waiting.flatMap(({ contactId }) => contactId ?? []))];
  if (contactIds.length === 0) return 0;
  const collecting = await store.threads
    .find(
      { _id: { $in: contactIds }, collectUntil: { $gt: now } },
      { projection: { _id: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const isCollecting = new Set(collecting.map(({ _id }) => _id));
  const left = contactIds.filter((id) => !isCollecting.has(id));
  let drained = 0;
  for (let from = 0; from < left.length && monotonicMs() < untilMs; from += 100) {
    const some = left.slice(from, from + 100);
    const results = await Promise.allSettled(some.map((id) => drain(id)));
    for (const result of results) {
      if (result.status === 'rejected')
        log.warn({ error: messageOf(result.reason) }, 'a contact could not be drained');
    }
    drained += some.length;
  }
  return drained;
}
