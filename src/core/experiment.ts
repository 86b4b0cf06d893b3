import { createHash } from 'node:crypto';
import {
  chiSquareTail,
  compareShares,
  normalQuantile,
  twoSided,
  wilson,
  type Interval,
  type Sample,
} from './stats.ts';

/*
 * Experiments (lifecycle.md §14): arms by hash, a preflight that says what can be seen, a read-out, and the few conditions
 * under which a winner is one. Otherwise there is none, which is a normal result.
 */

/** What an experiment may change: one thing at a time (the source's five dimensions). */
export const dimensions = ['subject', 'timing', 'channel', 'cta', 'tone'] as const;
export type Dimension = (typeof dimensions)[number];

/** The arm that hears nothing, in any experiment that names it. */
export const holdoutArm = 'holdout';

/** An experiment while it runs: what a decision reads of it. */
export interface RunningExperiment {
  readonly key: string;
  readonly arms: readonly ArmShare[];
}

/** That a contact is in an arm: once and for good, whatever address, run or entry. */
export interface Assignment {
  readonly experiment: string;
  readonly arm: string;
  readonly holdout: boolean;
}

/** That the guard was asked about a step of theirs: from here on the arm counts, whatever became of the message. */
export interface Exposure extends Assignment {
  readonly runId: string;
  readonly stepKey: string;
  readonly at: Date;
}

export interface ArmShare {
  readonly key: string;
  readonly weight: number;
}

/**
 * Where a contact stands between 0 and 1 for a seed: never by an address, which changes, and never by chance, which a
 * replay would not repeat.
 */
export function shareOf(seed: string, contactId: string): number {
  const hash = createHash('sha256').update(`${seed}|${contactId}`).digest('hex').slice(0, 13);
  return Number.parseInt(hash, 16) / 2 ** 52;
}

/** The arm of a contact: the same for the same seed, however often they come back. Null where no arm weighs anything. */
export function armOf(seed: string, contactId: string, arms: readonly ArmShare[]): string | null {
  const whole = arms.reduce((sum, { weight }) => sum + weight, 0);
  let left = shareOf(seed, contactId) * whole;
  for (const { key, weight } of arms) {
    if (left < weight) return key;
    left -= weight;
  }
  return arms.findLast(({ weight }) => weight > 0)?.key ?? null;
}

/** An arm that won, as the flow of which it is now the words: everyone hears it but a few, for a while (lifecycle.md §14). */
export interface PromotedArm {
  readonly arm: string;
  readonly control: string;
  /** ISO 8601. Until then one in ten keeps control, so that what was promised can be seen to hold. */
  readonly holdbackUntil: string;
}

const holdbackShare = 0.1;
const holdbackMs = 30 * 86_400_000;

export const holdbackEnd = (promotedAt: Date): Date => new Date(promotedAt.getTime() + holdbackMs);

/** Under this name a run remembers what it heard after the promotion: the experiment's own counts stay as they were read. */
export const afterPromotion = (experiment: string): string => `${experiment}:after`;

/** The arm of a contact once one has won: their share is another hash than the experiment's, so that all may be held back. */
export function promotedArmOf(
  experiment: string,
  contactId: string,
  { arm, control, holdbackUntil }: PromotedArm,
  now: Date,
): string {
  const isHeldBack =
    now < new Date(holdbackUntil) && shareOf(afterPromotion(experiment), contactId) < holdbackShare;
  return isHeldBack ? control : arm;
}

const zAlpha = normalQuantile(0.975);
const zPower = normalQuantile(0.8);

/** People an arm needs so that a change of `rate` by `lift` (0.1 = +10 %) is seen four times in five. */
export function plannedN(rate: number, lift: number): number {
  const other = rate * (1 + lift);
  const middle = (rate + other) / 2;
  const alike = zAlpha * Math.sqrt(2 * middle * (1 - middle));
  const apart = zPower * Math.sqrt(rate * (1 - rate) + other * (1 - other));
  return Math.ceil((alike + apart) ** 2 / (other - rate) ** 2);
}

/** The smallest lift that so many people an arm would show; null where not even a doubling would. */
export function visibleLift(rate: number, perArm: number): number | null {
  for (let percent = 1; percent <= 100 && rate * (1 + percent / 100) < 1; percent += 1)
    if (plannedN(rate, percent / 100) <= perArm) return percent / 100;
  return null;
}

export type Advice = 'fewer_arms' | 'commoner_metric' | 'pool' | 'carry_over';

export interface Preflight {
  readonly perArm: number;
  /** At the real rate of entries; null where nobody enters. */
  readonly days: number | null;
  readonly isPowered: boolean;
  readonly advice: readonly Advice[];
}

const longestDays = 90;

/** What an experiment would take. One that cannot be read in three months may run, and is never promoted by itself. */
export function preflight(rate: number, lift: number, arms: number, entriesPerDay: number): Preflight {
  const perArm = plannedN(rate, lift);
  const days = entriesPerDay > 0 ? Math.ceil((perArm * arms) / entriesPerDay) : null;
  const isPowered = days !== null && days <= longestDays;
  const advice: Advice[] = [
    ...(arms > 2 ? (['fewer_arms'] as const) : []),
    ...(rate < 0.2 ? (['commoner_metric'] as const) : []),
    'pool',
    'carry_over',
  ];
  return { perArm, days, isPowered, advice: isPowered ? [] : advice };
}

export interface ArmCount extends Sample {
  readonly key: string;
}

export interface ArmReading extends ArmCount {
  readonly rate: number | null;
  readonly chance: number;
  readonly loss: number;
  /** Of the difference to control, in shares. */
  readonly interval: Interval;
  readonly z: number;
  /** Fixed-horizon p, and Holm's across the arms. */
  readonly p: number;
  readonly adjustedP: number;
}

/** Each arm against the control: what is believed, and what a fixed-horizon test says beside it. */
export function readOut(control: ArmCount, others: readonly ArmCount[]): readonly ArmReading[] {
  const readings = others.map((arm) => ({
    ...arm,
    rate: arm.of > 0 ? arm.hits / arm.of : null,
    ...compareShares(control, arm),
    interval: differenceOf(control, arm),
    ...zTest(control, arm),
  }));
  const adjusted = holm(readings.map(({ p }) => p));
  return readings.map((reading, index) => ({ ...reading, adjustedP: adjusted[index] ?? 1 }));
}

function zTest(control: Sample, arm: Sample): { readonly z: number; readonly p: number } {
  if (control.of === 0 || arm.of === 0) return { z: 0, p: 1 };
  const pooled = (control.hits + arm.hits) / (control.of + arm.of);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / control.of + 1 / arm.of));
  if (spread === 0) return { z: 0, p: 1 };
  const z = (arm.hits / arm.of - control.hits / control.of) / spread;
  return { z, p: twoSided(z) };
}

/** Newcombe's interval of a difference, from Wilson's of each. */
function differenceOf(control: Sample, arm: Sample): Interval {
  if (control.of === 0 || arm.of === 0) return { low: -1, high: 1 };
  const [one, two] = [wilson(control.hits, control.of), wilson(arm.hits, arm.of)];
  const [first, second] = [control.hits / control.of, arm.hits / arm.of];
  return {
    low: second - first - Math.hypot(second - two.low, one.high - first),
    high: second - first + Math.hypot(two.high - second, first - one.low),
  };
}

/** p-values held to one another, so that three arms do not have three chances. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values
    .map((value, index) => ({ value, index }))
    .sort((one, other) => one.value - other.value);
  const adjusted: number[] = values.map(() => 1);
  let least = 0;
  order.forEach(({ value, index }, rank) => {
    least = Math.max(least, Math.min(1, value * (values.length - rank)));
    adjusted[index] = least;
  });
  return adjusted;
}

const leastExpected = 8;
const mismatchP = 0.001;

export interface RatioCheck {
  readonly p: number;
  readonly isMismatch: boolean;
}

/** Whether the arms have as many people as their weights say; with too few it says nothing. */
export function checkRatio(counts: readonly { readonly of: number; readonly weight: number }[]): RatioCheck {
  const whole = counts.reduce((sum, { weight }) => sum + weight, 0);
  const people = counts.reduce((sum, { of }) => sum + of, 0);
  const expected = counts.map(({ weight }) => (people * weight) / whole);
  if (expected.some((one) => one < leastExpected)) return { p: 1, isMismatch: false };
  const distance = counts.reduce(
    (sum, { of }, n) => sum + (of - (expected[n] ?? 0)) ** 2 / (expected[n] ?? 1),
    0,
  );
  const p = chiSquareTail(distance, counts.length - 1);
  return { p, isMismatch: p < mismatchP };
}

const alpha = 0.05;

/** How wide an always-valid interval is tuned, for the n it is narrowest at. */
export const rhoOf = (n: number): number =>
  Math.sqrt((-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / n);

/** Half the always-valid interval of a mean with this variance: it may be looked at every day (guardrails only). */
export function alwaysValid(variance: number, n: number, planned: number): number {
  const rho = rhoOf(planned);
  const grown = n * rho ** 2 + 1;
  return Math.sqrt(variance) * Math.sqrt((2 * grown * Math.log(Math.sqrt(grown) / alpha)) / (n * rho) ** 2);
}

/** Whether an arm surely does more harm than control: the only reading that may end an experiment before its time. */
export function isBreached(control: Sample, arm: Sample, planned: number): boolean {
  const n = Math.min(control.of, arm.of);
  if (n === 0) return false;
  const [first, second] = [control.hits / control.of, arm.hits / arm.of];
  const variance = first * (1 - first) + second * (1 - second);
  return second - first > alwaysValid(variance, n, planned);
}

export type WhyNoWinner =
  'too_few' | 'too_short' | 'not_sure' | 'too_costly' | 'guardrail' | 'ratio' | 'underpowered';

export interface Trial {
  readonly control: ArmCount & { readonly weight: number };
  readonly others: readonly (ArmCount & { readonly weight: number })[];
  readonly plannedN: number;
  readonly isPowered: boolean;
  readonly startedAt: Date;
  readonly isGuardrailBreached: boolean;
}

export type Verdict =
  | { readonly winner: string; readonly why: readonly [] }
  | { readonly winner: null; readonly why: readonly WhyNoWinner[] };

const leastMs = 14 * 86_400_000;
const leastChance = 0.95;
const mostLoss = 0.005;

/** Whether an arm may be promoted. Anything missing is named; control stays, and that is no failure. */
export function judgeTrial(trial: Trial, now: Date): Verdict {
  const { control, others } = trial;
  const readings = readOut(control, others);
  const best = readings.reduce<ArmReading | null>(
    (top, one) => (top && top.chance >= one.chance ? top : one),
    null,
  );
  const isFull = [control, ...others].every(({ of }) => of >= trial.plannedN);
  // The best of several had several chances to look so.
  const chance = best ? 1 - (1 - best.chance) * others.length : 0;
  const why: WhyNoWinner[] = [
    ...(isFull ? [] : (['too_few'] as const)),
    ...(now.getTime() - trial.startedAt.getTime() >= leastMs ? [] : (['too_short'] as const)),
    ...(chance >= leastChance ? [] : (['not_sure'] as const)),
    ...(best && best.loss < mostLoss ? [] : (['too_costly'] as const)),
    ...(trial.isGuardrailBreached ? (['guardrail'] as const) : []),
    ...(checkRatio([control, ...others]).isMismatch ? (['ratio'] as const) : []),
    ...(trial.isPowered ? [] : (['underpowered'] as const)),
  ];
  return best && why.length === 0 ? { winner: best.key, why: [] } : { winner: null, why };
}
