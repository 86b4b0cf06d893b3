import { SendError, type Accepted, type Paced } from '../channels/channel.ts';
import type { Clock } from '../clock.ts';
import type { Row } from '../core/row.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/connect.ts';
import { claimToWireMs, type Claimed } from '../store/lease.ts';
import { breakerPauseMs, type Breaker } from './breaker.ts';
import type { Counters } from './counters.ts';
import type { Receipts } from './receipt.ts';

/** The SDK's own time-out is 30 s: longer than the lease. */
const callMs = 8_000;
const longestBackoffMs = 300_000;
const validityS = { least: 1, most: 36_000 };

/** Where a test may end this process: what is thrown there is written nowhere. */
export type Crossing = 'turn' | 'claimed' | 'called' | 'bound';

export interface CallDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly receipts: Receipts;
  readonly log: Log;
  readonly counters: Counters;
  readonly breaker: Breaker;
  readonly random: () => number;
  readonly monotonic: () => number;
  readonly cross?: (crossing: Crossing, rowId: string) => void | Promise<void>;
}

/** A call that is over. */
export interface Called {
  /** Resolves once what surely came of it is written down: that needs no turn at the sender. */
  readonly written: Promise<void>;
}

/** Calls the carrier for a claimed row, once, and writes down what surely came of it; what nobody knows, it does not. */
export async function call(deps: CallDeps, paced: Paced, claimed: Claimed): Promise<Called> {
  const speak = (): Promise<Called> => callNow(deps, paced, claimed);
  const { sender, body } = claimed.row;
  return paced.wire ? paced.wire(sender, Math.max(1, body.segments ?? 1), speak) : speak();
}

async function callNow(deps: CallDeps, paced: Paced, claimed: Claimed): Promise<Called> {
  const { clock, counters } = deps;
  const { row, beganMs } = claimed;
  const leftS = Math.floor((row.expiresAt.getTime() - clock.now().getTime()) / 1000);
  const validForS = Math.max(validityS.least, Math.min(validityS.most, leftS));
  // The check and the call share one turn of the event loop: no other work of ours comes between them (A3).
  if (deps.monotonic() - beganMs > claimToWireMs) {
    counters.count('calls', { channel: row.channel, outcome: 'too_late' });
    return { written: back(deps, claimed, 'too_late', null, clock.now()) };
  }
  const outcome = await paced.channel.send(row, { signal: AbortSignal.timeout(callMs), validForS }).then(
    (accepted) => ({ accepted }),
    (error: unknown) => ({ error }),
  );
  await deps.cross?.('called', row.id);
  if ('error' in outcome) return { written: notAccepted(deps, paced, claimed, outcome.error) };
  counters.count('calls', { channel: row.channel, outcome: 'accepted' });
  gotAnswer(deps, row.sender);
  return { written: bind(deps, claimed, outcome.accepted) };
}

async function bind(
  { receipts, cross }: CallDeps,
  { row, hasMore }: Claimed,
  accepted: Accepted,
): Promise<void> {
  await receipts.bind(row, accepted, !hasMore);
  await cross?.('bound', row.id);
}

async function notAccepted(deps: CallDeps, paced: Paced, claimed: Claimed, error: unknown): Promise<void> {
  const { clock, counters, log } = deps;
  const { row, token } = claimed;
  if (!(error instanceof SendError)) {
    // Nobody knows. Nothing is written: the lease speaks.
    counters.count('calls', { channel: row.channel, outcome: 'unknown' });
    log.warn({ rowId: row.id, error: messageOf(error) }, 'the outcome of a call is unknown');
    if (deps.breaker.unknown(row.sender)) openBreaker(deps, row);
    return;
  }
  const outcome = outcomeOf(error);
  counters.count('calls', { channel: row.channel, outcome });
  if (outcome === 'throttled') paced.slowDown(row.sender);
  if (outcome !== 'not_taken') gotAnswer(deps, row.sender);
  const at = clock.now();
  if (outcome === 'refused') {
    await deps.receipts.refuse({
      row,
      token,
      to: 'failed',
      notBefore: at,
      reason: 'refused',
      code: error.code,
      at,
    });
    return;
  }
  await back(
    deps,
    claimed,
    outcome,
    error.code,
    new Date(at.getTime() + backoffMs(row.attempt, deps.random)),
  );
}

function outcomeOf({ code, retry }: SendError): 'throttled' | 'not_taken' | 'refused' {
  if (code === '20429' || code === 'http_429') return 'throttled';
  return retry ? 'not_taken' : 'refused';
}

/** 2ⁿ s ± 20 %, at most five minutes. */
export function backoffMs(attempt: number, random: () => number): number {
  const spread = 0.8 + random() * 0.4;
  return Math.min(longestBackoffMs, Math.round(2 ** attempt * 1000 * spread));
}

async function back(
  { receipts, clock }: CallDeps,
  { row, token }: Claimed,
  reason: string,
  code: string | null,
  notBefore: Date,
): Promise<void> {
  await receipts.refuse({ row, token, to: 'queued', notBefore, reason, code, at: clock.now() });
}

function openBreaker(deps: CallDeps, row: Row): void {
  deps.counters.count('breaker_opened', { channel: row.channel });
  deps.log.error({ channel: row.channel }, 'ten outcomes of a sender are unknown: it pauses for 30 s');
  noteBreaker(deps, row.sender, new Date(deps.clock.now().getTime() + breakerPauseMs));
}

function gotAnswer(deps: CallDeps, sender: string): void {
  if (deps.breaker.known(sender)) noteBreaker(deps, sender, null);
}

/** For Health and for other workers' guards; what this process obeys, it holds itself. */
function noteBreaker({ store, log }: CallDeps, sender: string, until: Date | null): void {
  store.senders
    .updateOne({ _id: sender }, { $set: { breaker: { until, unknowns: [] } } }, { upsert: true })
    .catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the breaker of a sender could not be noted');
    });
}
