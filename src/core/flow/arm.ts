import { armOf } from '../experiment.ts';
import type { Library } from '../library.ts';
import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Flow, Step } from './definition.ts';
import type { Turn } from './turn.ts';

type Experimenting = Pick<Snapshot, 'experiments' | 'assignments'>;

const runningOf = ({ experiments }: Experimenting, key: string) =>
  experiments?.find((one) => one.key === key);

/** The arm a contact was given once, else the one their hash falls in; null where the experiment does not run. */
function armFor(snapshot: Experimenting, contactId: string, experiment: string): string | null {
  const running = runningOf(snapshot, experiment);
  if (!running) return null;
  return snapshot.assignments?.[experiment] ?? armOf(experiment, contactId, running.arms);
}

/** The contact's arm, kept on the run and assigned for good. Null where nothing runs: the step is as its author wrote it. */
export function armIn(turn: Turn, experiment: string): string | null {
  const { arms, contactId } = turn.state;
  const given = arms[experiment];
  if (given !== undefined) return given;
  const arm = armFor(turn.snapshot, contactId, experiment);
  if (arm !== null) assign(turn, experiment, arm);
  return arm;
}

export function assign(turn: Turn, experiment: string, arm: string): void {
  turn.state = { ...turn.state, arms: { ...turn.state.arms, [experiment]: arm } };
  turn.effects.push({ type: 'assign', experiment, arm });
}

/** From here on the arm may matter to what they do: the guard is asked next, in every arm (lifecycle.md §14). */
export function expose(turn: Turn, experiment: string, arm: string, stepKey: string): void {
  turn.effects.push({ type: 'expose', experiment, arm, stepKey });
}

/** Arms that decide when a step speaks: they are needed before its plan, so they are given at the entry. */
export function timingArms(
  flow: Flow,
  contactId: string,
  snapshot: Experimenting,
): Readonly<Record<string, string>> {
  const arms = flow.steps.flatMap(({ times, experiment }) => {
    const arm = times && experiment ? armFor(snapshot, contactId, experiment) : null;
    return experiment && arm !== null ? [[experiment, arm] as const] : [];
  });
  return Object.fromEntries(arms);
}

const offsetOf = ({ times, experiment }: Step, arms: RunState['arms']): Step['at'] | undefined =>
  times?.[arms[experiment ?? ''] ?? ''];

/** The flow at the hours of a run's arms; an arm that names no hour has the step's own. */
export function timedBy(flow: Flow, arms: RunState['arms']): Flow {
  if (!flow.steps.some((step) => offsetOf(step, arms))) return flow;
  return { ...flow, steps: flow.steps.map((step) => ({ ...step, at: offsetOf(step, arms) ?? step.at })) };
}

/** The flow that a run lives by: its version, at the hours of its arms. */
export function flowOfRun(
  library: Pick<Library, 'flow'>,
  { flow: id, version, arms = {} }: Pick<RunState, 'flow' | 'version'> & Partial<Pick<RunState, 'arms'>>,
): Flow | null {
  const flow = library.flow(id, version);
  return flow && timedBy(flow, arms);
}
