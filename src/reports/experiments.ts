import {
  afterPromotion,
  checkRatio,
  holdbackEnd,
  isBreached,
  judgeTrial,
  readOut,
  type ArmReading,
  type RatioCheck,
  type Verdict,
} from '../core/experiment.ts';
import { channels } from '../core/vocabulary.ts';
import { addTallies, allOf, emptyTally, type Tally } from '../core/kpi.ts';
import type { Library } from '../core/library.ts';
import type { Store } from '../store/connect.ts';
import type { ExperimentDoc } from '../store/experiments.ts';
import { experimentsOf } from '../store/promotions.ts';
import type { Desk } from './rows.ts';

export interface ArmView {
  readonly key: string;
  readonly weight: number;
  readonly tally: Tally;
  readonly hits: number;
  readonly of: number;
  /** Contacts who were given this arm; someone who comes back keeps it. */
  readonly assigned: number;
  /** Steps of theirs that the guard was asked about, in this arm. */
  readonly exposed: number;
}

interface ArmCountDoc {
  readonly _id: string;
  readonly count: number;
}

/** By arm. */
interface Given {
  readonly people: ReadonlyMap<string, number>;
  readonly steps: ReadonlyMap<string, number>;
}

/** What became of the arms once one was promoted: the winner beside those who were kept with control. */
export interface AfterView {
  readonly holdbackUntil: Date;
  readonly arms: readonly { readonly key: string; readonly hits: number; readonly of: number }[];
}

/** An experiment that a flow is written for and nobody has started. */
export interface Candidate {
  readonly key: string;
  readonly flow: string;
  readonly steps: readonly string[];
  /** Arms that have words of their own. */
  readonly arms: readonly string[];
}

export interface ExperimentView extends Omit<ExperimentDoc, '_id' | 'arms'> {
  readonly key: string;
  readonly arms: readonly ArmView[];
  /** Each arm but control, against it. */
  readonly readings: readonly ArmReading[];
  readonly ratio: RatioCheck;
  readonly isGuardrailBreached: boolean;
  readonly verdict: Verdict;
  /** Steps whose words it changes. */
  readonly steps: readonly string[];
  /** At the pace so far; null before anybody was counted, or once it has ended. */
  readonly daysLeft: number | null;
  /** Null unless an arm was promoted. */
  readonly after: AfterView | null;
}

/** Numerator and denominator of each primary, as the KPIs define them. */
const measures: Readonly<Record<ExperimentDoc['primary'], (tally: Tally) => { hits: number; of: number }>> = {
  open: ({ opened, measurable }) => ({ hits: opened, of: measurable }),
  click: ({ clicked, delivered }) => ({ hits: clicked, of: delivered }),
  reply: ({ replied, delivered }) => ({ hits: replied, of: delivered }),
  conversion: ({ converted, closed }) => ({ hits: converted, of: closed }),
};

/** Every experiment with its read-out as of now, the running ones first. */
export async function readExperiments({ store, library, now }: Desk): Promise<ExperimentView[]> {
  const docs = await store.experiments.find().sort({ startedAt: -1 }).toArray();
  const views = await Promise.all(docs.map((doc) => viewOf(store, library, doc, now())));
  return views.sort((one, other) => Number(other.status === 'running') - Number(one.status === 'running'));
}

/** Experiments that the published flows name and that were never started. */
export async function readCandidates({ store, library }: Desk): Promise<readonly Candidate[]> {
  const started = new Set(
    (await store.experiments.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
  );
  return library.published.flatMap((flow) =>
    [...experimentsOf(flow)]
      .filter((key) => !started.has(key))
      .map((key) => {
        const steps = stepsOf(library, flow.id, key);
        const arms = steps.flatMap((step) => variantsOf(library, flow.id, step));
        return { key, flow: flow.id, steps, arms: [...new Set(arms)] };
      }),
  );
}

const stepsOf = (library: Library, flow: string, experiment: string): readonly string[] =>
  library.published
    .filter(({ id }) => id === flow)
    .flatMap(({ steps }) => steps.filter((step) => step.experiment === experiment).map(({ id }) => id));

/** Names under `variants` of a step's words, on any channel; those that a fact or a value calls for are nobody's arm. */
function variantsOf(library: Library, flow: string, step: string): readonly string[] {
  const words = library.words(library.wordsOf(flow));
  return channels.flatMap((channel) => {
    const tree = words.tree(flow, `${step}.${channel}.variants`, 'fr');
    const variants = Object.entries((tree ?? {}) as Record<string, object>);
    return variants.flatMap(([name, said]) => ('unless' in said || 'when' in said ? [] : [name]));
  });
}

async function viewOf(
  store: Store,
  library: Library,
  doc: ExperimentDoc,
  now: Date,
): Promise<ExperimentView> {
  const { _id: key, arms: shares, ...rest } = doc;
  const [tallies, given] = await Promise.all([talliesOf(store, doc, key), givenOf(store, key)]);
  const arms = shares.map(({ key: arm, weight }): ArmView => {
    const tally = tallies.get(arm) ?? emptyTally;
    const assigned = given.people.get(arm) ?? 0;
    const exposed = given.steps.get(arm) ?? 0;
    return { key: arm, weight, tally, assigned, exposed, ...measures[doc.primary](tally) };
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
    steps: stepsOf(library, doc.flow, key),
    daysLeft: doc.status === 'running' ? daysLeft(doc, arms, now) : null,
    after: doc.status === 'promoted' ? await afterOf(store, doc) : null,
  };
}

const dayMs = 86_400_000;

/** Days until the thinnest arm is full, at its pace since the start. */
function daysLeft(
  { plannedN, startedAt }: ExperimentDoc,
  arms: readonly ArmView[],
  now: Date,
): number | null {
  const least = Math.min(...arms.map(({ of }) => of));
  const days = (now.getTime() - startedAt.getTime()) / dayMs;
  if (least === 0 || days <= 0) return null;
  return Math.max(0, Math.ceil((plannedN - least) / (least / days)));
}

async function afterOf(store: Store, doc: ExperimentDoc): Promise<AfterView | null> {
  if (!doc.closedAt) return null;
  const tallies = await talliesOf(
    store,
    { ...doc, startedAt: doc.closedAt, closedAt: null },
    afterPromotion(doc._id),
  );
  return {
    holdbackUntil: holdbackEnd(doc.closedAt),
    arms: [doc.winner ?? doc.control, doc.control].map((key) => ({
      key,
      ...measures[doc.primary](tallies.get(key) ?? emptyTally),
    })),
  };
}

/** People who were given each arm, and steps that were judged in it: counted now, not at the last roll-up. */
async function givenOf(store: Store, experiment: string): Promise<Given> {
  const byArm = [{ $match: { experiment } }, { $group: { _id: '$arm', count: { $sum: 1 } } }];
  const [people, steps] = await Promise.all([
    store.assignments.aggregate<ArmCountDoc>(byArm).toArray(),
    store.exposures.aggregate<ArmCountDoc>(byArm).toArray(),
  ]);
  const counts = (docs: readonly ArmCountDoc[]) => new Map(docs.map(({ _id, count }) => [_id, count]));
  return { people: counts(people), steps: counts(steps) };
}

const isHarm = (control: Tally, arm: Tally, planned: number): boolean =>
  isBreached(
    { hits: control.unsubscribed, of: control.delivered },
    { hits: arm.unsubscribed, of: arm.delivered },
    planned,
  );

/** Runs by their arm under that name, whatever other experiments they are in; those who came after its end are left out. */
async function talliesOf(
  store: Store,
  { flow, startedAt, closedAt }: Pick<ExperimentDoc, 'flow' | 'startedAt' | 'closedAt'>,
  name: string,
): Promise<Map<string, Tally>> {
  const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
  const day = { $gte: dayOf(startedAt), ...(closedAt ? { $lte: dayOf(closedAt) } : {}) };
  const tallies = new Map<string, Tally>();
  for await (const doc of store.kpiDaily.find({ flow, day, stepKey: allOf, channel: allOf })) {
    const arm = doc.arm
      .split('+')
      .find((one) => one.startsWith(`${name}=`))
      ?.slice(name.length + 1);
    if (arm !== undefined) tallies.set(arm, addTallies(tallies.get(arm) ?? emptyTally, doc.tally));
  }
  return tallies;
}

/** The month's experiments in plain lines, for the report of the 1st: what ran, what was learnt, what comes of it. */
export function monthlyReport(views: readonly ExperimentView[], month: string): readonly ExperimentView[] {
  const isOf = (at: Date | null | undefined): boolean => at?.toISOString().startsWith(month) ?? false;
  return views.filter((one) => one.status === 'running' || isOf(one.closedAt) || isOf(one.startedAt));
}
