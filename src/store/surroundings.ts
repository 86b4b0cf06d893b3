import { monotonicMs } from '../clock.ts';
import type { Offer } from '../core/decide.ts';
import type { RunningExperiment } from '../core/experiment.ts';
import { without } from './collection.ts';
import type { Store } from './connect.ts';
import { firstHours, type BusyCoach, type TeamHours } from './duty.ts';
import type { OfferDoc } from './offers.ts';
import type { SenderDoc } from './senders.ts';

/** What is the same for every contact at an instant: read once for a batch, and for those that follow within `freshMs`. */
export interface Surroundings {
  readonly coaches: readonly BusyCoach[];
  readonly coachNames: Readonly<Record<string, string>>;
  readonly hours: TeamHours;
  readonly offers: readonly Offer[];
  readonly senders: ReadonlyMap<string, SenderDoc>;
  readonly pausedFlows: readonly string[];
  readonly stoppedTriggers: readonly string[];
  readonly experiments: readonly RunningExperiment[];
}

interface Known {
  readonly at: number;
  readonly read: Promise<Surroundings>;
}

const known = new WeakMap<Store, Known>();

/**
 * Surroundings no older than `freshMs` of the monotonic clock. A block written there (a sequence paused, a sender stopped)
 * takes hold within that time, which must stay under D (2 s, reliability.md §6).
 */
export function readSurroundings(store: Store, freshMs: number): Promise<Surroundings> {
  const last = known.get(store);
  if (last && monotonicMs() - last.at < freshMs) return last.read;
  const read = query(store);
  known.set(store, { at: monotonicMs(), read });
  // A failed reading is nobody's answer but its own.
  read.catch(() => {
    if (known.get(store)?.read === read) known.delete(store);
  });
  return read;
}

async function query(store: Store): Promise<Surroundings> {
  const [coaches, busy, hours, offers, senders, paused, storms, running] = await Promise.all([
    store.coaches
      .find({ leftAt: null, status: { $ne: 'invited' } }, { projection: { name: 1, status: 1, beatAt: 1 } })
      .toArray(),
    store.threads
      .aggregate<{ _id: string; count: number }>([
        { $match: { 'own.state': 'coach' } },
        { $group: { _id: '$own.ownerId', count: { $sum: 1 } } },
      ])
      .toArray(),
    store.settings.findOne({ _id: 'hours' }),
    store.offers.find({ contactId: null }).toArray(),
    store.senders.find().toArray(),
    store.flows.find({ pausedAt: { $type: 'date' } }, { projection: { _id: 1 } }).toArray(),
    store.settings.findOne({ _id: 'triggers' }),
    store.experiments.find({ status: 'running' }, { projection: { arms: 1 } }).toArray(),
  ]);
  const open = new Map(busy.map(({ _id, count }) => [_id, count]));
  return {
    coaches: coaches.map((coach) => ({ ...coach, openThreads: open.get(coach._id) ?? 0 })),
    coachNames: Object.fromEntries(coaches.map(({ _id, name }) => [_id, name])),
    hours: (hours?.value as TeamHours | undefined) ?? firstHours,
    offers: offers.map(offerOf),
    senders: new Map(senders.map((sender) => [sender._id, sender])),
    pausedFlows: paused.map(({ _id }) => _id),
    experiments: running.map(({ _id, arms }) => ({ key: _id, arms })),
    stoppedTriggers: Object.keys((storms?.value as Record<string, unknown> | undefined) ?? {}),
  };
}

/** An offer as core reads it: without what the store keeps beside it. */
export const offerOf = (doc: OfferDoc): Offer => without(doc, '_id', 'evidence');
