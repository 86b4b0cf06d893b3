import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** A child of the bench, ready for work. */
export interface Running {
  readonly pid: number;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** The next line it prints that begins with this; rejects when it ends first. */
  heard(beginning: string): Promise<string>;
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
const stopMs = 15_000;
const readyMs = 60_000;
/** `/proc` counts in hundredths of a second. */
const tickMs = 10;

// Whatever ends the bench, nothing of it stays behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts a node process and waits for the line that says it is ready. */
export async function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: string,
): Promise<Running> {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const running = follow(child);
  const late = pause(readyMs).then(() => {
    throw new Error(`not ready after ${String(readyMs)} ms: ${args.join(' ')}`);
  });
  late.catch(() => undefined);
  await Promise.race([running.heard(ready), late]);
  return running;
}

function follow(child: ChildProcess): Running {
  const waiting = new Map<string, { resolve: (line: string) => void; reject: (error: Error) => void }>();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      children.delete(child);
      for (const { reject } of waiting.values()) reject(new Error(`a child ended with ${String(code)}`));
      resolve();
    });
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      for (const [beginning, { resolve }] of waiting) {
        if (!line.trim().startsWith(beginning)) continue;
        waiting.delete(beginning);
        resolve(line.trim());
      }
    });
  }
  return {
    pid: child.pid ?? 0,
    tell: (line) => child.stdin?.write(`${line}\n`),
    heard: (beginning) => new Promise((resolve, reject) => waiting.set(beginning, { resolve, reject })),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** CPU a process has used so far, user and system, in milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

export interface Metered<T> {
  readonly result: T;
  readonly tookMs: number;
  /** By pid, in the order given. */
  readonly cpuMs: readonly number[];
}

/** What writes its last words after the work is over belongs to the work. */
const tailMs = 400;

/** Runs work and says what CPU these processes used for it. */
export async function metered<T>(pids: readonly number[], work: () => Promise<T>): Promise<Metered<T>> {
  const before = pids.map(cpuMs);
  const began = performance.now();
  const result = await work();
  const tookMs = performance.now() - began;
  await pause(tailMs);
  return { result, tookMs, cpuMs: pids.map((pid, index) => cpuMs(pid) - (before[index] ?? 0)) };
}
