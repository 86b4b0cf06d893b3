import { due, instantOf, placeOf, type Due } from '../calendar.ts';
import type { PlannedStep, RunState } from '../run.ts';
import { channels } from '../vocabulary.ts';
import { armIn, expose } from './arm.ts';
import type { Flow, Step } from './definition.ts';
import type { SendEffect } from './effect.ts';
import { holds } from './expression.ts';
import { perishAt } from './perish.ts';
import { waitIdOfStep } from './talk.ts';
import { endRun, hasSpoken, note, reserve, scopeOfTurn, type Turn } from './turn.ts';

/** What the calendar says of one step: due then, waiting for its event until then, or never. */
type Timing = Due | { readonly waitsUntil: Date; readonly baseAt: Date };

export const isUnresolved = (state: RunState, stepId: string): boolean => state.done[stepId] === undefined;

/** Steps of this run still to come, in the order of the flow. */
export function stepsToCome(flow: Flow, state: RunState): readonly Step[] {
  const planned = new Set(state.plan.map(({ stepId }) => stepId));
  return flow.steps.filter(({ id }) => planned.has(id) && isUnresolved(state, id));
}

/** Says what has come due: one message a wake; what may not be said any more is resolved with its reason. */
export function advance(turn: Turn): void {
  for (const step of stepsToCome(turn.flow, turn.state)) {
    if (hasSpoken(turn) || !turn.state.open) return;
    const dueAt = plannedDue(turn, step);
    if (!dueAt || dueAt <= turn.moment.now) takeUp(turn, step);
  }
}

function takeUp(turn: Turn, step: Step): void {
  const { now } = turn.moment;
  const timing = timingOf(turn, step);
  if ('waitsUntil' in timing) {
    if (timing.waitsUntil <= now && step.wait) giveUp(turn, step, step.wait.else);
  } else if ('never' in timing) {
    if (timing.baseAt <= now) refuse(turn, step, timing.never);
  } else if (leavesAt(turn, step, timing.dueAt) <= now) {
    speak(turn, step, timing.baseAt, timing.reasons);
  }
}

/** The event it waited for did not come: a coach should know. */
function giveUp(turn: Turn, step: Step, why: string): void {
  resolve(turn, step, why);
  turn.effects.push({ type: 'tell', who: 'coach', why });
}

function refuse(turn: Turn, step: Step, reason: string): void {
  resolve(turn, step, reason);
  if (reason === 'late' && step.late.then === 'exit') endRun(turn, 'late');
}

/** A step is over without a word; the why is in the thread. */
export function resolve(turn: Turn, step: Pick<Step, 'id'>, verdict: string): void {
  markDone(turn, step.id, verdict);
  note(turn, 'silence', verdict, { step: step.id });
}

export function markDone(turn: Turn, stepId: string, verdict: string): void {
  const done = { ...turn.state.done, [stepId]: { at: turn.moment.now, verdict } };
  turn.state = { ...turn.state, done };
}

function speak(turn: Turn, step: Step, baseAt: Date, reasons: readonly string[]): void {
  if (!holds(step.when, scopeOfTurn(turn))) {
    resolve(turn, step, 'condition_false');
    return;
  }
  if (step.reserve) reserve(turn, step.reserve);
  const arm = step.experiment ? armIn(turn, step.experiment) : null;
  if (step.experiment && arm !== null) expose(turn, step.experiment, arm, step.id);
  const sections = sectionsOf(turn, step);
  const node = questionOf(step, sections);
  turn.effects.push({
    type: 'send',
    words: step.id,
    class: step.class,
    via: { step, baseAt },
    ...channelsOf(step, arm),
    question: node ? { node, waitId: waitIdOfStep(turn.state.id, step.id) } : null,
    variant: variantOf(turn, step, reasons) ?? arm,
    ...(sections && { sections }),
    fields: {},
    expiresAt: expiryOf(turn, step, baseAt),
  });
  note(turn, 'event', 'step_due', { step: step.id, baseAt, reasons });
}

/** An arm that is named as a channel tries that one first; the step's own is then its fallback. */
function channelsOf(step: Step, arm: string | null): Pick<SendEffect, 'channel' | 'fallback'> {
  const tried = channels.find((channel) => channel === arm);
  if (!tried || tried === step.channel) return { channel: step.channel, fallback: step.fallback };
  return { channel: tried, fallback: [step.channel, ...step.fallback] };
}

/** Names of a mail's parts whose condition holds; undefined where the words have no parts. */
export function sectionsOf(turn: Turn, step: Step): readonly string[] | undefined {
  const named = Object.entries(step.sections);
  if (named.length === 0) return undefined;
  const scope = scopeOfTurn(turn);
  return named.flatMap(([name, { when }]) => (holds(when, scope) ? [name] : []));
}

/** The question a message asks: its own, else that of the first part that stays. A dropped part asks nothing. */
export function questionOf(step: Step, sections: readonly string[] | undefined): string | null {
  if (step.open) return step.open;
  const asking = (sections ?? []).map((name) => step.sections[name]?.open).find((open) => open !== undefined);
  return asking ?? null;
}

function variantOf(turn: Turn, step: Step, reasons: readonly string[]): string | null {
  const isLate = reasons.includes('late') || reasons.includes('expired');
  if (isLate && typeof step.late.then === 'object') return step.late.then.variant;
  const scope = scopeOfTurn(turn);
  return step.variant?.find(({ when }) => holds(when, scope))?.use ?? null;
}

/** After this the message is not worth sending: later than its `late.max`, or not true any more. */
function expiryOf(turn: Turn, step: Step, baseAt: Date): Date {
  const { now } = turn.moment;
  const from = step.late.then === 'skip' || step.late.then === 'exit' ? baseAt : now;
  const lateAt = Math.max(from.getTime() + step.late.maxMs, now.getTime() + 60_000);
  const perishAt = perishAtOf(turn, step)?.getTime() ?? Infinity;
  return new Date(Math.min(lateAt, perishAt));
}

const perishAtOf = (turn: Turn, step: Step): Date | null =>
  step.perishable ? perishAt(step.perishable, scopeOfTurn(turn), turn.state) : null;

/** After a person let go, what sells or asks waits for the silence to pass. */
function leavesAt(turn: Turn, step: Step, dueAt: Date): Date {
  const { quietUntil } = turn.state;
  const isQuietened = step.class === 'marketing' || questionOf(step, Object.keys(step.sections)) !== null;
  return quietUntil && isQuietened && quietUntil > dueAt ? quietUntil : dueAt;
}

/** At the hour a coach gave it: what falls late is counted from there. */
export function reschedule(turn: Turn, step: Step, to: Date): void {
  const plan = turn.state.plan.map((planned) =>
    planned.stepId === step.id ? { ...planned, movedTo: to, dueAt: to, baseAt: to } : planned,
  );
  turn.state = { ...turn.state, plan };
  if (to <= turn.moment.now) takeUp(turn, step);
}

function timingOf(turn: Turn, step: Step): Timing {
  const { state, flow, snapshot, moment } = turn;
  const planned = state.plan.find(({ stepId }) => stepId === step.id);
  if (planned?.movedTo) return { dueAt: planned.movedTo, baseAt: planned.movedTo, reasons: ['moved'] };
  const readyAt = planned?.readyAt ?? null;
  if (step.wait && !readyAt) {
    return {
      waitsUntil: instantOf(step.wait.until, state, moment.zone),
      baseAt: instantOf(step.at, state, moment.zone),
    };
  }
  const facts = {
    ...placeOf(snapshot.contact),
    zone: moment.zone,
    now: moment.now,
    readyAt,
    perishAt: perishAtOf(turn, step),
  };
  return due(step, state, flow, snapshot.policy, facts);
}

/** The event a step waits for has come: it is due from now on. */
export function ripen(turn: Turn, event: string): void {
  const waiting = new Set(
    stepsToCome(turn.flow, turn.state)
      .filter(({ wait }) => wait?.on.includes(event))
      .map(({ id }) => id),
  );
  if (waiting.size === 0) return;
  const plan = turn.state.plan.map((planned) =>
    waiting.has(planned.stepId) && !planned.readyAt ? { ...planned, readyAt: turn.moment.now } : planned,
  );
  turn.state = { ...turn.state, plan };
}

/**
 * The plan anew, for what has not been said: zones change, windows pass, events come. What is still to come stays as it
 * was planned while nothing that it follows from has changed: a wake must be cheap.
 */
export function replan(turn: Turn): void {
  const isChanged = isMoved(turn);
  for (const step of stepsToCome(turn.flow, turn.state)) {
    const dueAt = plannedDue(turn, step);
    if (dueAt && dueAt > turn.moment.now && !isChanged) continue;
    const entry = plannedOf(turn, step);
    const plan = turn.state.plan.map((planned) => (planned.stepId === step.id ? entry : planned));
    turn.state = { ...turn.state, plan };
  }
}

const plannedDue = ({ state }: Turn, step: Step): Date | null =>
  state.plan.find(({ stepId }) => stepId === step.id)?.dueAt ?? null;

function isMoved({ before, state }: Turn): boolean {
  return (
    before.zone !== state.zone ||
    before.done !== state.done ||
    before.plan !== state.plan ||
    before.quietUntil !== state.quietUntil
  );
}

function plannedOf(turn: Turn, step: Step): PlannedStep {
  const timing = timingOf(turn, step);
  const planned = turn.state.plan.find(({ stepId }) => stepId === step.id);
  const { readyAt = null, movedTo } = planned ?? {};
  const entry = { stepId: step.id, baseAt: timing.baseAt, readyAt, ...(movedTo ? { movedTo } : {}) };
  if ('waitsUntil' in timing)
    return { ...entry, dueAt: null, reasons: [`waiting:${step.wait?.on.join('|') ?? ''}`] };
  if ('never' in timing) return { ...entry, dueAt: null, reasons: [timing.never] };
  return { ...entry, dueAt: leavesAt(turn, step, timing.dueAt), reasons: timing.reasons };
}

/** When a step wants the run awake. */
export function wakeOf(turn: Turn, step: Step): Date {
  const planned = turn.state.plan.find(({ stepId }) => stepId === step.id);
  if (planned?.dueAt) return planned.dueAt;
  if (step.wait && !planned?.readyAt) return instantOf(step.wait.until, turn.state, turn.moment.zone);
  return planned?.baseAt ?? turn.moment.now;
}

/** A first plan, before anything is known of it. */
export function blankPlan(
  steps: readonly Step[],
  anchor: Pick<RunState, 'anchorAt' | 'anchorOn'>,
  zone: string,
): readonly PlannedStep[] {
  return steps.map(({ id, at }) => ({
    stepId: id,
    baseAt: instantOf(at, anchor, zone),
    dueAt: null,
    reasons: [],
  }));
}
