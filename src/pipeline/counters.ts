/** What the pipeline counts; `app.ts` gives it prom-client's. Labels never name a person. */
export interface Counters {
  count(name: CounterName, labels?: Readonly<Record<string, string>>, by?: number): void;
}

export const counterNames = [
  /** Outcome of each claim: `claimed`, `decided`, `missed`, `error`. */
  'claims',
  /** Outcome of each call: `accepted`, `throttled`, `refused`, `unknown`, `too_late`. */
  'calls',
  /** A turn dropped by a full queue: a bug with a counter, not a lost message. */
  'turns_dropped',
  /** Receipts taken, by status; `stray` where no row is known. */
  'receipts',
  /** I16: the carrier has a row twice. */
  'second_sid',
  /** Rows settled by the sweep and the list, by what became of them. */
  'settled',
  'breaker_opened',
] as const;
export type CounterName = (typeof counterNames)[number];

export const noCounters: Counters = { count: () => undefined };
