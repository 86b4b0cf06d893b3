import { addTallies, allOf, emptyTally, ratesOf, targets, type Rates, type Tally } from '../core/kpi.ts';
import type { Store } from '../store/connect.ts';
import type { KpiDoc } from '../store/kpi-daily.ts';

export interface Cell {
  readonly key: string;
  readonly tally: Tally;
  readonly rates: Rates;
}

/** How one sequence does against its targets, whole and in parts (lifecycle.md §15). */
export interface SequenceKpis {
  readonly flow: string;
  readonly targets: { readonly open: number; readonly click: number; readonly conversion: number } | null;
  readonly whole: Cell;
  readonly steps: readonly (Cell & { readonly stepKey: string; readonly channel: string })[];
  readonly channels: readonly Cell[];
  readonly versions: readonly Cell[];
  readonly arms: readonly Cell[];
  /** By day of entry. */
  readonly days: readonly Cell[];
}

export interface KpiRange {
  /** Local ISO dates of entry, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly flow?: string;
}

/** KPIs of every sequence that anyone entered in that time. */
export async function readKpis(store: Store, { from, to, flow }: KpiRange = {}): Promise<SequenceKpis[]> {
  const day = { ...(from ? { $gte: from } : {}), ...(to ? { $lte: to } : {}) };
  const docs = await store.kpiDaily
    .find({ ...(flow ? { flow } : {}), ...((from ?? to) ? { day } : {}) })
    .toArray();
  const flows = [...new Set(docs.map((doc) => doc.flow))].sort(byPlan);
  return flows.map((one) =>
    sequence(
      one,
      docs.filter((doc) => doc.flow === one),
    ),
  );
}

/** What went wrong with the numbers themselves: cells that the last rebuild found different. */
export async function readKpiDifferences(store: Store): Promise<readonly string[]> {
  const noted = (await store.settings.findOne({ _id: 'kpi' }))?.value as
    { differences?: string[] } | undefined;
  return noted?.differences ?? [];
}

const order = Object.keys(targets);
const byPlan = (one: string, other: string): number =>
  ((order.indexOf(one) + 99) % 99) - ((order.indexOf(other) + 99) % 99) || one.localeCompare(other);

function sequence(flow: string, docs: readonly KpiDoc[]): SequenceKpis {
  const runs = docs.filter(({ stepKey, channel }) => stepKey === allOf && channel === allOf);
  const steps = docs.filter(({ stepKey }) => stepKey !== allOf);
  const channels = docs.filter(({ stepKey, channel }) => stepKey === allOf && channel !== allOf);
  const run = (of: readonly KpiDoc[], key: string): Cell => cell(flow, of, key, true, true);
  return {
    flow,
    targets: targets[flow] ?? null,
    whole: run(runs, flow),
    steps: parts(steps, ({ stepKey, channel }) => `${stepKey}:${channel}`).map(([key, of]) => {
      const [stepKey = '', channel = ''] = key.split(':');
      return { ...cell(flow, of, key, channel === 'email', false), stepKey, channel };
    }),
    channels: parts(channels, ({ channel }) => channel).map(([key, of]) =>
      cell(flow, of, key, key === 'email', false),
    ),
    versions: parts(runs, ({ version }) => String(version)).map(([key, of]) => run(of, key)),
    arms: parts(runs, ({ arm }) => arm)
      .filter(([key]) => key !== '')
      .map(([key, of]) => run(of, key)),
    days: parts(runs, ({ day }) => day).map(([key, of]) => run(of, key)),
  };
}

function parts(docs: readonly KpiDoc[], keyOf: (doc: KpiDoc) => string): [string, KpiDoc[]][] {
  const groups = new Map<string, KpiDoc[]>();
  for (const doc of docs) {
    const group = groups.get(keyOf(doc));
    if (group) group.push(doc);
    else groups.set(keyOf(doc), [doc]);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
}

function cell(flow: string, docs: readonly KpiDoc[], key: string, hasOpens: boolean, isRun: boolean): Cell {
  const tally = docs.reduce((sum, doc) => addTallies(sum, doc.tally), emptyTally);
  return { key, tally, rates: ratesOf(tally, flow, hasOpens, isRun) };
}
