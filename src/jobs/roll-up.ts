import { age, type AgeDeps } from '../pipeline/age.ts';
import type { Done, Tick } from './tick.ts';

/** `also`: totals that are recomputed and set, never raised (reliability.md §8). */
export const rollUpTick = (
  deps: AgeDeps,
  also: readonly ((untilMs: number) => Promise<Done>)[] = [],
): Tick => ({
  name: 'roll-up',
  everyMs: 300_000,
  lifetimeMs: 120_000,
  async run(untilMs) {
    const aged = await age(deps, untilMs);
    const more: Done[] = [];
    for (const total of also) more.push(await total(untilMs));
    return Object.assign({}, aged, ...more) as Done;
  },
});
