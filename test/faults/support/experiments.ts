import type { Plan, Planned, Rates } from '../../properties/simulation/plan.ts';
import { calm } from '../../properties/simulation/plan.ts';

/** One row of the table of faults (reliability.md §10). */
export interface Experiment {
  readonly name: string;
  readonly what: string;
  /** On the real product or the real database: a test of this title. */
  readonly test?: { readonly project: string; readonly file: string; readonly title: string };
  /** The real pipeline over the twins, in virtual time: what every seed's plan is made into. */
  readonly plan?: (plan: Plan) => Plan;
}

const rated =
  (rates: Partial<Rates>, more: Partial<Plan> = {}) =>
  (plan: Plan): Plan => ({ ...plan, ...more, rates: { ...calm, ...rates } });

/** So many instants, spread over the storm by the seed. */
const spread = (plan: Plan, count: number, act: (n: number) => Planned['act']): Planned[] =>
  Array.from({ length: count }, (_, n) => ({
    atMs: ((plan.seed * 7_919 + n * 104_729) % 10_000) * (plan.stormMs / 10_000),
    act: act(n),
  }));

const withActs =
  (acts: (plan: Plan) => Planned[], change: (plan: Plan) => Plan = (plan) => plan) =>
  (plan: Plan): Plan => {
    const next = change(plan);
    return { ...next, acts: [...next.acts, ...acts(next)].sort((one, other) => one.atMs - other.atMs) };
  };

const inTest = (title: string) => ({ project: 'faults', file: 'test/faults/in.test.ts', title });
const outTest = (title: string) => ({ project: 'faults', file: 'test/faults/out.test.ts', title });

export const experiments: readonly Experiment[] = [
  { name: 'F1', what: 'doors killed, inserts failing', test: inTest('whatever door was killed') },
  {
    name: 'F2',
    what: 'a worker killed at each step of claim, call, bind',
    plan: rated({ killedAtClaim: 0.4, killedAtCall: 0.4 }),
  },
  { name: 'F3', what: 'workers killed and frozen under load', test: outTest('nudges leave at most once') },
  {
    name: 'F4',
    what: 'frozen past its deadline, its lease, the proof',
    // Every other one thaws while another process has its row in a call that hangs.
    plan: (plan) =>
      plan.seed % 2 === 0
        ? rated(
            { frozenAtClaim: 0.4, frozenAtCall: 0.4, stopAtClaim: 0.3, throttled: 0.4 },
            { stormMs: 25_000 },
          )(plan)
        : rated(
            { frozenAtAnswer: 0.6, frozenAtClaim: 0.2, throttled: 0.5, hang: 0.4 },
            { stormMs: 300_000, freezesMs: [20_000, 140_000, 155_000, 175_000, 200_000] },
          )(plan),
  },
  {
    name: 'F5',
    what: 'all processes killed at once',
    plan: withActs((plan) =>
      [0, 1, 2, 3].map((part) => ({ atMs: plan.stormMs / 2, act: { do: 'kill', part } })),
    ),
  },
  {
    name: 'F7',
    what: 'the primary steps down',
    plan: withActs((plan) => spread(plan, 4, () => ({ do: 'fail over', ms: 2_500 }))),
  },
  { name: 'F8', what: 'commits of which nobody hears', test: inTest('a commit whose result nobody knows') },
  { name: 'F10', what: 'a slow database', plan: rated({ slowCommand: 0.5 }) },
  {
    name: 'F11',
    what: 'all faults of the carrier together',
    plan: rated({
      throttled: 0.22,
      failedBefore: 0.22,
      failedAfter: 0.22,
      hangAfter: 0.22,
      slowCall: 0.22,
      noStatus: 0.22,
      doubledStatus: 0.22,
      lateStatus: 0.22,
    }),
  },
  {
    name: 'F12',
    what: 'accepted long after our time-out',
    plan: rated({ acceptLate: 0.8, noStatus: 0.7 }, { listLagMs: 60_000 }),
  },
  {
    name: 'F13',
    what: 'the carrier away, then back',
    plan: withActs((plan) => spread(plan, 1, () => ({ do: 'carrier away', ms: 600_000 }))),
  },
  { name: 'F14', what: 'no receipts at all, answers lost', plan: rated({ noStatus: 1, failedAfter: 0.3 }) },
  {
    name: 'F15',
    what: 'receipts before the answer, reversed, doubled, late',
    plan: rated({ doubledStatus: 0.8, lateStatus: 0.8, slowCall: 0.5, failedAfter: 0.3 }),
  },
  {
    name: 'F16',
    what: 'a list a minute behind',
    plan: rated({ failedAfter: 0.5, noStatus: 0.8 }, { listLagMs: 60_000 }),
  },
  {
    name: 'F17',
    what: 'STOPs at random instants of a claim',
    test: outTest('after a STOP nothing more is said'),
  },
  {
    name: 'F18',
    what: 'coaches claim a thread the bot answers in',
    plan: withActs((plan) => [
      ...spread(plan, 3, () => ({ do: 'say', who: 0, text: 'HELP' })),
      ...spread(plan, 20, () => ({ do: 'coach', who: 0, act: 'claim' })),
    ]),
  },
  {
    name: 'F19',
    what: 'texts doubled and shuffled over two doors',
    test: inTest('come doubled and in any order'),
  },
  {
    name: 'F20',
    what: 'ticks doubled, clocks five seconds apart',
    plan: withActs(
      (plan) => spread(plan, 20, () => ({ do: 'hurry' })),
      (plan) => ({ ...plan, skewMs: 2_500 }),
    ),
  },
  {
    name: 'F21',
    what: 'both clock changes, every zone, zones that change',
    test: { project: 'properties', file: 'test/properties/calendar.test.ts', title: '' },
  },
  {
    name: 'F24',
    what: 'a step that throws, a row that kills its worker',
    test: { project: 'house', file: 'test/house/reconcile.test.ts', title: 'a row that kills its worker' },
  },
  { name: 'forged', what: 'posts the carrier did not sign', test: inTest('did not sign') },
  // On the real product, by hand: bench/real-faults.ts.
  { name: 'F6', what: 'three nodes, the primary killed' },
  { name: 'F9', what: 'no majority for half a minute' },
  { name: 'F22', what: 'a million runs waiting' },
  { name: 'F23', what: 'the stream of a coach cut, overflowed, rolled over' },
  { name: 'F25', what: 'rolling restarts, two versions side by side' },
];
