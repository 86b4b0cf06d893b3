import { createStreams } from './time.ts';

/*
 * What a seed does to the house: who is there, what happens when, what fails how often. All of it is a value, so that a plan
 * that fails can be made smaller and played again.
 */

/** Chance of each, 0 to 1. */
export interface Rates {
  /** A command that never reaches the database, or whose answer is lost. */
  readonly lostCommand: number;
  /** A command that takes 0.2 to 3 s. */
  readonly slowCommand: number;
  /** A commit of which nobody hears: kept, not kept, or kept later. */
  readonly lostCommit: number;
  /** A write that meets another one's. */
  readonly conflict: number;
  readonly throttled: number;
  readonly notConnected: number;
  readonly refused: number;
  readonly failedBefore: number;
  readonly failedAfter: number;
  readonly hang: number;
  readonly hangAfter: number;
  readonly acceptLate: number;
  readonly slowCall: number;
  readonly noStatus: number;
  readonly doubledStatus: number;
  readonly lateStatus: number;
  /** A final "not delivered" that may be said again. */
  readonly undelivered: number;
  readonly doubledText: number;
  /** Where it hurts: a process that stops, for seconds or minutes, or for good, just as it has claimed or begun its call. */
  readonly frozenAtClaim: number;
  readonly frozenAtCall: number;
  readonly killedAtClaim: number;
  readonly killedAtCall: number;
  /** Frozen when it has the carrier's answer and has not written it down: what it writes leaves when it thaws. */
  readonly frozenAtAnswer: number;
  /** A STOP that is written just as something is claimed for its phone. */
  readonly stopAtClaim: number;
}

export type Act =
  | { readonly do: 'say'; readonly who: number; readonly text: string }
  | { readonly do: 'track'; readonly who: number; readonly name: string }
  | { readonly do: 'coach'; readonly who: number; readonly act: 'claim' | 'say' | 'handBack' | 'resolve' }
  | { readonly do: 'kill'; readonly part: number }
  | { readonly do: 'freeze'; readonly part: number; readonly ms: number }
  /** No primary for so long; what was open is gone. */
  | { readonly do: 'fail over'; readonly ms: number }
  | { readonly do: 'carrier away'; readonly ms: number }
  /** Every tick everywhere at once, as expired locks of the clock room would. */
  | { readonly do: 'hurry' };

export interface Planned {
  /** Milliseconds from the beginning. */
  readonly atMs: number;
  readonly act: Act;
}

export interface Plan {
  readonly seed: number;
  /** So long the storm lasts; then all heals. */
  readonly stormMs: number;
  readonly contacts: number;
  /** `all`: each process is web and worker; else two of each. */
  readonly roles: 'all' | 'apart';
  /** Messages a second of each sender; 0 lifts the rate, and every worker sends. */
  readonly mps: number;
  /** How far the clocks of processes are from the true one, at most. */
  readonly skewMs: number;
  /** How long the carrier's list hides a message, at most. */
  readonly listLagMs: number;
  readonly rates: Rates;
  /** How long a process struck where it hurts is frozen; `freezesMs` unless said. */
  readonly freezesMs?: readonly number[];
  readonly acts: readonly Planned[];
}

export const calm: Rates = {
  lostCommand: 0,
  slowCommand: 0,
  lostCommit: 0,
  conflict: 0,
  throttled: 0,
  notConnected: 0,
  refused: 0,
  failedBefore: 0,
  failedAfter: 0,
  hang: 0,
  hangAfter: 0,
  acceptLate: 0,
  slowCall: 0,
  noStatus: 0,
  doubledStatus: 0,
  lateStatus: 0,
  undelivered: 0,
  doubledText: 0,
  frozenAtClaim: 0,
  frozenAtCall: 0,
  killedAtClaim: 0,
  killedAtCall: 0,
  frozenAtAnswer: 0,
  stopAtClaim: 0,
};

/** How long a process is frozen: past the deadline of a call, past a lease, past the proof of absence. */
export const freezesMs = [500, 2_500, 9_000, 20_000, 150_000] as const;

const texts = [
  'STOP',
  'Stop !',
  'STOP',
  'START',
  'HELP',
  'AIDE',
  'oui',
  'non',
  'merci',
  'COACH',
  'ça coûte combien ?',
  'je comprends pas',
  'arrêtez tout',
  'plus de sms svp',
];

export function planOf(seed: number): Plan {
  const draw = createStreams(seed ^ 0x5eed)('plan');
  const between = (least: number, most: number): number => least + Math.floor(draw() * (most - least + 1));
  const pick = <T>(some: readonly T[]): T => some[between(0, some.length - 1)] as T;
  const contacts = pick([1, 1, 2, 2, 3, 4]);
  const stormMs = pick([5_000, 5_000, 10_000, 10_000, 10_000, 25_000, 25_000, 180_000]);
  const isAll = draw() < 0.5;
  const parts = isAll ? 3 : 4;
  // Bursts and healing, not a drizzle: a run has some faults often, and others never.
  const rates = Object.fromEntries(
    Object.keys(calm).map((name) => [
      name,
      draw() < 0.25 ? draw() * (mostOf[name as keyof Rates] ?? 0.3) : 0,
    ]),
  ) as unknown as Rates;
  const acts: Planned[] = [];
  const add = (count: number, act: () => Act): void => {
    for (let n = 0; n < count; n += 1) acts.push({ atMs: between(0, stormMs), act: act() });
  };
  const who = (): number => between(0, contacts - 1);
  add(between(0, 8), () => ({ do: 'say', who: who(), text: pick(texts) }));
  add(between(0, 2), () => ({ do: 'say', who: who(), text: 'STOP' }));
  add(between(0, 2), () => ({ do: 'track', who: who(), name: pick(['App Logged In', 'Upsell Declined']) }));
  if (draw() < 0.4)
    add(between(1, 4), () => ({
      do: 'coach',
      who: who(),
      act: pick(['claim', 'claim', 'say', 'handBack', 'resolve'] as const),
    }));
  if (draw() < 0.6) add(between(1, 4), () => ({ do: 'kill', part: between(0, parts - 1) }));
  if (draw() < 0.5)
    add(between(1, 3), () => ({
      do: 'freeze',
      part: between(0, parts - 1),
      ms: pick(freezesMs),
    }));
  if (draw() < 0.2) add(between(1, 2), () => ({ do: 'fail over', ms: pick([300, 2_500, 12_000]) }));
  if (draw() < 0.2) add(1, () => ({ do: 'carrier away', ms: pick([3_000, 20_000]) }));
  if (draw() < 0.5) {
    // Also while all heals: leases, looks and wakes are never waited for in the same order.
    for (let n = between(1, 5); n > 0; n -= 1)
      acts.push({ atMs: between(0, stormMs + 90_000), act: { do: 'hurry' } });
  }
  return {
    seed,
    stormMs,
    contacts,
    roles: isAll ? 'all' : 'apart',
    mps: pick([0, 1, 5, 50]),
    skewMs: draw() < 0.3 ? 2_500 : 0,
    listLagMs: pick([0, 5_000, 60_000]),
    rates,
    acts: acts.sort((one, other) => one.atMs - other.atMs),
  };
}

const mostOf: Readonly<Partial<Record<keyof Rates, number>>> = {
  lostCommand: 0.03,
  slowCommand: 0.1,
  lostCommit: 0.1,
  conflict: 0.1,
  throttled: 0.6,
  noStatus: 1,
  doubledStatus: 0.5,
  lateStatus: 0.6,
  slowCall: 0.6,
  doubledText: 0.5,
  failedAfter: 0.5,
  hangAfter: 0.5,
  acceptLate: 0.6,
  frozenAtClaim: 0.5,
  frozenAtCall: 0.5,
  frozenAtAnswer: 0.4,
  stopAtClaim: 0.6,
};
