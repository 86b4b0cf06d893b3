import type { Contact } from './contact.ts';
import { poissonTail } from './stats.ts';

/** What may happen by itself in a contact's behaviour (lifecycle.md §13). Each fires on a crossing, and then rests. */
export const triggers = ['milestone', 'stagnation', 'peak', 'inactivity', 'spark_eligible'] as const;
export type Trigger = (typeof triggers)[number];

const dayMs = 86_400_000;

export const cooldownMs: Readonly<Record<Trigger, number>> = {
  milestone: 30 * dayMs,
  stagnation: 21 * dayMs,
  peak: 14 * dayMs,
  // Once a silence: the next one begins with a sign of life.
  inactivity: 0,
  spark_eligible: 60 * dayMs,
};

export const milestones = [60, 75, 90, 105] as const;
const rearmsBelow = 5;

export interface Arming {
  readonly armed: boolean;
  readonly firedAt: Date | null;
}

export type Milestones = NonNullable<NonNullable<Contact['mona']>['milestones']>;

export interface Crossed {
  /** The highest level crossed upward; null where none was, or it rests. */
  readonly fires: number | null;
  readonly state: Milestones;
}

/**
 * What a new score crosses. `state` null: the first score, which arms in silence. A level crossed must fall five points
 * below itself before it can be crossed again.
 */
export function crossMilestones(state: Milestones | null, score: number, at: Date): Crossed {
  if (!state)
    return {
      fires: null,
      state: Object.fromEntries(milestones.map((level) => [level, { armed: score < level, firedAt: null }])),
    };
  const crossed = milestones.filter((level) => state[level]?.armed && score >= level);
  const highest = crossed.at(-1);
  const isResting = highest !== undefined && rests(state[highest]?.firedAt ?? null, cooldownMs.milestone, at);
  const fires = highest === undefined || isResting ? null : highest;
  return { fires, state: Object.fromEntries(milestones.map((level) => [level, next(level)])) };

  function next(level: number): Arming {
    const { armed, firedAt } = state?.[level] ?? { armed: score < level, firedAt: null };
    if (score >= level) return { armed: false, firedAt: level === fires ? at : firedAt };
    return { armed: armed || score <= level - rearmsBelow, firedAt };
  }
}

export const rests = (firedAt: Date | null, forMs: number, now: Date): boolean =>
  firedAt !== null && now.getTime() - firedAt.getTime() < forMs;

const peakWindowMs = 2 * dayMs;
const peakBeforeMs = 26 * dayMs;
const peakWindows = 13;
const leastForPeak = 5;
const leastRate = 0.5;
const peakChance = 0.001;

/** How far back a peak is measured. */
export const peakLooksBackMs = peakWindowMs + peakBeforeMs;

/** Whether so many positive events in 48 hours are out of the ordinary for this contact. */
export function isPeak(positives: readonly Date[], now: Date): boolean {
  const ages = positives.map((at) => now.getTime() - at.getTime()).filter((age) => age >= 0);
  const recent = ages.filter((age) => age < peakWindowMs).length;
  const before = ages.filter((age) => age >= peakWindowMs && age < peakLooksBackMs).length;
  return isUnusual(recent, Math.max(leastRate, before / peakWindows));
}

export const isUnusual = (count: number, rate: number): boolean =>
  count >= leastForPeak && poissonTail(count, rate) < peakChance;

const stagnationMs = 14 * dayMs;
const leastGain = 3;

export interface Progress {
  /** Scores as they were told, oldest first. */
  readonly scores: readonly { readonly at: Date; readonly score: number }[];
  readonly lastActionAt: Date | null;
  readonly isHeld: boolean;
}

/** A client of two weeks whose score gained less than three points in them, and who did nothing of what was advised. */
export function isStagnating(
  { plan, planSince }: Pick<Contact, 'plan' | 'planSince'>,
  { scores, lastActionAt, isHeld }: Progress,
  now: Date,
): boolean {
  const since = now.getTime() - stagnationMs;
  const then = scores.findLast(({ at }) => at.getTime() <= since);
  const latest = scores.findLast(({ at }) => at <= now);
  if (!plan || !planSince || planSince.getTime() > since || !then || !latest || isHeld) return false;
  if (lastActionAt && lastActionAt.getTime() > since) return false;
  return latest.score - then.score < leastGain;
}

/** Instants at which a client may begin to stagnate with nothing happening. */
export const stagnationInstants = (planSince: Date | null, progress: Progress): readonly Date[] =>
  [planSince, progress.lastActionAt, ...progress.scores.map(({ at }) => at)].flatMap((at) =>
    at ? [new Date(at.getTime() + stagnationMs)] : [],
  );

const inactivityMs = 14 * dayMs;

/** When this silence has lasted a fortnight; null where nobody ever heard of the contact. */
export const inactiveAt = (lastHumanAt: Date | null | undefined): Date | null =>
  lastHumanAt ? new Date(lastHumanAt.getTime() + inactivityMs) : null;

const stormShare = 0.05;
const stormLeast = 50;

/** More people within an hour than a trigger is meant for: a mistake upstream, not five hundred milestones. */
export const isStorm = (people: number, contacts: number): boolean =>
  people >= stormLeast && people > contacts * stormShare;
