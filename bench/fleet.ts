import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Ground, Product } from './ground.ts';
import { measureSent, sendDue, sizeOfRate, type RateRow, type RateSize } from './rate.ts';
import { freePort } from './processes.ts';

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

interface Redis {
  readonly url: string;
  stop(): void;
}

async function startRedis(): Promise<Redis> {
  const port = String(await freePort());
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('redis-server does not start: install it (apt-get install redis-server)', {
      cause: error,
    });
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('Ready to accept')) return;
  })();
  await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill() };
}

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
