import { createHash, randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation, ClientSession, Document } from 'mongodb';
import { monotonicMs, type Clock } from '../clock.ts';
import type { DecisionRecord, World } from '../core/decide.ts';
import { limitsOf } from '../core/guard/cap.ts';
import type { Verdict } from '../core/guard/verdict.ts';
import type { Row, RowStatus } from '../core/row.ts';
import type { trackLinks, TrackedLink } from '../core/track.ts';
import type { Moment } from '../core/vocabulary.ts';
import { takeAllowances, type Take } from './allowance.ts';
import { fromDoc, toDoc } from './collection.ts';
import type { Store } from './connect.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import type { RowDoc } from './outbox.ts';
import { nextWarmUpDay, takeWarmUp } from './warm-up.ts';
import type { Unread } from './world.ts';

/** How long a claim holds its row, by the database's clock: ≥ claim to wire + call + margin (reliability.md §5). */
export const leaseMs = 15_000;
/** Longest from the claim's begin to the call, on the monotonic clock. */
export const claimToWireMs = 2_000;
/** A message with the same words is on its way to the same address: look again then. */
const inFlightWaitMs = 5_000;
/** A sender that a person stopped is asked again then. */
const pausedWaitMs = 60_000;
/** Times a claim alone is begun again after a conflict. */
const mostRounds = 5;

/** A row whose turn has come, as it was seen. */
export interface Wanted {
  readonly rowId: string;
  readonly contactId: string;
  readonly attempt: number;
}

/** A row we may call the carrier for, once, until `claimToWireMs` after `beganMs`. */
export interface Claimed {
  readonly row: Row;
  readonly token: string;
  /** On the monotonic clock. */
  readonly beganMs: number;
  /** The thread has other rows that wait: worth a look once this one is through. */
  readonly hasMore: boolean;
}

/**
 * What a claim answers for one row. `decided`: it waits, is blocked, expired or a ghost, and says so. `missed`: somebody
 * else has it, or was quicker.
 */
export type Claim = Claimed | 'decided' | 'missed';

export interface Judged {
  readonly verdict: Verdict;
  /** The row with the body of now. */
  readonly row: Row;
  readonly decision: DecisionRecord;
  /** All its answers, where a lesser draft was asked for too. */
  readonly decisions?: readonly DecisionRecord[];
}

export interface ClaimDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Reads inside the claim's transaction: what a STOP wrote before it is seen, what it writes after it conflicts. */
  readonly loadWorlds: (
    contactIds: readonly string[],
    session: ClientSession,
    /** What the guard at **d** will not ask for. */
    unread?: Unread,
  ) => Promise<Map<string, World>>;
  /** The guard at **d**, with the body rendered again. */
  readonly judge: (row: Row, world: World, moment: Moment) => Judged;
  /** Senders whose mail domain is new: so many a day, more each day. */
  readonly warming?: ReadonlySet<string>;
  /** Makes a row's links short, as it leaves; `secret` is the claim's own. Absent: they stay as they are. */
  readonly track?: (row: Row, world: World, secret: string) => ReturnType<typeof trackLinks>;
}

/**
 * Claims rows of different contacts in one transaction, each behind its own guard; answers in the order asked. A conflict
 * halves the batch down to one. Throws when the database cannot be asked or its answer is unknown: then nothing is
 * believed, and the lease speaks.
 */
export async function claimRows(deps: ClaimDeps, wanted: readonly Wanted[]): Promise<Claim[]> {
  const claims = await claimHalving(deps, wanted);
  return wanted.map(({ rowId }) => claims.get(rowId) ?? 'missed');
}

async function claimHalving(deps: ClaimDeps, wanted: readonly Wanted[]): Promise<Map<string, Claim>> {
  const beganMs = monotonicMs();
  let rounds = 0;
  const tokens = new Map(wanted.map(({ rowId }) => [rowId, randomUUID()]));
  try {
    return await deps.store.transact((session) => {
      rounds += 1;
      if (rounds > (wanted.length > 1 ? 1 : mostRounds)) throw new Contended();
      return claimTogether(deps, wanted, tokens, beganMs, session);
    });
  } catch (error) {
    if (wanted.length > 1 && (error instanceof Contended || isDuplicateKey(error)))
      return halve(deps, wanted);
    if (isDuplicateKey(error)) return putAside(deps, wanted);
    // Still contended alone: whoever writes it now decides, and the next look is near.
    if (error instanceof Contended) return new Map();
    throw error;
  }
}

/** The transaction met another one's write: the smaller halves are likelier to pass beside it. */
class Contended extends Error {
  override name = 'Contended';
}

async function halve(deps: ClaimDeps, wanted: readonly Wanted[]): Promise<Map<string, Claim>> {
  const middle = Math.ceil(wanted.length / 2);
  const left = await claimHalving(deps, wanted.slice(0, middle));
  const right = await claimHalving(deps, wanted.slice(middle));
  return new Map([...left, ...right]);
}

async function putAside({ store, clock }: ClaimDeps, wanted: readonly Wanted[]): Promise<Map<string, Claim>> {
  await store.outbox.updateMany(
    { _id: { $in: wanted.map(({ rowId }) => rowId) }, status: 'queued' },
    { $set: { notBefore: new Date(clock.now().getTime() + inFlightWaitMs), reason: 'in_flight' } },
    { hint: { _id: 1 } },
  );
  return new Map();
}

async function claimTogether(
  deps: ClaimDeps,
  wanted: readonly Wanted[],
  tokens: ReadonlyMap<string, string>,
  beganMs: number,
  session: ClientSession,
): Promise<Map<string, Claim>> {
  const { store } = deps;
  const contactIds = wanted.map(({ contactId }) => contactId);
  await store.threads.updateMany(
    { _id: { $in: contactIds } },
    { $inc: { claims: 1 } },
    { session, hint: { _id: 1 } },
  );
  const rows = await queuedAsSeen(store, wanted, session);
  if (rows.length === 0) return new Map();
  const worlds = await deps.loadWorlds(
    rows.map(({ contactId }) => contactId),
    session,
    // Nobody is heard in a claim, no flow is entered, and only marketing has a cap.
    {
      appointments: true,
      allowances: !rows.some((row) => row.class === 'marketing'),
      closedRunsBut: rows.flatMap(({ runId }) => runId ?? []),
    },
  );

  const now = deps.clock.now();
  const asked = rows.map((row) => judgeOne(deps, row, worlds.get(row.contactId), now));
  const tokenOf = ({ id }: Row): string => tokens.get(id) ?? '';
  const allowed = await withAllowances(store, await withWarmUp(deps, asked, now), now, session);
  const settled = await withLinks(deps, allowed, tokenOf, now, session);
  const writes: AnyBulkWriteOperation<RowDoc>[] = [];
  const claims = new Map<string, Claim>();
  for (const one of settled) {
    const token = tokenOf(one.row);
    writes.push({
      updateOne: {
        filter: { _id: one.row.id, status: 'queued', attempt: one.row.attempt },
        // Without it the planner tries every index that knows the status, for each row anew.
        hint: { _id: 1 },
        update: updateOf(one, token, now),
      },
    });
    claims.set(one.row.id, one.to === 'sending' ? claimedOf(one, token, beganMs) : 'decided');
  }
  await store.outbox.bulkWrite(writes, { session, ordered: false });
  await keepDecisions(store, settled, tokenOf, session);
  await releaseFollowers(
    store,
    settled.filter(({ to }) => to !== 'sending' && to !== 'queued').map(({ row }) => row),
    now,
    session,
  );
  return claims;
}

/** Clicks are told apart from the mail for so long (data.md). */
const linkDays = 396;

/** What leaves has its links short; each stands before the carrier has the message. */
async function withLinks(
  { store, track }: ClaimDeps,
  settled: readonly Settled[],
  tokenOf: (row: Row) => string,
  now: Date,
  session: ClientSession,
): Promise<readonly Settled[]> {
  if (!track) return settled;
  const tracked = settled.map((one) => {
    if (one.to !== 'sending' || !one.world) return { one, links: [] };
    const { row, links } = track(one.row, one.world, tokenOf(one.row));
    return { one: { ...one, row }, links };
  });
  const expiresAt = new Date(now.getTime() + linkDays * 86_400_000);
  const docs = tracked.flatMap(({ one: { row }, links }) =>
    links.map(({ token, linkKey, url }: TrackedLink) => ({
      _id: token,
      rowId: row.id,
      contactId: row.contactId,
      linkKey,
      url,
      expiresAt,
    })),
  );
  if (docs.length > 0) await store.links.insertMany(docs, { session, ordered: false });
  return tracked.map(({ one }) => one);
}

function claimedOf({ row, world }: Settled, token: string, beganMs: number): Claimed {
  const hasMore = world?.rows.some(({ id, status }) => id !== row.id && status === 'queued') ?? false;
  return { row: { ...row, status: 'sending', attempt: row.attempt + 1, token }, token, beganMs, hasMore };
}

async function queuedAsSeen(store: Store, wanted: readonly Wanted[], session: ClientSession): Promise<Row[]> {
  const seen = new Map(wanted.map(({ rowId, attempt }) => [rowId, attempt]));
  const docs = await store.outbox
    .find({ _id: { $in: [...seen.keys()] }, status: 'queued' }, { session, hint: { _id: 1 } })
    .toArray();
  return docs.map((doc) => fromDoc<Row>(doc)).filter((row) => row.attempt === seen.get(row.id));
}

/** What a claim makes of one row. */
interface Settled {
  readonly row: Row;
  readonly to: Extract<RowStatus, 'sending' | 'queued' | 'blocked' | 'failed' | 'ghost'>;
  readonly reason: string | null;
  readonly until: Date | null;
  readonly decisions: readonly DecisionRecord[];
  readonly world: World | null;
}

function judgeOne({ judge }: ClaimDeps, row: Row, world: World | undefined, now: Date): Settled {
  const none = { row, reason: null, until: null, decisions: [], world: world ?? null };
  if (row.expiresAt <= now) return { ...none, to: row.attempt > 0 ? 'failed' : 'blocked', reason: 'expired' };
  // Erased or merged away since: there is nobody to write to.
  if (!world) return { ...none, to: 'blocked', reason: 'no_address' };
  const paused = world.senders.find(({ key, isPaused }) => isPaused && key === row.sender);
  if (paused) {
    const until = paused.resumesAt ?? new Date(now.getTime() + pausedWaitMs);
    return { ...none, to: 'queued', reason: 'sender_paused', until };
  }
  const {
    verdict,
    row: rendered,
    decision,
    decisions,
  } = judge(row, world, { now, zone: world.contact.zone });
  const told = { row: rendered, decisions: decisions ?? [decision], world };
  if (verdict.may === 'never') return { ...told, to: 'blocked', reason: verdict.reason, until: null };
  if (verdict.may === 'wait') return { ...told, to: 'queued', reason: verdict.reason, until: verdict.until };
  return { ...told, to: row.guard.isHoldout ? 'ghost' : 'sending', reason: null, until: null };
}

/** A new domain sends so many mails a day; what sells waits for the next. */
async function withWarmUp(
  { store, warming }: ClaimDeps,
  asked: readonly Settled[],
  now: Date,
): Promise<readonly Settled[]> {
  const isWarming = ({ to, row }: Settled): boolean =>
    to === 'sending' && (warming?.has(row.sender) ?? false);
  if (!asked.some(isWarming)) return asked;
  const settled: Settled[] = [];
  for (const one of asked) {
    const mayLeave =
      !isWarming(one) || (await takeWarmUp(store, one.row.sender, one.row.class === 'marketing', now));
    settled.push(mayLeave ? one : { ...one, to: 'queued', reason: 'warming_up', until: nextWarmUpDay(now) });
  }
  return settled;
}

/** Marketing leaves only with a place under the cap; one that finds none waits like any other hold. */
async function withAllowances(
  store: Store,
  asked: readonly Settled[],
  now: Date,
  session: ClientSession,
): Promise<readonly Settled[]> {
  const isCounted = ({ row, to }: Settled): boolean =>
    row.class === 'marketing' && (to === 'sending' || to === 'ghost');
  const takesOf = (to: 'sending' | 'ghost'): Take[] =>
    asked.flatMap((one) =>
      one.to === to && isCounted(one) && one.world ? [takeOf(one.row, one.world, now)] : [],
    );
  const [real, ghosts] = [takesOf('sending'), takesOf('ghost')];
  if (real.length + ghosts.length === 0) return asked;
  const granted = new Set([
    ...(await takeAllowances(store.allowances, real, session)),
    ...(await takeAllowances(store.ghostAllowances, ghosts, session)),
  ]);
  return asked.map((one) =>
    !isCounted(one) || granted.has(one.row.id)
      ? one
      : { ...one, to: 'queued', reason: 'frequency', until: new Date(now.getTime() + 60 * 60_000) },
  );
}

function takeOf(row: Row, world: World, now: Date): Take {
  return {
    contactId: row.contactId,
    key: row.id,
    channel: row.channel,
    at: now,
    zone: world.contact.zone,
    cap: limitsOf({ contact: world.contact, policy: world.library.policy }),
  };
}

const leased = {
  claimedAt: '$$NOW',
  leaseUntil: { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: leaseMs } },
  emptyLooks: 0,
  lookedAt: null,
};

/** A row that is claimed by the commit that writes it: born `sending`, its first attempt begun. */
export function bornSending(row: Row, token: string): Document[] {
  const { _id, ...fields } = toDoc(row);
  const history = [...row.history, { at: row.createdAt, status: 'sending' }];
  const claimed = {
    status: 'sending',
    attempt: row.attempt + 1,
    token,
    inFlightKey: inFlightKeyOf(row),
    history,
  };
  return [{ $replaceWith: { $mergeObjects: [{ _id }, { $literal: { ...fields, ...claimed } }, leased] } }];
}

function updateOf({ row, to, reason, until }: Settled, token: string, now: Date): Document | Document[] {
  if (to === 'queued') {
    const notBefore = until && until < row.expiresAt ? until : row.expiresAt;
    return { $set: { notBefore, reason } };
  }
  const noted = { at: now, status: to, ...(reason === null ? {} : { reason }) };
  if (to !== 'sending') return { $set: { status: to, reason }, $push: { history: noted } };
  return [
    {
      $set: {
        status: 'sending',
        reason: null,
        attempt: { $add: ['$attempt', 1] },
        token,
        inFlightKey: { $literal: inFlightKeyOf(row) },
        ...leased,
        class: row.class,
        words: { $literal: row.words },
        body: { $literal: row.body },
        history: { $concatArrays: ['$history', [noted]] },
      },
    },
  ];
}

/** Two messages that the carrier's list could not tell apart are never on their way together. */
export function inFlightKeyOf(row: Pick<Row, 'channel' | 'address' | 'body'>): string {
  const { template, text } = row.body;
  const said = template ? `template:${template.name}` : text;
  return `${row.channel}:${row.address}|${createHash('sha256').update(said).digest('base64url')}`;
}

/** A claim's token is in the id: a guard asked twice in one instant answers twice. */
async function keepDecisions(
  store: Store,
  settled: readonly Settled[],
  tokenOf: (row: Row) => string,
  session: ClientSession,
): Promise<void> {
  const docs = settled.flatMap(({ row, decisions }) =>
    decisions.map((decision) => toDoc({ ...decision, id: `${decision.id}-${tokenOf(row).slice(0, 8)}` })),
  );
  if (docs.length > 0) await store.decisions.insertMany(docs, { session, ordered: false });
}

/**
 * Lets the rows that waited for these leave now, unless they are held for a reason of their own. Asking the guard is the
 * claim's business.
 */
export async function releaseFollowers(
  store: Store,
  before: readonly Pick<Row, 'id' | 'contactId'>[],
  now: Date,
  session?: ClientSession,
): Promise<number> {
  if (before.length === 0) return 0;
  const released = await store.outbox.updateMany(
    {
      contactId: { $in: [...new Set(before.map(({ contactId }) => contactId))] },
      status: 'queued',
      after: { $in: before.map(({ id }) => id) },
      notBefore: { $gt: now },
      reason: null,
    },
    { $set: { notBefore: now } },
    { ...(session ? { session } : {}), hint: { contactId: 1, status: 1 } },
  );
  return released.modifiedCount;
}
