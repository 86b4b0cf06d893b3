import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { startMongod, type Mongod, type MongodOptions } from './mongod.ts';

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/**
 * Starts a mongod, and starts it again on its port whenever it ends without being asked: killed for its memory, a full disk
 * that has room again. Until then whoever needs it waits or says so. Rejects like startMongod when it cannot begin at all.
 */
export async function keepMongod(options: MongodOptions): Promise<Mongod> {
  let standing = await startMongod(options);
  const { uri, port } = standing;
  const stopping = new AbortController();
  let starting: Promise<void> = Promise.resolve();

  async function startAgain(): Promise<void> {
    for (let waitMs = firstPauseMs; !stopping.signal.aborted; waitMs = Math.min(waitMs * 2, longestPauseMs)) {
      try {
        standing = await startMongod({ ...options, port });
        return;
      } catch (error) {
        options.log.error(
          { reason: messageOf(error), waitMs },
          'the database does not start; it is tried again',
        );
        await pause(waitMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async function keep(): Promise<string> {
    for (;;) {
      const how = await standing.ended;
      if (stopping.signal.aborted) return how;
      options.log.error(
        { pid: standing.pid, how },
        'the database ended without being asked; it is started again',
      );
      starting = startAgain();
      await starting;
    }
  }

  const ended = keep();
  return {
    uri,
    port,
    get pid() {
      return standing.pid;
    },
    ended,
    async stop() {
      stopping.abort();
      await starting;
      await standing.stop();
    },
  };
}
