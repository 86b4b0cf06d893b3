/** What an experiment on the real product came to. */
export interface Outcome {
  readonly injected: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  /** One line each; none in a run that went well. */
  readonly violations: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
  count(what: string, by?: number): void;
}

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  return {
    counts,
    count: (what, by = 1) => {
      counts[what] = (counts[what] ?? 0) + by;
    },
  };
}

export const totalOf = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** A storm must blow: what was done too seldom. */
export const tooCalm = (
  injected: Readonly<Record<string, number>>,
  least: Readonly<Record<string, number>>,
): string[] =>
  Object.entries(least).flatMap(([what, wanted]) =>
    (injected[what] ?? 0) >= wanted
      ? []
      : [`too calm: ${String(injected[what] ?? 0)} ${what}, not ${String(wanted)}`],
  );
