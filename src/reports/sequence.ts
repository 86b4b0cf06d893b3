import { questionOf } from '../core/flow/timeline.ts';
import type { Flow, Offset, Step } from '../core/flow/definition.ts';
import type { Channel, MessageClass } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { readKpis, type Cell, type SequenceKpis } from './kpi.ts';
import type { Desk } from './rows.ts';

export interface Count {
  readonly key: string;
  readonly count: number;
}

/** One message of a sequence: when it is due, what became of it, who is before it. */
export interface SpineStep {
  readonly id: string;
  readonly at: Offset;
  readonly channel: Channel;
  readonly fallback: readonly Channel[];
  readonly class: MessageClass | 'marketing+core';
  readonly isConditional: boolean;
  readonly claims: readonly string[];
  /** By channel, as far as any was sent. */
  readonly cells: readonly (Cell & { readonly channel: string })[];
  readonly skipped: readonly Count[];
  /** Written and not yet let go, by what holds it. */
  readonly held: readonly Count[];
  /** Runs whose next message this is. */
  readonly waiting: number;
  readonly question: {
    readonly node: string;
    readonly waiting: number;
    readonly answers: readonly Count[];
  } | null;
}

export interface SequenceView {
  readonly id: string;
  readonly kind: Flow['kind'];
  readonly version: number;
  readonly publishedAt: Date | null;
  readonly pausedAt: Date | null;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly goal: { readonly on: readonly string[]; readonly withinMs: number } | null;
  readonly targets: SequenceKpis['targets'];
  readonly whole: Cell | null;
  readonly steps: readonly SpineStep[];
  readonly runs: {
    readonly open: number;
    readonly tail: number;
    /** Held by a person. */
    readonly held: number;
    readonly versions: readonly Count[];
    readonly exits: readonly Count[];
  };
}

export interface SequenceName {
  readonly id: string;
  readonly version: number;
  readonly steps: number;
  readonly isPaused: boolean;
  readonly open: number;
}

/** Sequences in the order a person lives through them. */
const lifeOrder = ['welcome', 'nurturing', 'upsell', 'spark', 'winback'];
const placeOf = (id: string): number =>
  (lifeOrder.indexOf(id) + lifeOrder.length + 1) % (lifeOrder.length + 1);

/** What is published and has a timeline, with the runs in flight. */
export async function readSequenceNames({ store, library }: Desk): Promise<readonly SequenceName[]> {
  const flows = library.published.filter(({ kind, steps }) => kind === 'sequence' && steps.length > 0);
  const [pointers, open] = await Promise.all([
    store.flows.find({ _id: { $in: flows.map(({ id }) => id) } }, { projection: { pausedAt: 1 } }).toArray(),
    Promise.all(flows.map(({ id }) => store.runs.countDocuments({ flow: id, open: true }))),
  ]);
  const paused = new Set(pointers.flatMap(({ _id, pausedAt }) => (pausedAt ? [_id] : [])));
  return flows
    .map(({ id, version, steps }, at) => ({
      id,
      version,
      steps: steps.length,
      isPaused: paused.has(id),
      open: open[at] ?? 0,
    }))
    .sort((one, other) => placeOf(one.id) - placeOf(other.id));
}

export function needFlow({ library }: Desk, id: string): Flow {
  const flow = library.published.find((one) => one.id === id);
  if (!flow) throw notFound('no_such_sequence', 'No sequence of this name is published.');
  return flow;
}

/** Everything the page of one sequence shows but its words (inbox.md §13). */
export async function readSequence(desk: Desk, id: string): Promise<SequenceView> {
  const flow = needFlow(desk, id);
  const [pointer, [kpis], runs, held] = await Promise.all([
    desk.store.flows.findOne({ _id: id }),
    readKpis(desk.store, { flow: id }),
    countRuns(desk, id),
    countHeld(desk, id),
  ]);
  return {
    id,
    kind: flow.kind,
    version: flow.version,
    publishedAt: pointer?.publishedAt ?? null,
    pausedAt: pointer?.pausedAt ?? null,
    priority: flow.priority,
    exclusive: flow.exclusive,
    goal: flow.goal ? { on: flow.goal.on, withinMs: flow.goal.withinMs } : null,
    targets: kpis?.targets ?? null,
    whole: kpis?.whole ?? null,
    steps: flow.steps.map((step) => spineStep(step, kpis ?? null, runs, held)),
    runs: {
      open: runs.open,
      tail: runs.tail,
      held: runs.held,
      versions: runs.versions,
      exits: runs.exits,
    },
  };
}

interface StepCount extends Count {
  readonly step: string;
}

interface RunCounts {
  readonly open: number;
  readonly tail: number;
  readonly held: number;
  readonly versions: readonly Count[];
  readonly exits: readonly Count[];
  readonly before: readonly Count[];
  readonly asked: readonly Count[];
  readonly verdicts: readonly StepCount[];
  /** `step` is the question's node. */
  readonly answers: readonly StepCount[];
}

/** Verdicts under which a step was spoken, or will be. */
const spoken = new Set(['go', 'wait', 'ghost']);

function spineStep(
  step: Step,
  kpis: SequenceKpis | null,
  runs: RunCounts,
  held: readonly StepCount[],
): SpineStep {
  const node = questionOf(step, Object.keys(step.sections));
  const of = (counts: readonly StepCount[], key: string): readonly Count[] =>
    counts.filter(({ step: other }) => other === key).map(({ key: name, count }) => ({ key: name, count }));
  return {
    id: step.id,
    at: step.at,
    channel: step.channel,
    fallback: step.fallback,
    class: typeof step.class === 'string' ? step.class : 'marketing+core',
    isConditional: step.when !== undefined,
    claims: step.claims,
    cells: kpis?.steps.filter(({ stepKey }) => stepKey === step.id) ?? [],
    skipped: of(runs.verdicts, step.id).filter(({ key }) => !spoken.has(key)),
    held: of(held, step.id),
    waiting: runs.before.find(({ key }) => key === step.id)?.count ?? 0,
    question:
      node === null
        ? null
        : {
            node,
            waiting: runs.asked.find(({ key }) => key === node)?.count ?? 0,
            answers: of(runs.answers, node),
          },
  };
}

const isText = (field: string) => ({ [field]: { $type: 'string' } });
const sumBy = (id: unknown) => ({ $group: { _id: id, count: { $sum: 1 } } });
const asCount = [
  { $project: { _id: 0, key: { $toString: '$_id' }, count: 1 } },
  { $sort: { count: -1, key: 1 } },
];
const asStepCount = [
  { $project: { _id: 0, step: '$_id.step', key: '$_id.key', count: 1 } },
  { $sort: { count: -1, key: 1 } },
];

async function countRuns({ store }: Desk, flow: string): Promise<RunCounts> {
  const open = { $match: { open: true } };
  const [counts] = await store.runs
    .aggregate<
      Omit<RunCounts, 'open' | 'tail' | 'held'> & {
        states: readonly { open: number; tail: number; held: number }[];
      }
    >([
      { $match: { flow } },
      {
        $facet: {
          states: [
            open,
            {
              $group: {
                _id: null,
                open: { $sum: 1 },
                tail: { $sum: { $cond: [{ $eq: ['$phase', 'tail'] }, 1, 0] } },
                held: { $sum: { $cond: [{ $ifNull: ['$hold', false] }, 1, 0] } },
              },
            },
          ],
          versions: [open, sumBy('$version'), ...asCount],
          exits: [{ $match: { open: false, ...isText('exitReason') } }, sumBy('$exitReason'), ...asCount],
          before: [open, { $match: isText('stepKey') }, sumBy('$stepKey'), ...asCount],
          asked: [open, { $match: isText('talk.node') }, sumBy('$talk.node'), ...asCount],
          verdicts: [
            { $project: { done: { $objectToArray: { $ifNull: ['$done', {}] } } } },
            { $unwind: '$done' },
            sumBy({ step: '$done.k', key: '$done.v.verdict' }),
            ...asStepCount,
          ],
          answers: [
            { $unwind: '$past' },
            sumBy({ step: '$past.node', key: { $ifNull: ['$past.choice', '$past.how'] } }),
            ...asStepCount,
          ],
        },
      },
    ])
    .toArray();
  const [state] = counts?.states ?? [];
  return {
    open: state?.open ?? 0,
    tail: state?.tail ?? 0,
    held: state?.held ?? 0,
    versions: counts?.versions ?? [],
    exits: counts?.exits ?? [],
    before: counts?.before ?? [],
    asked: counts?.asked ?? [],
    verdicts: counts?.verdicts ?? [],
    answers: counts?.answers ?? [],
  };
}

function countHeld({ store }: Desk, flow: string): Promise<StepCount[]> {
  return store.outbox
    .aggregate<StepCount>([
      { $match: { status: 'queued', 'guard.flow': flow, ...isText('stepKey'), ...isText('reason') } },
      sumBy({ step: '$stepKey', key: '$reason' }),
      ...asStepCount,
    ])
    .toArray();
}
