import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Db } from 'mongodb';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { runTick, type Tick, type TickName, type TickRun } from './tick.ts';

const collection = 'agendaJobs';
/** How often Agenda looks for what is due within that time; it then sets a timer to the instant. */
const processEveryMs = 5_000;
/** Ticks this near to each other move on what a killed process left; the others are the night's. */
const nearMs = 120_000;

export interface JobsOptions {
  /** The connected one: Agenda ends the process when it must connect by itself and cannot. */
  readonly db: Db;
  readonly ticks: readonly Tick[];
  readonly log: Log;
  readonly onRun?: (run: TickRun) => void;
}

export interface TickState {
  readonly name: TickName;
  readonly everyMs: number;
  readonly last: TickRun | null;
}

export interface Jobs {
  /** Last run of each tick in this process. */
  readonly states: () => readonly TickState[];
  /** Waits for the ticks that run, unlocks what waits, leaves no timer behind. */
  stop(): Promise<void>;
}

/**
 * The clock room. Agenda is a clock with one document a tick, never the holder of a contact's time (reliability.md §8);
 * loops of our own stand beside it, so that a lock left by a killed process delays nothing here.
 */
export async function startJobs({ db, ticks, log, onRun }: JobsOptions): Promise<Jobs> {
  const lasts = new Map<TickName, TickRun>();
  const running = new Set<Promise<unknown>>();
  const watch = {
    log,
    onRun: (run: TickRun) => {
      lasts.set(run.name, run);
      onRun?.(run);
    },
  };
  const run = async (tick: Tick): Promise<void> => {
    const ended = runTick(tick, watch);
    running.add(ended);
    await ended.finally(() => running.delete(ended));
  };

  // A process that is killed again and again never comes to the hour of the clock room: who starts looks at once.
  for (const tick of ticks) if (tick.everyMs <= nearMs) void run(tick);
  const agenda = await startAgenda(db, ticks, run, log);
  const loops = ticks.flatMap((tick) =>
    tick.loopMs === undefined ? [] : [startLoop(tick.loopMs, () => run(tick))],
  );

  return {
    states: () => ticks.map(({ name, everyMs }) => ({ name, everyMs, last: lasts.get(name) ?? null })),
    async stop() {
      for (const loop of loops) loop.stop();
      await Promise.allSettled(running);
      await agenda.stop(false);
    },
  };
}

async function startAgenda(
  db: Db,
  ticks: readonly Tick[],
  run: (tick: Tick) => Promise<void>,
  log: Log,
): Promise<Agenda> {
  await db.command({ ping: 1 });
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: db, collection }),
    processEvery: processEveryMs,
    defaultConcurrency: 1,
    maxConcurrency: ticks.length,
    defaultLockLimit: 1,
  });
  agenda.on('error', (error: Error) => {
    log.warn({ error: messageOf(error) }, 'the clock room could not reach the database; it tries again');
  });
  await agenda.ready;
  for (const tick of ticks) {
    agenda.define(tick.name, () => run(tick), {
      concurrency: 1,
      lockLimit: 1,
      lockLifetime: tick.lifetimeMs,
    });
    await agenda.every(tick.everyMs, tick.name);
  }
  await agenda.start();
  return agenda;
}

/** Again and again, each time so long after the last one ended. */
function startLoop(everyMs: number, run: () => Promise<void>): { stop(): void } {
  let isStopped = false;
  let timer = setTimeout(round, everyMs);
  timer.unref();
  function round(): void {
    void run().finally(() => {
      if (isStopped) return;
      timer = setTimeout(round, everyMs);
      timer.unref();
    });
  }
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
