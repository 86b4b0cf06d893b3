import type { Clock } from '../clock.ts';
import { dimensions, preflight, type Dimension, type Preflight } from '../core/experiment.ts';
import { badRequest, conflict } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import type { ExperimentDoc } from '../store/experiments.ts';
import { publishPromotions } from '../store/publish.ts';

export interface NewExperiment {
  readonly key: string;
  readonly flow: string;
  readonly dimension: Dimension;
  readonly arms: readonly { readonly key: string; readonly weight: number }[];
  readonly control: string;
  readonly primary: ExperimentDoc['primary'];
  readonly baseRate: number;
  readonly lift: number;
}

export interface ExperimentDeps {
  readonly store: Store;
  readonly clock: Clock;
}

const daysOfEntries = 28;
const dayMs = 86_400_000;

/** How many enter a flow a day, from the last four weeks. */
async function entriesPerDay({ store, clock }: ExperimentDeps, flow: string): Promise<number> {
  const since = new Date(clock.now().getTime() - daysOfEntries * dayMs);
  return (await store.runs.countDocuments({ flow, enteredAt: { $gte: since } })) / daysOfEntries;
}

/** What an experiment would take, at the real rate of entries. Nothing is written. */
export async function planExperiment(deps: ExperimentDeps, plan: NewExperiment): Promise<Preflight> {
  check(plan);
  return preflight(plan.baseRate, plan.lift, plan.arms.length, await entriesPerDay(deps, plan.flow));
}

function check({ arms, control, dimension, primary }: NewExperiment): void {
  if (!dimensions.includes(dimension))
    throw badRequest('no_dimension', `An experiment changes one of ${dimensions.join(', ')}.`);
  if (arms.length < 2) throw badRequest('too_few_arms', 'An experiment has two arms at least.');
  if (!arms.some(({ key }) => key === control))
    throw badRequest('no_control', `"${control}" is none of the arms.`);
  if (primary === 'open' && dimension !== 'subject')
    throw badRequest(
      'open_is_for_subjects',
      'Openings judge subject lines only; take clicks or conversions.',
    );
}

/** Starts it. A running one of the same key must be closed first: an edit is another experiment. */
export async function startExperiment(
  deps: ExperimentDeps,
  plan: NewExperiment,
  by: string,
): Promise<ExperimentDoc> {
  const { perArm, isPowered } = await planExperiment(deps, plan);
  const { key, ...rest } = plan;
  const doc: ExperimentDoc = {
    _id: key,
    ...rest,
    plannedN: perArm,
    isPowered,
    status: 'running',
    startedAt: deps.clock.now(),
    closedAt: null,
    winner: null,
    by,
  };
  if (await deps.store.experiments.findOne({ _id: key }))
    throw conflict('experiment_exists', `"${key}" has run already. Give what you change another name.`);
  await deps.store.experiments.insertOne(doc);
  return doc;
}

/**
 * Ends it: with a winner only where the read-out allows one. What won becomes the words of the flow's next version, in the
 * same transaction. @returns that version, e.g. `nurturing@8`; null without a winner.
 */
export async function closeExperiment(
  { store, clock }: ExperimentDeps,
  key: string,
  winner: string | null,
  by: string,
): Promise<string | null> {
  const at = clock.now();
  return store.transact(async (session) => {
    const closed = await store.experiments.findOneAndUpdate(
      { _id: key, status: 'running' },
      { $set: { status: winner ? 'promoted' : 'closed', winner, closedAt: at } },
      { session },
    );
    if (!closed) throw conflict('not_running', `No experiment "${key}" is running.`);
    return winner ? publishPromotions(store, closed.flow, by, at, session) : null;
  });
}
