import { actionOf, retriesOf } from '../../src/channels/twilio/error-codes.ts';
import type { Arrival } from '../../src/core/arrival.ts';
import type { Library, Policy } from '../../src/core/library.ts';
import type { ClientSession } from 'mongodb';
import type { World } from '../../src/core/decide.ts';
import { silentLog } from '../../src/log.ts';
import { noCounters, type CounterName } from '../../src/pipeline/counters.ts';
import { createDispatch, type Crossing } from '../../src/pipeline/dispatch.ts';
import { createReceipts } from '../../src/pipeline/receipt.ts';
import { reconcile } from '../../src/pipeline/reconcile.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import type { Store } from '../../src/store/connect.ts';
import type { ClaimDeps } from '../../src/store/lease.ts';
import { loadWorlds } from '../../src/store/world.ts';
import { emptyLibrary, ourSenders } from './build.ts';
import { aCarrier, type Carrier } from './carrier.ts';
import { TestClock } from './clock.ts';

const cap: Policy['cap'] = {
  byChannel: { sms: { day: 1, week: 3 }, email: { day: 1, week: 4 } },
  together: { day: 2, week: 5, apartMs: 90 * 60_000, channels: ['sms', 'email', 'whatsapp'] },
};

export const cappedLibrary: Library = { ...emptyLibrary, policy: { ...emptyLibrary.policy, cap } };

/** A guard that knows one rule: who withdrew consent by SMS hears nothing but compliance. */
export const consentGuard: ClaimDeps['judge'] = (row, world, { now }) => {
  const isWithdrawn = world.consents['sms:marketing'] === 'withdrawn' && row.class !== 'compliance';
  const verdict = isWithdrawn
    ? ({ may: 'never', reason: 'no_consent', rule: 'consent' } as const)
    : ({ may: 'go' } as const);
  const decision = {
    id: `${row.id}-d-${String(row.attempt)}-${String(now.getTime())}`,
    contactId: row.contactId,
    rowId: row.id,
    runId: null,
    stepKey: null,
    at: now,
    asked: 'd',
    rule: isWithdrawn ? 'consent' : 'go',
    verdict: verdict.may,
    until: null,
    reason: isWithdrawn ? 'no_consent' : null,
    facts: {},
  } as const;
  return { verdict, row, decision };
};

/** Thrown where a test ends the process: whatever follows is not done. */
export class Killed extends Error {
  override name = 'Killed';
}

export interface RigOptions {
  readonly clock?: TestClock;
  readonly carrier?: Carrier;
  readonly judge?: ClaimDeps['judge'];
  readonly cross?: (crossing: Crossing, rowId: string) => void | Promise<void>;
  readonly monotonic?: () => number;
  readonly owns?: (sender: string) => boolean;
  readonly worlds?: (
    load: (ids: readonly string[], session: ClientSession) => Promise<Map<string, World>>,
  ) => ClaimDeps['loadWorlds'];
}

/** The sending half of the house on a real database, with a carrier of this process. */
export function aSendingHouse(store: Store, options: RigOptions = {}) {
  const clock = options.clock ?? new TestClock();
  const carrier = options.carrier ?? aCarrier();
  const told: Arrival[] = [];
  const counted: { name: CounterName; labels: Readonly<Record<string, string>> }[] = [];
  const drained: string[] = [];
  const arrive = (arrival: Arrival) => {
    told.push(arrival);
    return Promise.resolve({ isNew: true });
  };
  const counters = {
    ...noCounters,
    count: (name: CounterName, labels = {}, by = 1) => {
      if (by > 0) counted.push({ name, labels });
    },
  };
  const common = { store, clock, arrive, log: silentLog, counters };
  const receipts = createReceipts({ ...common, codes: { actionOf, retriesOf } });
  const load = (ids: readonly string[], session: ClientSession) =>
    loadWorlds(
      store,
      cappedLibrary,
      ids,
      { now: clock.now(), publicUrl: 'http://localhost', senders: ourSenders },
      session,
    );
  const dispatch = createDispatch({
    ...common,
    channels: { [carrier.channel.name]: carrier.paced },
    receipts,
    loadWorlds: options.worlds ? options.worlds(load) : load,
    judge: options.judge ?? consentGuard,
    owns: options.owns ?? (() => true),
    random: () => 0.5,
    ...(options.cross ? { cross: options.cross } : {}),
    ...(options.monotonic ? { monotonic: options.monotonic } : {}),
  });
  /** Milliseconds the database's clock is believed to be ahead: leases and looks without waiting for them. */
  let aheadMs = 0;
  const leaseNow = () => Promise.resolve(new Date(Date.now() + aheadMs));
  const soon = () => performance.now() + 30_000;

  return {
    clock,
    carrier,
    dispatch,
    receipts,
    /** Arrivals for threads. */
    told,
    counted,
    drained,
    later(ms: number) {
      aheadMs += ms;
    },
    sweep: () =>
      sweep(
        {
          ...common,
          drain: (id) => {
            drained.push(id);
            return Promise.resolve();
          },
          leaseNow,
        },
        soon(),
      ),
    reconcile: () =>
      reconcile(
        { ...common, receipts, channels: { [carrier.channel.name]: carrier.channel }, leaseNow },
        soon(),
      ),
  };
}
