import { setTimeout as pause } from 'node:timers/promises';
import { seedArtists, seedRuns } from './cast.ts';
import type { Ground } from './ground.ts';
import { cpuMs } from './processes.ts';

/** Share of one core while nothing is due. */
export interface IdleRow {
  readonly runs: number;
  readonly forMs: number;
  readonly mongodCores: number;
  readonly appCores: number;
  /** The same database before the product was there. */
  readonly mongodAloneCores: number;
}

const settleMs = 4_000;

export async function measureIdle(
  ground: Ground,
  { runs, forMs }: { readonly runs: number; readonly forMs: number },
): Promise<IdleRow> {
  const { mongod } = ground;
  const store = await ground.open('idle');
  await seedArtists(store, 1);
  await seedRuns(store, runs);
  // What the seeding left to write is no idleness.
  await store.connection.getClient().db('admin').command({ fsync: 1 });
  await pause(settleMs);
  const [alone = 0] = await coresOf([mongod.pid], forMs / 2);
  const product = await ground.product('idle');
  try {
    await pause(settleMs);
    const [db = 0, app = 0] = await coresOf([mongod.pid, product.pid], forMs);
    return { runs, forMs, mongodCores: db, appCores: app, mongodAloneCores: alone };
  } finally {
    await product.stop();
  }
}

async function coresOf(pids: readonly number[], forMs: number): Promise<number[]> {
  const before = pids.map(cpuMs);
  const began = performance.now();
  await pause(forMs);
  const tookMs = performance.now() - began;
  return pids.map((pid, index) => (cpuMs(pid) - (before[index] ?? 0)) / tookMs);
}
