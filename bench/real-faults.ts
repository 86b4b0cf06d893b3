import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loseMajority, killPrimaries } from '../test/faults/support/failover.ts';
import { openNodes, type Nodes, type NodesOptions } from '../test/faults/support/nodes.ts';
import type { Outcome } from '../test/faults/support/outcome.ts';
import { rollOn } from '../test/faults/support/rolling.ts';
import { sized } from '../test/faults/support/scale.ts';
import { openSquall, type Squall } from '../test/faults/support/squall.ts';
import { blow } from '../test/faults/support/storm.ts';
import { cutStreams } from '../test/faults/support/streams.ts';
import { drainBacklog } from './backlog.ts';
import { build, buildOf } from './builds.ts';
import { openGround } from './ground.ts';

/*
 * The faults no test of a landing has time for, on the real product as it is delivered: built, as child processes, over real
 * nodes of a database. FAULTS_SCALE=10 takes the sizes of the design, 1 a size that ends soon.
 */

const root = join(import.meta.dirname, '..');
const hourMs = 3_600_000;
/** What comes before and after the storm itself. */
const marginMs = 1_800_000;

async function onNodes(
  nodesOptions: Omit<NodesOptions, 'longestMs'> & { readonly longestMs?: number },
  mps: number,
  run: (squall: Squall, nodes: Nodes) => Promise<Outcome>,
): Promise<Outcome> {
  process.env['FAULTS_ENTRY'] ??= build(root);
  const longestMs = nodesOptions.longestMs ?? hourMs;
  const nodes = await openNodes({ ...nodesOptions, longestMs });
  try {
    const { squall, close } = await openSquall(nodes.uri, { mps, wantsRedis: true, longestMs });
    try {
      return await run(squall, nodes);
    } finally {
      await close();
    }
  } finally {
    await nodes.close();
  }
}

export interface Sizes {
  readonly minutes: number;
  /** Of the flood. */
  readonly operations: number;
  /** The commit that is version n beside ours. */
  readonly old: string;
}

const small = { runs: 100_000, due: 5_000, mps: 300 } as const;
const whole = { runs: 1_000_000, due: 50_000, mps: 300 } as const;

async function backlog(): Promise<Outcome> {
  const ground = await openGround({ profileDir: null });
  try {
    return await drainBacklog(ground, sized(1, 10) === 1 ? small : whole);
  } finally {
    await ground.close();
  }
}

async function rolling(commit: string): Promise<Outcome> {
  const entry = build(root);
  const old = buildOf(root, commit, mkdtempSync(join(tmpdir(), 'mona-old-')));
  try {
    const builds = [{ name: 'this version', entry: [entry] }];
    if (old) builds.push({ name: old.commit, entry: [old.entry] });
    else console.log('This folder knows no commits: both sides run this version.');
    return await onNodes({ count: 1 }, 100, (squall) => rollOn(squall, builds, sized(8, 20)));
  } finally {
    old?.end();
  }
}

/** By name. */
export const realFaults = ({
  minutes,
  operations,
  old,
}: Sizes): Readonly<Record<string, () => Promise<Outcome>>> => {
  const storm = (some: number): Promise<Outcome> =>
    onNodes({ count: 3, longestMs: minutes * 60_000 + marginMs + some * 20 }, 100, (squall, nodes) =>
      blow(squall, nodes, { minutes, operations: some }),
    );
  return {
    F6: () => onNodes({ count: 3 }, 40, (squall, nodes) => killPrimaries(squall, nodes, sized(4, 15))),
    F9: () => onNodes({ count: 3 }, 40, loseMajority),
    F22: backlog,
    F23: () => onNodes({ count: 1, oplogMb: 16 }, 40, cutStreams),
    F25: () => rolling(old),
    storm: () => storm(0),
    flood: () => storm(operations),
  };
};
