import type { Channel, Listed, Receipt } from '../channels/channel.ts';
import { monotonicMs, type Clock } from '../clock.ts';
import type { Row } from '../core/row.ts';
import type { Channel as ChannelName } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { fromDoc } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import { databaseNow } from '../store/database-now.ts';
import { releaseFollowers } from '../store/lease.ts';
import type { Counters } from './counters.ts';
import { tellThread, type Arrive, type Receipts } from './receipt.ts';

/** Instants of the protocol, from the claim, by the database's clock (reliability.md §5). */
const firstLookMs = 30_000;
const lastLookMs = 120_000;
const betweenLooksMs = 60_000;
/** Entries the carrier made this long before the claim may be of it: its clock is not ours. */
const clockSlackMs = 5_000;
const readBackMs = 600_000;
const pageSize = 500;
/** Questions to the carrier at a time. */
const mostAsking = 5;

export interface ReconcileDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly channels: Partial<Record<ChannelName, Channel>>;
  readonly receipts: Pick<Receipts, 'bind' | 'take'>;
  readonly arrive: Arrive;
  readonly log: Log;
  readonly counters: Counters;
  /** The clock of claims and of the carrier's list; the database's own unless a test says otherwise. */
  readonly leaseNow?: () => Promise<Date>;
}

export interface Reconciled {
  /** Rows the list was asked about. */
  readonly looked: number;
  readonly found: number;
  /** Proof of absence: back to `queued`. */
  readonly requeued: number;
  /** Ends that nobody could confirm. */
  readonly givenUp: number;
}

/** True while a row waits for the list: `reconcile` then looks every 30 s instead of every 2 min. */
export async function hasUnsure(store: Store): Promise<boolean> {
  const one = await store.outbox.findOne(
    { status: 'unsure', emptyLooks: { $not: { $gte: 2 } } },
    { projection: { _id: 1 }, hint: { status: 1, notBefore: 1 } },
  );
  return one !== null;
}

/** Asks the carrier's list about rows whose outcome nobody knows. Ends by itself at `untilMs` (monotonic). */
export async function reconcile(deps: ReconcileDeps, untilMs: number): Promise<Reconciled> {
  const now = await leaseNow(deps);
  const done = { looked: 0, found: 0, requeued: 0, givenUp: 0 };
  const groups = byAddress(await findLookable(deps, now));
  for (let from = 0; from < groups.length && monotonicMs() < untilMs; from += mostAsking) {
    const settled = await Promise.all(
      groups.slice(from, from + mostAsking).map((rows) => lookAt(deps, rows, now)),
    );
    for (const one of settled) {
      done.looked += one.looked;
      done.found += one.found;
      done.requeued += one.requeued;
    }
  }
  await showUnlistable(deps, now);
  done.givenUp = await giveUpExpired(deps);
  deps.counters.count('settled', { as: 'found' }, done.found);
  deps.counters.count('settled', { as: 'requeued' }, done.requeued);
  deps.counters.count('settled', { as: 'not_confirmed' }, done.givenUp);
  return done;
}

const leaseNow = ({ leaseNow: given, store }: ReconcileDeps): Promise<Date> =>
  (given ?? (() => databaseNow(store)))();

const before = (at: Date, ms: number): Date => new Date(at.getTime() - ms);

const listable = ({ channels }: ReconcileDeps): ChannelName[] =>
  Object.values(channels).flatMap((channel) => (channel.find ? [channel.name] : []));

async function findLookable(deps: ReconcileDeps, now: Date): Promise<Row[]> {
  const docs = await deps.store.outbox
    .find(
      {
        status: 'unsure',
        channel: { $in: listable(deps) },
        sid: null,
        $or: [
          { emptyLooks: { $not: { $gte: 1 } }, claimedAt: { $lte: before(now, firstLookMs) } },
          {
            emptyLooks: 1,
            lookedAt: { $lte: before(now, betweenLooksMs) },
            claimedAt: { $lte: before(now, lastLookMs) },
          },
        ],
      },
      { hint: { status: 1, notBefore: 1 } },
    )
    .limit(pageSize)
    .toArray();
  return docs.map((doc) => fromDoc<Row>(doc));
}

function byAddress(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.channel}:${row.address}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

type Look = Omit<Reconciled, 'givenUp'>;

async function lookAt(deps: ReconcileDeps, rows: readonly Row[], now: Date): Promise<Look> {
  const [first] = rows;
  const channel = first && deps.channels[first.channel];
  if (!first || !channel?.find) return { looked: 0, found: 0, requeued: 0 };
  const since = before(new Date(Math.min(...rows.map(claimedMs))), clockSlackMs);
  let entries: readonly Listed[];
  try {
    entries = await channel.find(first.address, since);
  } catch (error) {
    deps.log.warn(
      { channel: channel.name, error: messageOf(error) },
      'the carrier could not be asked what it took',
    );
    return { looked: 0, found: 0, requeued: 0 };
  }
  const free = await withoutOwned(deps.store, entries);
  const look = { looked: rows.length, found: 0, requeued: 0 };
  for (const row of rows) {
    const index = free.findIndex((entry) => isOf(entry, row));
    const [entry] = index < 0 ? [] : free.splice(index, 1);
    if (entry) {
      await believe(deps, row, entry);
      look.found += 1;
    } else if (await noteAbsence(deps, row, now)) look.requeued += 1;
  }
  return look;
}

const claimedMs = ({ claimedAt, createdAt }: Row): number => (claimedAt ?? createdAt).getTime();

/** Oldest first, so that rows take entries in the order both were made. Entries whose sid a row has are settled. */
async function withoutOwned(store: Store, entries: readonly Listed[]): Promise<Listed[]> {
  const out = entries.filter(({ direction }) => direction === 'out');
  if (out.length === 0) return [];
  const sids = out.map(({ sid }) => sid);
  const owned = await store.outbox
    .find({ sid: { $in: sids } }, { projection: { sid: 1 }, hint: { sid: 1 } })
    .toArray();
  const isOwned = new Set(owned.map(({ sid }) => sid));
  return out
    .filter(({ sid }) => !isOwned.has(sid))
    .sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}

/** An entry of the list is this row's: made since its claim, with the same words. What a template says is not on the list. */
export function isOf(entry: Listed, row: Row): boolean {
  if (entry.createdAt < before(new Date(claimedMs(row)), clockSlackMs)) return false;
  if (row.body.template || (row.channel === 'whatsapp' && row.body.buttons?.length)) return true;
  return sameWords(entry.body, row.body.text);
}

const sameWords = (one: string, other: string): boolean =>
  one.replace(/\s+/g, ' ').trim() === other.replace(/\s+/g, ' ').trim();

async function believe({ receipts, clock }: ReconcileDeps, row: Row, entry: Listed): Promise<void> {
  await receipts.bind(row, { sid: entry.sid, status: 'sent' });
  if (entry.status === 'queued' || entry.status === 'sent') return;
  const receipt: Receipt = {
    sid: entry.sid,
    rowId: row.id,
    attempt: row.attempt,
    status: entry.status,
    code: entry.code,
    at: clock.now(),
  };
  await receipts.take(receipt);
}

/** True where the row goes again. Only the claim that was looked for is written, and only while nobody saw its sid. */
async function noteAbsence(deps: ReconcileDeps, row: Row, now: Date): Promise<boolean> {
  const { store, clock, arrive } = deps;
  const same = { _id: row.id, status: 'unsure' as const, token: row.token ?? null, sid: null };
  const looks = (row.emptyLooks ?? 0) + 1;
  if (looks < 2) {
    await store.outbox.updateOne(same, { $set: { emptyLooks: looks, lookedAt: now } });
    return false;
  }
  const at = clock.now();
  // A lost nudge costs less than a double: marketing is never sent again on the word of a list.
  if (row.class === 'marketing') {
    await tellThread(arrive, row, null, 'unsure', null, at);
    await store.outbox.updateOne(same, { $set: { emptyLooks: looks, lookedAt: now } });
    return false;
  }
  const isExpired = row.expiresAt <= at;
  if (isExpired) await tellThread(arrive, row, null, 'failed', 'expired', at);
  const to = isExpired
    ? ({ status: 'failed', reason: 'expired' } as const)
    : ({ status: 'queued', reason: 'proven_absent', notBefore: at } as const);
  const moved = await store.outbox.updateOne(same, {
    $set: { ...to, emptyLooks: looks, lookedAt: now },
    $unset: { inFlightKey: '', leaseUntil: '' },
    $push: { history: { at, status: to.status, reason: to.reason } },
  });
  if (isExpired) await releaseFollowers(store, [row], at);
  return !isExpired && moved.modifiedCount > 0;
}

/** A channel that cannot be asked never goes again by itself: a coach sees it and may. */
async function showUnlistable(deps: ReconcileDeps, now: Date): Promise<void> {
  const rows = await deps.store.outbox
    .find(
      {
        status: 'unsure',
        channel: { $nin: listable(deps) },
        emptyLooks: { $not: { $gte: 2 } },
        claimedAt: { $lte: before(now, lastLookMs) },
      },
      { projection: { contactId: 1 }, hint: { status: 1, notBefore: 1 } },
    )
    .limit(pageSize)
    .toArray();
  if (rows.length === 0) return;
  await Promise.all(
    rows.map(({ _id, contactId }) =>
      tellThread(deps.arrive, { id: _id, contactId }, null, 'unsure', null, deps.clock.now()),
    ),
  );
  await deps.store.outbox.updateMany(
    { _id: { $in: rows.map(({ _id }) => _id) }, status: 'unsure' },
    { $set: { emptyLooks: 2, lookedAt: now } },
    { hint: { _id: 1 } },
  );
}

async function giveUpExpired({ store, clock, arrive }: ReconcileDeps): Promise<number> {
  const now = clock.now();
  const rows = await store.outbox
    .find(
      { status: 'unsure', class: 'marketing', expiresAt: { $lte: now }, emptyLooks: { $gte: 2 }, sid: null },
      { projection: { contactId: 1, token: 1 }, hint: { status: 1, notBefore: 1 } },
    )
    .limit(pageSize)
    .toArray();
  if (rows.length === 0) return 0;
  await Promise.all(
    rows.map(({ _id, contactId }) =>
      tellThread(arrive, { id: _id, contactId }, null, 'failed', 'not_confirmed', now),
    ),
  );
  const to = { status: 'failed', reason: 'not_confirmed' } as const;
  const done = await store.outbox.bulkWrite(
    rows.map(({ _id, token }) => ({
      updateOne: {
        filter: { _id, status: 'unsure' as const, token: token ?? null, sid: null },
        hint: { _id: 1 },
        update: { $set: to, $unset: { inFlightKey: '' as const }, $push: { history: { at: now, ...to } } },
      },
    })),
    { ordered: false },
  );
  return done.modifiedCount;
}

/**
 * Reads back what was sent to us since the last mark less ten minutes; each text is the arrival it would have been. An
 * outage of hours loses nothing. Answers how many were new.
 */
export async function readBack(deps: ReconcileDeps, untilMs: number): Promise<number> {
  let found = 0;
  for (const channel of Object.values(deps.channels)) {
    if (!channel.listInbound || monotonicMs() >= untilMs) continue;
    try {
      found += await readBackOne(deps, channel);
    } catch (error) {
      deps.log.warn(
        { channel: channel.name, error: messageOf(error) },
        'messages to us could not be read back',
      );
    }
  }
  deps.counters.count('settled', { as: 'read_back' }, found);
  return found;
}

async function readBackOne(deps: ReconcileDeps, channel: Channel): Promise<number> {
  const { store, arrive } = deps;
  const [key] = channel.senders;
  if (key === undefined || !channel.listInbound) return 0;
  const startedAt = await leaseNow(deps);
  const known = await store.senders.findOne({ _id: key }, { projection: { mark: 1 } });
  const heard = await channel.listInbound(before(known?.mark ?? startedAt, readBackMs));
  const ids = heard.map(({ arrivalId }) => arrivalId);
  const stored = await store.arrivals
    .find({ _id: { $in: ids } }, { projection: { _id: 1 }, hint: { _id: 1 } })
    .toArray();
  const isStored = new Set(stored.map(({ _id }) => _id));
  const missed = heard.filter(({ arrivalId }) => !isStored.has(arrivalId));
  const results = await Promise.all(
    missed.map(({ arrivalId, inbound, receivedAt }) =>
      arrive({
        id: arrivalId,
        kind: 'inbound',
        contactId: null,
        receivedAt,
        state: 'new',
        tries: 0,
        inbound,
      }),
    ),
  );
  await store.senders.updateOne({ _id: key }, { $set: { mark: startedAt } }, { upsert: true });
  return results.filter(({ isNew }) => isNew).length;
}
