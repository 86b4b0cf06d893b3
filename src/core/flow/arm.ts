import { afterPromotion, armOf, promotedArmOf } from '../experiment.ts';
import type { Library } from '../library.ts';
import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Flow, Step } from './definition.ts';
import type { Turn } from './turn.ts';

type Experimenting = Pick<Snapshot, 'experiments' | 'assignments'>;

/** An arm, and the name under which it is kept: what is heard after a promotion is not counted with what was tried. */
interface Given {
  readonly name: string;
  readonly arm: string;
}

/** Who asks for an arm, and when. */
interface Asking {
  readonly flow: Flow;
  readonly contactId: string;
  readonly snapshot: Experimenting;
  readonly now: Date;
}

/**
 * The arm a contact was given once, else the one their hash falls in while the experiment runs, else the one that won it;
 * null where nothing runs or was promoted.
 */
function armFor({ flow, contactId, snapshot, now }: Asking, experiment: string): Given | null {
  const running = snapshot.experiments?.find(({ key }) => key === experiment);
  if (running) {
    const arm = snapshot.assignments?.[experiment] ?? armOf(experiment, contactId, running.arms);
    return arm === null ? null : { name: experiment, arm };
  }
  const promoted = flow.promoted?.[experiment];
  if (!promoted) return null;
  return { name: afterPromotion(experiment), arm: promotedArmOf(experiment, contactId, promoted, now) };
}

const keptArm = (arms: RunState['arms'], experiment: string): string | undefined =>
  arms[experiment] ?? arms[afterPromotion(experiment)];

/**
 * The contact's arm, kept on the run and assigned for good. Null where nothing runs or was promoted: the step is as its author
 * wrote it.
 */
export function armIn(turn: Turn, experiment: string): string | null {
  const { arms, contactId } = turn.state;
  const kept = keptArm(arms, experiment);
  if (kept !== undefined) return kept;
  const { flow, snapshot, moment } = turn;
  const given = armFor({ flow, contactId, snapshot, now: moment.now }, experiment);
  if (given) assign(turn, given.name, given.arm);
  return given?.arm ?? null;
}

export function assign(turn: Turn, experiment: string, arm: string): void {
  turn.state = { ...turn.state, arms: { ...turn.state.arms, [experiment]: arm } };
  turn.effects.push({ type: 'assign', experiment, arm });
}

/** From here on the arm may matter to what they do: the guard is asked next, in every arm (lifecycle.md §14). */
export function expose(turn: Turn, experiment: string, arm: string, stepKey: string): void {
  const name = turn.state.arms[experiment] === undefined ? afterPromotion(experiment) : experiment;
  turn.effects.push({ type: 'expose', experiment: name, arm, stepKey });
}

/** Arms that decide when a step speaks: they are needed before its plan, so they are given at the entry. */
export function timingArms(asking: Asking): Readonly<Record<string, string>> {
  const arms = asking.flow.steps.flatMap(({ times, experiment }) => {
    const given = times && experiment ? armFor(asking, experiment) : null;
    return given ? [[given.name, given.arm] as const] : [];
  });
  return Object.fromEntries(arms);
}

const offsetOf = ({ times, experiment }: Step, arms: RunState['arms']): Step['at'] | undefined =>
  times?.[keptArm(arms, experiment ?? '') ?? ''];

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
