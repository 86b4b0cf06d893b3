import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

/* A redis-server of our own on a free port: it keeps nothing on disk. */

export const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

export const redisCommand = (port: number): readonly string[] => [
  'redis-server',
  ...['--port', String(port), '--bind', '127.0.0.1'],
  ...['--save', '', '--appendonly', 'no'],
];

/** Whether this line of its output says that it takes connections. */
export const saysReady = (line: string): boolean => line.includes('Ready to accept');

export interface RedisServer {
  readonly url: string;
  stop(): void;
}

/** Starts one that ends with this process at the latest; rejects where no redis-server is on PATH. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const [program = '', ...args] = redisCommand(port);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', stop);
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('redis-server does not start: install it (apt-get install redis-server)', {
      cause: error,
    });
  });
  failed.catch(() => undefined);
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (saysReady(line)) return;
  })();
  await Promise.race([ready, failed]);
  // What it says later is read by nobody, and must not fill the pipe.
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    stop: () => {
      process.off('exit', stop);
      stop();
    },
  };
}
