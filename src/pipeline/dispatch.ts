import type { ClientSession, Document } from 'mongodb';
import { SendError, type Paced } from '../channels/channel.ts';
import { monotonicMs, type Clock } from '../clock.ts';
import type { World } from '../core/decide.ts';
import type { Row } from '../core/row.ts';
import { messageClasses, type Channel as ChannelName, type MessageClass } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createBatch } from '../store/batch.ts';
import type { Store } from '../store/connect.ts';
import { claimRows, claimToWireMs, type Claim, type ClaimDeps, type Claimed } from '../store/lease.ts';
import { breakerPauseMs, createBreaker, type Breaker } from './breaker.ts';
import type { Counters } from './counters.ts';
import type { Receipts } from './receipt.ts';

/** Candidates read at a time, turns held for one sender, threads in one claim. */
const pageSize = 50;
const mostInHand = 40;
const mostTogether = 100;
/** The SDK's own time-out is 30 s: longer than the lease. */
const callMs = 8_000;
const longestBackoffMs = 300_000;
const missedRestMs = 1_000;
const stopMs = 10_000;
const validityS = { least: 1, most: 36_000 };

/** Where a test may end this process: what is thrown there is written nowhere. */
export type Crossing = 'turn' | 'claimed' | 'called' | 'bound';

export interface DispatchDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly channels: Partial<Record<ChannelName, Paced>>;
  readonly receipts: Receipts;
  readonly loadWorlds: (contactIds: readonly string[], session: ClientSession) => Promise<Map<string, World>>;
  readonly judge: ClaimDeps['judge'];
  /** Whether this process may send for a sender now; always, with a shared limiter. */
  readonly owns: (sender: string) => boolean;
  readonly log: Log;
  readonly counters: Counters;
  readonly breaker?: Breaker;
  readonly random?: () => number;
  readonly monotonic?: () => number;
  readonly cross?: (crossing: Crossing, rowId: string) => void | Promise<void>;
}

export interface Dispatch {
  /** Something may be due now. */
  bell(): void;
  /** Looks once; answers how many rows got a turn. */
  tick(): Promise<number>;
  /** Resolves once nothing is due and nothing is in hand. */
  settle(): Promise<void>;
  /** Ends turns not begun, waits for the calls in flight. */
  stop(): Promise<void>;
}

/** A row whose time has come, as the index shows it. */
interface Candidate {
  readonly rowId: string;
  readonly contactId: string;
  readonly attempt: number;
  readonly sender: string;
  readonly channel: ChannelName;
  readonly class: MessageClass;
  readonly weight: number;
}

/**
 * Speaks what is due: a turn at the sender first, then the claim, then the call. What it knows it has from the outbox;
 * what it holds in memory are turns, never messages.
 */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { store, clock, channels, receipts, log, counters } = deps;
  const now = deps.monotonic ?? monotonicMs;
  const random = deps.random ?? Math.random;
  const breaker = deps.breaker ?? createBreaker(now);
  const claims = createBatch<Candidate, Claim>({
    most: mostTogether,
    run: (wanted) => claimRows(deps, wanted),
  });
  const senders = Object.values(channels).flatMap(({ channel }) => [...channel.senders]);
  const inHand = new Map<string, { readonly candidate: Candidate; readonly done: Promise<void> }>();
  /** Rows that were missed, until when they are left alone: whoever has them needs a moment. */
  const resting = new Map<string, number>();
  let pumping: Promise<number> | null = null;
  let isRung = false;
  let isHungry = false;
  let isStopped = false;

  /** `turn` counts those in hand of one sender; a fast sender never waits for a slow one's places. */
  const inHandOf = (sender: string): number =>
    [...inHand.values()].filter(({ candidate }) => candidate.sender === sender).length;
  const roomOf = (sender: string): number =>
    deps.owns(sender) ? Math.min(mostInHand, breaker.room(sender)) - inHandOf(sender) : 0;

  function pump(): Promise<number> {
    isRung = true;
    pumping ??= run().finally(() => {
      pumping = null;
    });
    return pumping;
  }

  async function run(): Promise<number> {
    let started = 0;
    while (isRung && !isStopped) {
      isRung = false;
      started += await fill();
    }
    return started;
  }

  async function fill(): Promise<number> {
    const open = senders.filter((sender) => roomOf(sender) > 0);
    isHungry = senders.some((sender) => deps.owns(sender) && inHandOf(sender) > 0 && !open.includes(sender));
    if (open.length === 0) return 0;
    for (const [rowId, until] of resting) if (until <= now()) resting.delete(rowId);
    const held = [...inHand.values()].map(({ candidate }) => candidate.contactId);
    const due = await findDue(store, {
      senders: open,
      now: clock.now(),
      heldThreads: held,
      resting: [...resting.keys()],
    });
    let started = 0;
    for (const candidate of due) {
      if (isStopped || roomOf(candidate.sender) <= 0 || isThreadInHand(candidate)) isHungry = true;
      else {
        start(candidate);
        started += 1;
      }
    }
    // A full page may hide more; one that started nothing would only be read again.
    if (due.length >= pageSize) {
      isHungry = true;
      if (started > 0) isRung = true;
    }
    return started;
  }

  const isThreadInHand = ({ contactId }: Candidate): boolean =>
    [...inHand.values()].some(({ candidate }) => candidate.contactId === contactId);

  function start(candidate: Candidate): void {
    const done = speak(candidate)
      .catch((error: unknown) => {
        log.warn(
          { rowId: candidate.rowId, error: messageOf(error) },
          'a row was not sent; its lease or the next tick moves it on',
        );
        resting.set(candidate.rowId, now() + missedRestMs);
        return false;
      })
      .then((hasMore) => {
        inHand.delete(candidate.rowId);
        if (!isStopped && (hasMore || isHungry)) ring();
      });
    inHand.set(candidate.rowId, { candidate, done });
  }

  function ring(): void {
    pump().catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the outbox could not be read; the next tick tries again');
    });
  }

  /** True where the thread has more that may be due now. */
  async function speak(candidate: Candidate): Promise<boolean> {
    const paced = channels[candidate.channel];
    if (!paced) return false;
    return paced.turn(candidate.sender, candidate.weight, async () => {
      await deps.cross?.('turn', candidate.rowId);
      if (isStopped || !deps.owns(candidate.sender)) return false;
      const claim = await claims.add(candidate);
      if (typeof claim === 'string') {
        counters.count('claims', { outcome: claim });
        if (claim === 'missed') resting.set(candidate.rowId, now() + missedRestMs);
        return claim === 'decided';
      }
      counters.count('claims', { outcome: 'claimed' });
      await deps.cross?.('claimed', candidate.rowId);
      await call(paced, claim);
      return claim.hasMore;
    });
  }

  async function call(paced: Paced, claimed: Claimed): Promise<void> {
    const { row, beganMs } = claimed;
    const validForS = Math.floor((row.expiresAt.getTime() - clock.now().getTime()) / 1000);
    // The check and the call share one turn of the event loop: no freeze fits between them (A3).
    if (now() - beganMs > claimToWireMs) {
      counters.count('calls', { channel: row.channel, outcome: 'too_late' });
      await back(claimed, 'too_late', null, clock.now());
      return;
    }
    const accepted = paced.channel.send(row, {
      signal: AbortSignal.timeout(callMs),
      validForS: Math.max(validityS.least, Math.min(validityS.most, validForS)),
    });
    const outcome = await accepted.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await deps.cross?.('called', row.id);
    if ('value' in outcome) {
      counters.count('calls', { channel: row.channel, outcome: 'accepted' });
      gotAnswer(row.sender);
      await receipts.bind(row, outcome.value);
      await deps.cross?.('bound', row.id);
    } else await notAccepted(paced, claimed, outcome.error);
  }

  async function notAccepted(paced: Paced, claimed: Claimed, error: unknown): Promise<void> {
    const { row, token } = claimed;
    if (!(error instanceof SendError)) {
      // Nobody knows. Nothing is written: the lease speaks.
      counters.count('calls', { channel: row.channel, outcome: 'unknown' });
      log.warn({ rowId: row.id, error: messageOf(error) }, 'the outcome of a call is unknown');
      if (breaker.unknown(row.sender)) openBreaker(row);
      return;
    }
    const isThrottled = isTooMany(error.code);
    if (isThrottled) paced.slowDown(row.sender);
    if (!error.retry || isThrottled) gotAnswer(row.sender);
    counters.count('calls', {
      channel: row.channel,
      outcome: isThrottled ? 'throttled' : error.retry ? 'not_taken' : 'refused',
    });
    if (error.retry) {
      await back(
        claimed,
        isThrottled ? 'throttled' : 'not_taken',
        error.code,
        new Date(clock.now().getTime() + backoffMs(row.attempt, random)),
      );
      return;
    }
    const at = clock.now();
    await receipts.refuse({
      row,
      token,
      to: 'failed',
      notBefore: at,
      reason: 'refused',
      code: error.code,
      at,
    });
  }

  async function back(
    { row, token }: Claimed,
    reason: string,
    code: string | null,
    notBefore: Date,
  ): Promise<void> {
    await receipts.refuse({ row, token, to: 'queued', notBefore, reason, code, at: clock.now() });
  }

  function openBreaker(row: Row): void {
    counters.count('breaker_opened', { channel: row.channel });
    log.error({ channel: row.channel }, 'ten outcomes of a sender are unknown: it pauses for 30 s');
    noteBreaker(row.sender, new Date(clock.now().getTime() + breakerPauseMs));
  }

  function gotAnswer(sender: string): void {
    if (breaker.known(sender)) noteBreaker(sender, null);
  }

  /** For Health and for other workers' guards; what this process obeys, it holds itself. */
  function noteBreaker(sender: string, until: Date | null): void {
    store.senders
      .updateOne({ _id: sender }, { $set: { breaker: { until, unknowns: [] } } }, { upsert: true })
      .catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'the breaker of a sender could not be noted');
      });
  }

  return {
    bell: ring,
    tick: pump,
    async settle() {
      do {
        await pump();
        await Promise.all([...inHand.values()].map(({ done }) => done));
      } while (inHand.size > 0 || pumping !== null);
      await receipts.settle();
    },
    async stop() {
      isStopped = true;
      await Promise.all(Object.values(channels).map((paced) => paced.stop()));
      const calls = Promise.all([...inHand.values()].map(({ done }) => done));
      await Promise.race([calls, new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
      await receipts.settle();
    },
  };
}

const isTooMany = (code: string): boolean => code === '20429' || code === 'http_429' || code === '429';

/** 2ⁿ s ± 20 %, at most five minutes. */
export function backoffMs(attempt: number, random: () => number): number {
  const spread = 0.8 + random() * 0.4;
  return Math.min(longestBackoffMs, Math.round(2 ** attempt * 1000 * spread));
}

interface Looking {
  readonly senders: readonly string[];
  readonly now: Date;
  readonly heldThreads: readonly string[];
  readonly resting: readonly string[];
}

const classOrder = (row: Candidate): number => classPriority.indexOf(row.class);
const classPriority: readonly MessageClass[] = ['compliance', 'reply', 'service', 'marketing'];

/**
 * The oldest that are due, by class priority. One look is enough while all that is due fits on a page; a backlog is asked
 * class by class, so that marketing in front never hides a reply behind it.
 */
export async function findDue(store: Store, looking: Looking): Promise<Candidate[]> {
  const all = await findPage(store, looking, messageClasses);
  if (all.length < pageSize) return oneAThread(all.sort((one, other) => classOrder(one) - classOrder(other)));
  const byClass: Candidate[] = [];
  for (const each of classPriority) {
    if (byClass.length < pageSize) byClass.push(...(await findPage(store, looking, [each])));
  }
  return oneAThread(byClass).slice(0, pageSize);
}

function oneAThread(candidates: readonly Candidate[]): Candidate[] {
  const threads = new Set<string>();
  return candidates.filter(({ contactId }) => {
    const isFirst = !threads.has(contactId);
    threads.add(contactId);
    return isFirst;
  });
}

async function findPage(
  store: Store,
  { senders, now, heldThreads, resting }: Looking,
  classes: readonly MessageClass[],
): Promise<Candidate[]> {
  const filter: Document = {
    status: 'queued',
    sender: { $in: [...senders] },
    class: { $in: [...classes] },
    notBefore: { $lte: now },
    ...(heldThreads.length > 0 ? { contactId: { $nin: [...heldThreads] } } : {}),
    ...(resting.length > 0 ? { _id: { $nin: [...resting] } } : {}),
  };
  const docs = await store.outbox
    .find(filter, {
      projection: { contactId: 1, attempt: 1, sender: 1, channel: 1, class: 1, 'body.segments': 1 },
    })
    .sort({ notBefore: 1 })
    .limit(pageSize)
    .toArray();
  return docs.map((doc) => ({
    rowId: doc._id,
    contactId: doc.contactId,
    attempt: doc.attempt,
    sender: doc.sender,
    channel: doc.channel,
    class: doc.class,
    weight: Math.max(1, doc.body.segments ?? 1),
  }));
}
