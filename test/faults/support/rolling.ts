import { watchLedger } from './ledger.ts';
import { createTally, tooCalm, type Outcome } from './outcome.ts';
import { diceOf } from './scale.ts';
import type { Part, Squall } from './squall.ts';
import { createTraffic } from './traffic.ts';
import { pause } from './until.ts';
import { comeToRest, verdictOf } from './verdict.ts';

/*
 * F25: one process after the other is asked to end and starts as the other version, under load. No deploy leaves a row unsure.
 */

/** Listeners, turns and calls in hand have 10 s each, and the machine does other things too. */
const longestStopMs = 40_000;
const betweenMs = 1_000;

export interface Build {
  readonly name: string;
  /** Arguments of `node`. */
  readonly entry: readonly string[];
}

export async function rollOn(squall: Squall, builds: readonly Build[], restarts: number): Promise<Outcome> {
  const { webs, workers, store, carrier } = squall;
  const dice = diceOf('F25');
  const tally = createTally();
  let isOver = false;
  const traffic = createTraffic({ squall, dice, tally, isOver: () => isOver, batch: 40, spreadMs: 6_000 });
  const ledger = watchLedger(store);
  await carrier.setFaults({ seed: 1, rates: { slow: 0.5 }, ms: { slow: [200, 3_000] } });
  const people = traffic.run(0);
  const slow: string[] = [];
  const stopsMs: number[] = [];
  const parts = [...webs, ...workers];
  for (let turn = 0; turn < restarts; turn += 1) {
    const part = parts[turn % parts.length];
    // By the time each has been asked once, all run the other build; in between both run side by side.
    const build = builds[(Math.floor(turn / parts.length) + 1) % builds.length];
    if (!part || !build) continue;
    const tookMs = await stop(part);
    stopsMs.push(tookMs);
    if (tookMs > longestStopMs) slow.push(`${part.name} took ${String(tookMs)} ms to end`);
    await part.restart(build.entry);
    tally.count('restarts');
    tally.count(`as ${build.name}`);
    await pause(betweenMs);
  }
  isOver = true;
  await people;
  await comeToRest(squall);
  await carrier.setFaults({ clear: true });
  const verdict = await verdictOf(squall, traffic, await ledger.close());
  const unsure = await store.outbox
    .find({ 'history.status': 'unsure' }, { projection: { _id: 1 } })
    .toArray();
  return {
    injected: tally.counts,
    operations: verdict.operations,
    violations: [
      ...verdict.violations,
      ...slow,
      ...unsure.map(({ _id }) => `unsure after a deploy: ${_id}`),
      ...tooCalm(tally.counts, { restarts, stops: restarts }),
    ],
    figures: { ...verdict.figures, longestStopMs: Math.max(...stopsMs), unsure: unsure.length },
  };
}

/** Asks it to end; milliseconds it took. */
async function stop({ child }: Part): Promise<number> {
  const beganMs = performance.now();
  child.signal('SIGTERM');
  await Promise.race([child.ended, pause(2 * longestStopMs)]);
  const tookMs = Math.round(performance.now() - beganMs);
  child.signal('SIGKILL');
  await child.ended;
  return tookMs;
}
