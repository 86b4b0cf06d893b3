import { startRedis } from '../test/support/redis.ts';
import type { Ground, Product } from './ground.ts';
import { measureSent, sendDue, sizeOfRate, type RateRow, type RateSize } from './rate.ts';

/** Nudges by one process, and by two doors and two workers that share their rates through Redis. */
export interface FleetRow {
  readonly who: 'one process' | '2 web, 2 workers, Redis';
  /** With the sender's rate kept. */
  readonly rate: RateRow;
  /** With the rate lifted: from the first to the last at the carrier. */
  readonly perSecond: number;
}

export interface FleetSize {
  readonly rate: RateSize;
  readonly nudges: number;
}

const patienceMs = 180_000;

type Env = Readonly<Record<string, string>>;

async function open(ground: Ground, dbName: string, isFleet: boolean, env: Env): Promise<readonly Product[]> {
  if (!isFleet) return [await ground.product(dbName, env)];
  const started: Product[] = [];
  // One after the other: the first builds what the database lacks.
  for (const ROLE of ['web', 'web', 'worker', 'worker'])
    started.push(await ground.product(dbName, { ...env, ROLE }));
  return started;
}

async function measureOne(
  ground: Ground,
  redisUrl: string,
  isFleet: boolean,
  size: FleetSize,
): Promise<FleetRow> {
  const name = isFleet ? 'fleet' : 'single';
  const { outside } = ground;
  const shared = { REDIS_URL: redisUrl };
  const send = <T>(what: string, nudges: number, env: Env, count: () => T): Promise<T> => {
    const dbName = `${name}-${what}`;
    return sendDue(
      ground,
      { dbName, nudges, open: () => open(ground, dbName, isFleet, env), patienceMs },
      count,
    );
  };
  const kept = { ...shared, SMS_MPS: String(size.rate.mps) };
  const rate = await send('rate', sizeOfRate(size.rate), kept, () => measureSent(outside, size.rate.mps));
  const perSecond = await send('lifted', size.nudges, shared, () => {
    const calls = outside.book.map(({ calledAt }) => calledAt);
    const tookMs = Math.max(...calls) - Math.min(...calls);
    return (calls.length * 1000) / Math.max(1, tookMs);
  });
  return { who: isFleet ? '2 web, 2 workers, Redis' : 'one process', rate, perSecond };
}

export async function measureFleet(ground: Ground, size: FleetSize): Promise<readonly FleetRow[]> {
  const redis = await startRedis();
  try {
    const alone = await measureOne(ground, redis.url, false, size);
    return [alone, await measureOne(ground, redis.url, true, size)];
  } finally {
    redis.stop();
  }
}
