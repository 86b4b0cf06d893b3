import { createHash } from 'node:crypto';
import type { Flow, Offset, Step, StepClass } from './flow/definition.ts';
import type { Policy } from './library.ts';
import type { RunState } from './run.ts';
import type { MessageClass } from './vocabulary.ts';
import { opening, type Opening } from './calendar/opening.ts';
import { addDays, localDate, wallTime } from './calendar/wall-time.ts';
import type { Place } from './calendar/zone.ts';

export { holidayName, isHoliday } from './calendar/holiday.ts';
export { opening, windowOf } from './calendar/opening.ts';
export type { Hours, Opening } from './calendar/opening.ts';
export {
  addDays,
  isZone,
  localDate,
  localTimeMs,
  timeMs,
  wallTime,
  weekdayOf,
} from './calendar/wall-time.ts';
export { countryOfPhone, placeOf, zoneOf } from './calendar/zone.ts';
export type { Place, ZoneClues } from './calendar/zone.ts';

export interface DueFacts extends Place {
  readonly now: Date;
  /** When the event a step waits for came: it is due then, not before. */
  readonly readyAt?: Date | null;
  /** Latest instant at which the text is true. */
  readonly perishAt?: Date | null;
}

export type Due =
  | { readonly baseAt: Date; readonly dueAt: Date; readonly reasons: readonly string[] }
  | { readonly never: 'late' | 'expired' | 'superseded'; readonly baseAt: Date };

export type Timeline = Pick<
  RunState,
  'contactId' | 'flow' | 'anchorAt' | 'anchorOn' | 'zone' | 'plan' | 'done'
>;

const laterOf = (one: Date, other: Date): Date => (one < other ? other : one);

/** An identity in the book of steps: `welcome.j0-email`. */
export const stepKeyOf = (flow: string, stepId: string): string => `${flow}.${stepId}`;

/** When an offset from J0 is reached, were there no window: elapsed from `anchorAt`, or a calendar day from `anchorOn`. */
export function instantOf(offset: Offset, run: Pick<RunState, 'anchorAt' | 'anchorOn'>, zone: string): Date {
  if ('afterMs' in offset) return new Date(run.anchorAt.getTime() + offset.afterMs);
  return wallTime(addDays(run.anchorOn, offset.day), offset.time, zone);
}

/** The class whose hours a step keeps: a mixed message leaves at the time of its core. */
export const classOf = (stepClass: StepClass): MessageClass =>
  typeof stepClass === 'string' ? stepClass : stepClass.core;

/** Seconds that spread an opening, the same each time for a contact and a step. */
export function jitterMs(contactId: string, stepKey: string, policy: Policy): number {
  const hash = createHash('sha256').update(`${contactId}|${stepKey}`).digest('hex').slice(0, 8);
  return policy.jitterMaxS > 0 ? (Number.parseInt(hash, 16) % policy.jitterMaxS) * 1000 : 0;
}

/** A step's way out: the opening it takes, and the instant in it. */
interface Leaving {
  /** Before jitter: what lateness is measured to. */
  readonly openAt: Date;
  readonly dueAt: Date;
  readonly reasons: readonly string[];
}

/**
 * When a step leaves, or why it never will (lifecycle.md §6). Pure: the same arguments give the same answer, whatever
 * the zone and date of the machine. A `late` among the reasons asks for the step's late variant.
 */
export function due(step: Step, run: Timeline, flow: Flow, policy: Policy, facts: DueFacts): Due {
  const plannedAt = instantOf(step.at, run, facts.zone);
  const baseAt = facts.readyAt ? laterOf(plannedAt, facts.readyAt) : plannedAt;
  const follows = afterPredecessor(step, run, flow, policy, facts.zone, baseAt);
  const planned = leaving(step, run, policy, facts, follows.at);
  const left = planned.dueAt < facts.now ? overdue(step, run, policy, facts, planned) : planned;
  const never = refusal(step, run, flow, facts, baseAt, left);
  if (never && !maySpeakStill(step, never)) return { never, baseAt };
  return {
    baseAt,
    dueAt: left.dueAt,
    reasons: [...follows.reasons, ...left.reasons, ...(never ? [never] : [])],
  };
}

/** Not before the predecessor on the same channel plus 20 h. Steps of one base are alternatives, not predecessors. */
function afterPredecessor(step: Step, run: Timeline, flow: Flow, policy: Policy, zone: string, baseAt: Date) {
  let follows: { at: Date; reasons: readonly string[] } = { at: baseAt, reasons: [] };
  for (const other of flow.steps) {
    if (other.id === step.id || other.channel !== step.channel || instantOf(other.at, run, zone) >= baseAt)
      continue;
    const spokeAt = spokenAt(other, run);
    const at = spokeAt && new Date(spokeAt.getTime() + policy.predecessorMs);
    if (at && at > follows.at) follows = { at, reasons: [`predecessor:${other.id}`] };
  }
  return follows;
}

/** Verdicts under which a resolved step has spoken, or will. */
const spoken = new Set(['go', 'wait', 'sent']);

function spokenAt(step: Step, run: Timeline): Date | null {
  const done = run.done[step.id];
  if (done) return spoken.has(done.verdict) ? done.at : null;
  return run.plan.find((planned) => planned.stepId === step.id)?.dueAt ?? null;
}

function leaving(step: Step, run: Timeline, policy: Policy, place: Place, from: Date): Leaving {
  const open = opening(from, place, classOf(step.class), step.channel, policy, step.window);
  const dueAt = jittered(open, run.contactId, stepKeyOf(run.flow, step.id), policy);
  return { openAt: open.at, dueAt, reasons: open.reasons };
}

/**
 * An opening, spread: all whom the same night held would leave in the same second. Stays inside the stretch that opens;
 * what was open already is not moved.
 */
export function jittered(
  { at, closesAt }: Opening,
  contactId: string,
  stepKey: string,
  policy: Policy,
): Date {
  if (!closesAt) return at;
  return new Date(
    at.getTime() + (jitterMs(contactId, stepKey, policy) % (closesAt.getTime() - at.getTime())),
  );
}

/** Its hour has passed unseen: due since then while its window is open, else at the next opening. */
function overdue(step: Step, run: Timeline, policy: Policy, facts: DueFacts, planned: Leaving): Leaving {
  const again = leaving(step, run, policy, facts, facts.now);
  if (again.openAt > facts.now) return again;
  // A tick or a spread opening is no lateness: only what goes beyond the longest jitter counts.
  const openAt = laterOf(planned.openAt, new Date(facts.now.getTime() - policy.jitterMaxS * 1000));
  return { ...planned, openAt };
}

function refusal(step: Step, run: Timeline, flow: Flow, facts: DueFacts, baseAt: Date, left: Leaving) {
  const leavesAt = laterOf(left.dueAt, facts.now);
  if (facts.perishAt && leavesAt > facts.perishAt) return 'expired';
  if (left.openAt.getTime() - baseAt.getTime() > step.late.maxMs) return 'late';
  return isSuperseded(step, run, flow, facts.zone, leavesAt) ? 'superseded' : null;
}

/** What is late may be said all the same where the flow says so; what is false only in other words. */
function maySpeakStill(step: Step, never: 'late' | 'expired' | 'superseded'): boolean {
  if (never === 'superseded') return false;
  return typeof step.late.then === 'object' || (never === 'late' && step.late.then === 'send');
}

/** A held marketing step whose successor's base has come: two urgencies never land together. */
export function isSuperseded(step: Step, run: Timeline, flow: Flow, zone: string, at: Date): boolean {
  if (flow.kind !== 'sequence' || step.class !== 'marketing') return false;
  const baseAt = instantOf(step.at, run, zone);
  return flow.steps.some((other) => {
    const isUrgency = other.class === 'marketing' || typeof other.class === 'object';
    const otherAt = instantOf(other.at, run, zone);
    return isUrgency && run.done[other.id] === undefined && otherAt > baseAt && otherAt <= at;
  });
}

/** J0 of a run: the instant elapsed steps count from, and the local date calendar days count from. */
export interface Anchor {
  readonly anchorAt: Date;
  readonly anchorOn: string;
}

/**
 * J0 (lifecycle.md §2). A first step at an hour of day 0 rolls: if that hour has passed, or the channel may not send
 * that day, J0 is the next sendable day, so that J1 is the day after the contact saw J0. A first step that leaves at
 * once but is held to its window dates J0 by the day it leaves. Every other flow counts from the entry itself.
 */
export function anchor(flow: Flow, enteredAt: Date, facts: Place, policy: Policy): Anchor {
  const [first] = flow.steps;
  const entered = { anchorAt: enteredAt, anchorOn: localDate(enteredAt, facts.zone) };
  if (flow.kind !== 'sequence' || !first) return entered;
  const open = (at: Date): Date =>
    opening(at, facts, classOf(first.class), first.channel, policy, first.window).at;
  if ('afterMs' in first.at)
    return first.at.afterMs > 0 ? entered : { ...entered, anchorOn: localDate(open(enteredAt), facts.zone) };
  if (first.at.day > 0) return entered;
  const { time } = first.at;
  let anchorOn = entered.anchorOn;
  for (
    let anchorAt = wallTime(anchorOn, time, facts.zone);
    ;
    anchorAt = wallTime(anchorOn, time, facts.zone)
  ) {
    const openOn = localDate(open(anchorAt), facts.zone);
    if (anchorAt >= enteredAt && openOn === anchorOn) return { anchorAt, anchorOn };
    anchorOn = openOn > anchorOn ? openOn : addDays(anchorOn, 1);
  }
}
