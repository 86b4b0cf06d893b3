import {
  checkRatio,
  isBreached,
  judgeTrial,
  readOut,
  type ArmReading,
  type RatioCheck,
  type Verdict,
} from '../core/experiment.ts';
import { addTallies, allOf, emptyTally, type Tally } from '../core/kpi.ts';
import type { Store } from '../store/connect.ts';
import type { ExperimentDoc } from '../store/experiments.ts';

export interface ArmView {
  readonly key: string;
  readonly weight: number;
  readonly tally: Tally;
  readonly hits: number;
  readonly of: number;
}

export interface ExperimentView extends Omit<ExperimentDoc, '_id' | 'arms'> {
  readonly key: string;
  readonly arms: readonly ArmView[];
  /** Each arm but control, against it. */
  readonly readings: readonly ArmReading[];
  readonly ratio: RatioCheck;
  readonly isGuardrailBreached: boolean;
  readonly verdict: Verdict;
}

/** Numerator and denominator of each primary, as the KPIs define them. */
const measures: Readonly<Record<ExperimentDoc['primary'], (tally: Tally) => { hits: number; of: number }>> = {
  open: ({ opened, measurable }) => ({ hits: opened, of: measurable }),
  click: ({ clicked, delivered }) => ({ hits: clicked, of: delivered }),
  reply: ({ replied, delivered }) => ({ hits: replied, of: delivered }),
  conversion: ({ converted, closed }) => ({ hits: converted, of: closed }),
};

/** Every experiment with its read-out as of now, the running ones first. */
export async function readExperiments(store: Store, now: Date): Promise<ExperimentView[]> {
  const docs = await store.experiments.find().sort({ startedAt: -1 }).toArray();
  const views = await Promise.all(docs.map((doc) => viewOf(store, doc, now)));
  return views.sort((one, other) => Number(other.status === 'running') - Number(one.status === 'running'));
}

async function viewOf(store: Store, doc: ExperimentDoc, now: Date): Promise<ExperimentView> {
  const { _id: key, arms: shares, ...rest } = doc;
  const tallies = await talliesOf(store, doc);
  const arms = shares.map(({ key: arm, weight }): ArmView => {
    const tally = tallies.get(arm) ?? emptyTally;
    return { key: arm, weight, tally, ...measures[doc.primary](tally) };
  });
  const control = arms.find((arm) => arm.key === doc.control) ?? {
    key: doc.control,
    weight: 1,
    tally: emptyTally,
    hits: 0,
    of: 0,
  };
  const others = arms.filter((arm) => arm.key !== doc.control);
  const isGuardrailBreached = others.some((arm) => isHarm(control.tally, arm.tally, doc.plannedN));
  const entered = arms.map(({ tally, weight }) => ({ of: tally.entered, weight }));
  return {
    ...rest,
    key,
    arms,
    readings: readOut(control, others),
    ratio: checkRatio(entered),
    isGuardrailBreached,
    verdict: judgeTrial({ ...doc, control, others, isGuardrailBreached }, now),
  };
}

const isHarm = (control: Tally, arm: Tally, planned: number): boolean =>
  isBreached(
    { hits: control.unsubscribed, of: control.delivered },
    { hits: arm.unsubscribed, of: arm.delivered },
    planned,
  );

/** Runs by their arm of this experiment, whatever other experiments they are in. */
async function talliesOf(store: Store, { _id, flow, startedAt }: ExperimentDoc): Promise<Map<string, Tally>> {
  const day = { $gte: startedAt.toISOString().slice(0, 10) };
  const tallies = new Map<string, Tally>();
  for await (const doc of store.kpiDaily.find({ flow, day, stepKey: allOf, channel: allOf })) {
    const arm = doc.arm
      .split('+')
      .find((one) => one.startsWith(`${_id}=`))
      ?.slice(_id.length + 1);
    if (arm !== undefined) tallies.set(arm, addTallies(tallies.get(arm) ?? emptyTally, doc.tally));
  }
  return tallies;
}

/** The month's experiments in plain lines, for the report of the 1st: what ran, what was learnt, what comes of it. */
export function monthlyReport(views: readonly ExperimentView[], month: string): readonly ExperimentView[] {
  const isOf = (at: Date | null | undefined): boolean => at?.toISOString().startsWith(month) ?? false;
  return views.filter((one) => one.status === 'running' || isOf(one.closedAt) || isOf(one.startedAt));
}
