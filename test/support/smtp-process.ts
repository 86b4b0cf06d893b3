import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  /** The mail as it went over the wire. */
  readonly raw: Buffer;
}

export interface SmtpProcess {
  readonly url: string;
  /** Mails it took, oldest first. */
  readonly letters: readonly Letter[];
  /** Resolves with the first mail to this address. */
  next(to: string): Promise<Letter>;
  stop(): Promise<void>;
}

const patienceMs = 30_000;

/** A relay in a process of its own, on loopback; it ends with whoever started it. */
export async function startSmtp(): Promise<SmtpProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'smtp-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const letters: Letter[] = [];
  const waiting = new Set<() => void>();
  const port = await new Promise<number>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const said = JSON.parse(line) as { port: number } | { from: string; to: string[]; raw: string };
      if ('port' in said) return resolve(said.port);
      letters.push({ ...said, raw: Buffer.from(said.raw, 'base64') });
      for (const look of waiting) look();
    });
  });
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    letters,
    next: (to) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`No mail to ${to} came.`)), patienceMs);
        const look = (): void => {
          const found = letters.find((letter) => letter.to.includes(to));
          if (!found) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
