import type { FaultPlan } from '../../../src/sandbox/carrier/faults.ts';
import type { CarrierDesk } from './carrier.ts';
import type { Nodes } from './nodes.ts';
import type { Tally } from './outcome.ts';
import type { Dice } from './scale.ts';
import type { Part } from './squall.ts';
import { pause } from './until.ts';

/*
 * What blows in a storm: processes, the database, the carrier, each at random until it is over, and then healed.
 */

export interface Strike {
  readonly dice: Dice;
  readonly tally: Tally;
  readonly isOver: () => boolean;
}

/** A row's lease and a margin: a part frozen for so long has lost all it held. */
const frozenMs = 20_000;
const stallShare = 0.12;
/** One that is struck down again before it did anything proves little: most have worked as long as they took to start. */
const leastLifeMs = 2_500;
const atStartShare = 0.1;
const keepUpMs = 500;

const hasLived = ({ child, readyAt, bootMs }: Part): boolean =>
  child.isAlive() && readyAt !== null && performance.now() - readyAt > Math.max(leastLifeMs, bootMs);

/**
 * One of these parts is killed every half to two seconds, now and then while it starts, or frozen past its lease; another one
 * starts in its place. Resolves when all stand again.
 */
export async function strikeParts(parts: readonly Part[], strike: Strike): Promise<void> {
  const { dice, tally, isOver } = strike;
  const frozen = new Set<Part>();
  const thaws: Promise<void>[] = [];
  const kept = parts.map((part) => keepUp(part, strike));
  while (!isOver()) {
    await pause(dice.between(500, 2_000));
    const isAnyone = dice.next() < atStartShare;
    const struck = parts.filter(
      (part) => !frozen.has(part) && (hasLived(part) || (isAnyone && part.child.isAlive())),
    );
    if (struck.length === 0) continue;
    const part = dice.pick(struck);
    if (dice.next() < stallShare) {
      tally.count('stalls');
      frozen.add(part);
      part.child.signal('SIGSTOP');
      thaws.push(
        pause(frozenMs).then(() => {
          part.child.signal('SIGCONT');
          frozen.delete(part);
        }),
      );
    } else {
      tally.count('kills');
      if (part.readyAt === null) tally.count('killsAtStart');
      part.child.signal('SIGKILL');
      await part.child.ended;
    }
  }
  await Promise.all([...thaws, ...kept]);
}

/** Starts a part again whenever it has ended, as whoever runs the product does: also one that found no database to start on. */
async function keepUp(part: Part, { tally, isOver }: Strike): Promise<void> {
  for (;;) {
    if (part.child.isAlive()) {
      if (isOver()) break;
      await Promise.race([part.child.ended, pause(keepUpMs)]);
    } else {
      tally.count('starts');
      await part.restart().catch(() => undefined);
    }
  }
  await part.stands();
}

/** Nobody hears of the commit, one way or another. */
export const commitFaults = [
  { closeConnection: true },
  { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
  { errorCode: 112, errorLabels: ['TransientTransactionError'] },
] as const;

/** In bursts: the primary is killed or steps down, commits of which nobody hears. */
export async function strikeDatabase(nodes: Nodes, { dice, tally, isOver }: Strike): Promise<void> {
  const { admin } = nodes;
  while (!isOver()) {
    await pause(dice.between(4_000, 10_000));
    if (isOver()) return;
    const chance = dice.next();
    if (chance < 0.35 && nodes.places.length > 1) {
      await killPrimary(nodes, dice.between(2_000, 6_000));
      tally.count('failovers');
      tally.count('primariesKilled');
    } else if (chance < 0.5) {
      // A node alone steps down too, is no primary for seconds, and is elected again.
      await admin.command({ replSetStepDown: 3, force: true }).catch(() => undefined);
      tally.count('failovers');
    } else tally.count('commitFaults', await failCommits(nodes, dice));
  }
}

/** Kills the primary; it comes back so much later. Resolves when it does. */
export async function killPrimary(nodes: Nodes, backMs: number): Promise<void> {
  const place = await nodes.primary();
  await nodes.kill(place);
  await pause(backMs);
  nodes.start(place);
}

async function failCommits({ admin }: Nodes, dice: Dice): Promise<number> {
  const data = { appName: 'mona', failCommands: ['commitTransaction'], ...dice.pick(commitFaults) };
  const set = (mode: unknown, more: object = {}): Promise<number> =>
    admin.command({ configureFailPoint: 'failCommand', mode, ...more }).then(
      (answer) => Number(answer['count'] ?? 0),
      () => 0,
    );
  const before = await set({ activationProbability: 0.2 }, { data });
  await pause(dice.between(3_000, 8_000));
  return Math.max(0, (await set('off')) - before);
}

/** What is asked for costs little; what nobody knows soon opens the breaker, so it comes in short bursts. */
const weathers: readonly FaultPlan['rates'][] = [
  { '429': 0.03, slow: 0.2, 'no-status': 0.2, 'duplicate-status': 0.1, 'late-status': 0.1 },
  { slow: 0.1, 'no-status': 0.5, 'status-before-answer': 0.2, 'duplicate-status': 0.3 },
  { '500-after-accept': 0.03, 'drop-after-accept': 0.03, 'no-status': 0.3, 'late-status': 0.3 },
  { '429': 0.15, '500-before-accept': 0.02, 'hang-after-accept': 0.02, slow: 0.2, 'list-lags': 0.2 },
];

export async function strikeCarrier(carrier: CarrierDesk, { dice, isOver }: Strike): Promise<void> {
  while (!isOver()) {
    await carrier.setFaults({
      seed: dice.between(1, 1e9),
      rates: dice.pick(weathers),
      ms: { slow: [50, 1_500], 'late-status': [1_000, 15_000], 'list-lags': [20_000, 60_000] },
    });
    await pause(dice.between(4_000, 15_000));
  }
}
