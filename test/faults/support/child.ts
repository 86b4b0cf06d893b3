import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const root = join(import.meta.dirname, '../../..');
/** Last words kept of a child, for the report of a run that went wrong. */
const mostLines = 400;

/** A process of ours. Nothing but this object ever sends it a signal. */
export interface Child {
  readonly name: string;
  readonly lines: readonly string[];
  isAlive(): boolean;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** Resolves once it has ended. */
  readonly ended: Promise<void>;
}

export interface Nursery {
  /** A program of this repository, or of the machine, with this environment and no other. */
  start(name: string, command: readonly string[], env?: Readonly<Record<string, string>>): Child;
  /** Ends all that still live, frozen ones too. */
  end(): Promise<void>;
}

/** Children that end with the run, with this process, or after `longestMs`, whichever is first. */
export function openNursery(longestMs: number): Nursery {
  const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.js'), String(longestMs)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  // Closed by us, or gone after its time: then nothing is left to guard.
  watchdog.stdin.on('error', () => undefined);
  // Whoever started this run is gone: nobody waits for its end.
  process.once('disconnect', () => watchdog.stdin.end());
  const living = new Set<Child>();

  return {
    start(name, [program = process.execPath, ...args], env = {}) {
      const process_ = spawn(program, args, {
        cwd: root,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const child = watch(name, process_, () => {
        living.delete(child);
        watchdog.stdin.write(`-${String(process_.pid)}\n`);
      });
      living.add(child);
      watchdog.stdin.write(`+${String(process_.pid)}\n`);
      return child;
    },
    async end() {
      const ended = [...living].map((child) => child.ended);
      for (const child of living) child.signal('SIGKILL');
      await Promise.all(ended);
      watchdog.stdin.end();
    },
  };
}

function watch(name: string, child: ChildProcess, onEnd: () => void): Child {
  const lines: string[] = [];
  const listen = (stream: Readable | null): void => {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > mostLines) lines.shift();
    });
  };
  listen(child.stdout);
  listen(child.stderr);
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    lines,
    isAlive,
    signal: (signal) => {
      if (isAlive()) child.kill(signal);
    },
    ended: new Promise((resolve) => {
      // Its last words have been read by then.
      child.once('close', () => {
        onEnd();
        resolve();
      });
      child.once('error', (error) => {
        lines.push(error.message);
        resolve();
      });
    }),
  };
}
