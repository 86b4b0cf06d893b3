import { sweep, type SweepDeps } from '../pipeline/sweep.ts';
import type { Done, Tick } from './tick.ts';

/** `also`: what other rooms have to end at its time (quarantines, offers, segments), each in its own numbers. */
export const sweepTick = (
  deps: SweepDeps,
  also: readonly ((untilMs: number) => Promise<Done>)[] = [],
): Tick => ({
  name: 'sweep',
  everyMs: 60_000,
  lifetimeMs: 120_000,
  async run(untilMs) {
    const swept: Done = { ...(await sweep(deps, untilMs)) };
    const more: Done[] = [];
    for (const end of also) more.push(await end(untilMs));
    return Object.assign({}, swept, ...more) as Done;
  },
});
