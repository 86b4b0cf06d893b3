/** The carrier's faults (reliability.md §10). `4xx:<code>` refuses the call; `failed:<code>` fails it afterwards. */
export const callFaults = [
  '429',
  '500-before-accept',
  '500-after-accept',
  'drop-after-accept',
  'hang-after-accept',
  'hang',
  'accept-late',
  'slow',
] as const;
export const statusFaults = [
  'no-status',
  'duplicate-status',
  'late-status',
  'status-before-answer',
  'list-lags',
] as const;
export const inboundFaults = [
  'duplicate-inbound',
  'swap-inbound',
  'lose-inbound',
  'late-inbound',
  'forged',
  'stop-handled-by-carrier',
] as const;

export type Fault =
  | (typeof callFaults)[number]
  | (typeof statusFaults)[number]
  | (typeof inboundFaults)[number]
  | `4xx:${number}`
  | `failed:${number}`;

/** Shortest and longest of a delay, in milliseconds. */
export type Span = readonly [number, number];
export type TimedFault =
  'accept-late' | 'slow' | 'late-status' | 'list-lags' | 'swap-inbound' | 'late-inbound';

export interface FaultPlan {
  readonly seed: number;
  /** Chance of each fault, 0 to 1. */
  readonly rates: Partial<Record<Fault, number>>;
  readonly ms: Record<TimedFault, Span>;
}

/** Faults of the next message to, or from, an address; one entry is used up by one message. */
export interface Script {
  readonly address: string;
  readonly faults: readonly Fault[];
}

export interface Faults {
  plan(): FaultPlan & { readonly script: readonly Script[] };
  set(change: {
    seed?: number;
    rates?: FaultPlan['rates'];
    ms?: Partial<FaultPlan['ms']>;
    script?: readonly Script[];
  }): void;
  clear(): void;
  /** Faults of one call to create a message to this address. */
  forCall(address: string): ReadonlySet<Fault>;
  /** Faults of one message from this phone. */
  forInbound(address: string): ReadonlySet<Fault>;
  delayMs(fault: TimedFault): number;
  /** How often each fault was played. */
  readonly played: ReadonlyMap<string, number>;
}

const usualMs: FaultPlan['ms'] = {
  'accept-late': [2_000, 20_000],
  slow: [500, 3_000],
  'late-status': [2_000, 20_000],
  'list-lags': [60_000, 60_000],
  'swap-inbound': [1_000, 1_000],
  'late-inbound': [1_000, 10_000],
};

/** A stream of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const isInbound = (fault: string): boolean => (inboundFaults as readonly string[]).includes(fault);
const isCall = (fault: string): boolean =>
  fault.startsWith('4xx:') || (callFaults as readonly string[]).includes(fault);

export function createFaults(): Faults {
  let seed = 1;
  let random = seeded(seed);
  let rates: FaultPlan['rates'] = {};
  let ms = usualMs;
  const scripts = new Map<string, Script[]>();
  const played = new Map<string, number>();

  /** A scripted entry is used by the first message it has a fault for, in its direction. */
  const scripted = (address: string, direction: 'call' | 'inbound'): readonly Fault[] | null => {
    const waiting = scripts.get(address);
    const place =
      waiting?.findIndex((script) =>
        script.faults.some((fault) => isInbound(fault) === (direction === 'inbound')),
      ) ?? -1;
    return place < 0 ? null : (waiting?.splice(place, 1)[0]?.faults ?? null);
  };

  /** One call fails in one way at most (rates that come to more than 1 share it in proportion); what happens to its receipts is drawn beside. */
  const drawn = (direction: 'call' | 'inbound'): readonly Fault[] => {
    const hits: Fault[] = [];
    const sum = (Object.entries(rates) as [Fault, number][]).reduce(
      (total, [name, rate]) => (isCall(name) ? total + rate : total),
      0,
    );
    let left = random() * Math.max(1, sum);
    for (const [name, rate] of Object.entries(rates) as [Fault, number][]) {
      if (isInbound(name) !== (direction === 'inbound')) continue;
      if (!isCall(name)) {
        if (random() < rate) hits.push(name);
      } else {
        if (left >= 0 && left < rate) hits.push(name);
        left -= rate;
      }
    }
    return hits;
  };

  const take = (address: string, direction: 'call' | 'inbound'): ReadonlySet<Fault> => {
    const faults = scripted(address, direction) ?? drawn(direction);
    for (const fault of faults) played.set(fault, (played.get(fault) ?? 0) + 1);
    return new Set(faults);
  };

  return {
    plan: () => ({ seed, rates, ms, script: [...scripts.values()].flat() }),
    set: (change) => {
      if (change.seed !== undefined) {
        seed = change.seed;
        random = seeded(seed);
      }
      rates = change.rates ?? rates;
      ms = { ...ms, ...change.ms };
      for (const script of change.script ?? [])
        scripts.set(script.address, [...(scripts.get(script.address) ?? []), script]);
    },
    clear: () => {
      rates = {};
      ms = usualMs;
      scripts.clear();
      played.clear();
    },
    forCall: (address) => take(address, 'call'),
    forInbound: (address) => take(address, 'inbound'),
    delayMs: (fault) => {
      const [least, most] = ms[fault];
      return Math.round(least + random() * (most - least));
    },
    played,
  };
}
