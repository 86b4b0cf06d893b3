import { watchLedger } from './ledger.ts';
import type { Nodes } from './nodes.ts';
import { createTally, tooCalm, totalOf, type Outcome } from './outcome.ts';
import { formOf, newSid, post, type Answered } from './post.ts';
import { diceOf, type Dice } from './scale.ts';
import type { Squall } from './squall.ts';
import { strikeCarrier, strikeDatabase, strikeParts, type Strike } from './strikes.ts';
import { createTraffic } from './traffic.ts';
import { pause } from './until.ts';
import { comeToRest, operationsOf, verdictOf } from './verdict.ts';

/*
 * The storm: everything at random together, on the real product, for so many minutes or so many operations: processes killed
 * and frozen, the primary killed, commits of which nobody hears, every fault of the carrier, STOPs at any instant, posts that
 * nobody signed. Then it heals, comes to rest, and is judged.
 */

export interface StormOptions {
  readonly minutes: number;
  /** Goes on until so many operations were done, and for `minutes` at least. */
  readonly operations?: number;
}

const lanes = 3;
const batch = 60;
const spreadMs = 12_000;
const forgedEveryMs = 500;
const lookMs = 15_000;

export async function blow(
  squall: Squall,
  nodes: Nodes,
  { minutes, operations = 0 }: StormOptions,
): Promise<Outcome> {
  const { store, carrier } = squall;
  const dice = diceOf('storm');
  const tally = createTally();
  const beganMs = performance.now();
  const sinceS = (): number => Math.round((performance.now() - beganMs) / 1000);
  let done = 0;
  const isOver = (): boolean => sinceS() >= minutes * 60 && done >= operations;
  const strike: Strike = { dice, tally, isOver };
  const traffic = createTraffic({ squall, dice, tally, isOver, batch, spreadMs });
  const ledger = watchLedger(store);
  const forged: Answered[] = [];
  await Promise.all([
    ...Array.from({ length: lanes }, (_, lane) => traffic.run(lane)),
    forge(squall, dice, isOver, forged),
    strikeParts([...squall.workers, ...squall.webs], strike),
    strikeDatabase(nodes, strike),
    strikeCarrier(carrier, strike),
    again(isOver, async () => {
      done = totalOf(await operationsOf(squall, traffic));
      console.error(`${String(sinceS())} s: ${String(done)} operations, ${JSON.stringify(tally.counts)}`);
    }),
  ]);
  const stormS = sinceS();
  const { faults } = await carrier.counters();
  await carrier.setFaults({ clear: true });
  await comeToRest(squall);
  const restS = sinceS() - stormS;
  const accepted = forged.filter(({ status }) => status === 200);
  const injected = { ...tally.counts, forged: forged.length, carrierFaults: totalOf(faults), ...faults };
  const verdict = await verdictOf(squall, traffic, await ledger.close());
  return {
    injected,
    operations: verdict.operations,
    violations: [
      ...verdict.violations,
      ...accepted.map(() => 'forged: a post nobody signed was answered 200'),
      ...tooCalm(injected, leastOf(minutes)),
    ],
    figures: { stormS, restS, ...verdict.figures, forgedAccepted: accepted.length },
  };
}

/** A storm must blow: what the gate's eight minutes have at least (reliability.md §10), a shorter one in proportion. */
const leastOf = (minutes: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries({ kills: 250, stalls: 30, failovers: 12, stops: 80, carrierFaults: 1_000 }).map(
      ([what, inEight]) => [what, Math.floor((inEight * minutes) / 8)],
    ),
  );

async function again(isOver: () => boolean, look: () => Promise<void>): Promise<void> {
  while (!isOver()) {
    await pause(lookMs);
    await look().catch(() => undefined);
  }
}

/** Posts that the carrier did not sign, all the time. */
async function forge(squall: Squall, dice: Dice, isOver: () => boolean, answers: Answered[]): Promise<void> {
  while (!isOver()) {
    await pause(forgedEveryMs);
    const text = { sid: newSid(), from: '+33639981999', body: 'STOP' };
    const signature = dice.pick([null, '', 'bm90IHRoZSBzaWduYXR1cmU=']);
    answers.push(await post(formOf(text), { ...squall.door(dice.between(0, 1)), signature }));
  }
}
