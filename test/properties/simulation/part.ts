import { actionOf, retriesOf } from '../../../src/channels/twilio/error-codes.ts';
import { pace } from '../../../src/channels/pace.ts';
import type { Clock } from '../../../src/clock.ts';
import { judgeAtClaim, type Decide } from '../../../src/core/decide.ts';
import type { Library } from '../../../src/core/library.ts';
import { reconcileTick } from '../../../src/jobs/reconcile.ts';
import { sweepTick } from '../../../src/jobs/sweep.ts';
import { runTick, type Tick } from '../../../src/jobs/tick.ts';
import { wakeTick } from '../../../src/jobs/wake.ts';
import { dispatchTick } from '../../../src/jobs/dispatch.ts';
import { silentLog } from '../../../src/log.ts';
import { createArrive, type Arrive } from '../../../src/pipeline/arrive.ts';
import { noCounters } from '../../../src/pipeline/counters.ts';
import { createDispatch, type Dispatch } from '../../../src/pipeline/dispatch.ts';
import { createDrain, type Drain } from '../../../src/pipeline/drain.ts';
import { ownSenders } from '../../../src/pipeline/own-senders.ts';
import { createReceipts, type Receipts } from '../../../src/pipeline/receipt.ts';
import type { Store } from '../../../src/store/connect.ts';
import { loadWorlds } from '../../../src/store/world.ts';
import type { CarrierTwin } from './carrier.ts';
import type { Owner, Time } from './time.ts';

export const ourSenders = [
  { key: 'sms:+33639980100', channel: 'sms' },
  { key: 'email:bonjour@mona.example', channel: 'email' },
] as const;

export const publicUrl = 'http://localhost:3000';
export const defaults = { country: 'FR', zone: 'Europe/Paris', locale: 'fr' } as const;

/** What the house decides with: the same in every process and every run. */
export interface Mind {
  readonly library: Library;
  readonly decide: Decide;
}

/** One process of the house: what app/house.ts and app/jobs.ts furnish, of the same parts. */
export interface Part {
  readonly owner: Owner;
  readonly isWeb: boolean;
  readonly clock: Clock;
  readonly arrive: Arrive;
  readonly drain: Drain;
  readonly dispatch: Dispatch;
  readonly receipts: Receipts;
  readonly ticks: readonly Tick[];
}

export interface PartOptions {
  readonly owner: Owner;
  readonly role: 'web' | 'worker' | 'all';
  readonly store: Store;
  readonly carrier: CarrierTwin;
  readonly mps: number;
  readonly skewMs: number;
  readonly time: Time;
  readonly mind: Mind;
}

/** Furnishes a process; called in an event of its owner, so that its timers are its own. */
export function openPart({ owner, role, store, carrier, mps, skewMs, time, mind }: PartOptions): Part {
  const { library, decide } = mind;
  const clock: Clock = { now: () => new Date(time.now() + skewMs) };
  const isWorker = role !== 'web';
  const log = silentLog;
  const counters = noCounters;
  const world = () => ({ now: clock.now(), publicUrl, senders: ourSenders });
  let dispatch: Dispatch | null = null;
  const bell = (): void => dispatch?.bell();
  const drain = createDrain({
    store,
    library,
    clock,
    decide,
    bell,
    reserve: (candidate) => dispatch?.reserve(candidate) ?? null,
    log,
    publicUrl,
    senders: ourSenders,
  });
  const arrive = createArrive({ store, defaults, onArrived: (contactId) => void drain.drain(contactId) });
  const receipts = createReceipts({ store, clock, arrive, codes: { actionOf, retriesOf }, log, counters });
  const channels = Object.fromEntries(
    ourSenders.map(({ key, channel }) => [channel, carrier.channel(channel, key, owner)]),
  );
  const paced = Object.fromEntries(
    Object.entries(channels).map(([name, channel]) => [name, pace(channel, { mps, log })]),
  );
  // A lifted rate needs no owner of a sender: every worker speaks at once, as with a shared limiter.
  const ownership =
    isWorker && mps > 0
      ? ownSenders({ store, senders: ourSenders.map(({ key }) => key), by: owner.name, log, onTaken: bell })
      : { owns: () => isWorker, renew: () => Promise.resolve() };
  void ownership.renew();
  const sending = createDispatch({
    store,
    clock,
    channels: isWorker ? paced : {},
    receipts,
    loadWorlds: (ids, session, unread) => loadWorlds(store, library, ids, { ...world(), unread }, session),
    judge: judgeAtClaim,
    owns: (sender) => ownership.owns(sender),
    log,
    counters,
  });
  dispatch = sending;
  const common = { store, clock, arrive, log, counters };
  return {
    owner,
    isWeb: role !== 'worker',
    clock,
    arrive,
    drain,
    dispatch: sending,
    receipts,
    ticks: isWorker
      ? [
          wakeTick(common),
          dispatchTick(sending),
          sweepTick({ ...common, drain: (contactId) => drain.drain(contactId) }),
          reconcileTick({ ...common, channels, receipts }),
        ]
      : [],
  };
}

/** Runs a tick now, whatever else runs. */
export const tickNow = (tick: Tick): void => {
  void runTick(tick, { log: silentLog, onRun: () => undefined });
};
