import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

export type TickName = 'wake' | 'dispatch' | 'sweep' | 'reconcile' | 'roll-up' | 'import';

/** What a tick did, in numbers; all zero = nothing was due. */
export type Done = Readonly<Record<string, number>>;

/** Work that is looked for again and again. Every tick is safe beside itself, here and in another process. */
export interface Tick {
  readonly name: TickName;
  readonly everyMs: number;
  /** Agenda runs it again after this, whether or not it ended: so it ends by itself at half of it. */
  readonly lifetimeMs: number;
  /** Also looked for by this process itself that often, without waiting for Agenda's lock. */
  readonly loopMs?: number;
  /** `untilMs` on the monotonic clock: what is left then is the next tick's. */
  run(untilMs: number): Promise<Done>;
}

/** One run of a tick, as Health shows it. */
export interface TickRun {
  readonly name: TickName;
  readonly at: Date;
  readonly tookMs: number;
  readonly done: Done | null;
  readonly error: string | null;
}

export interface TickWatch {
  readonly log: Log;
  readonly onRun: (run: TickRun) => void;
}

/** The one wrapper: runs, times, logs. Never throws: tomorrow's tick must not hang on today's error. */
export async function runTick(tick: Tick, { log, onRun }: TickWatch): Promise<TickRun> {
  const at = new Date();
  const began = monotonicMs();
  const ended = await tick.run(began + tick.lifetimeMs / 2).then(
    (done) => ({ done, error: null }),
    (error: unknown) => ({ done: null, error: messageOf(error) }),
  );
  const run: TickRun = { name: tick.name, at, tookMs: Math.round(monotonicMs() - began), ...ended };
  if (run.error !== null)
    log.warn(
      { tick: run.name, error: run.error, tookMs: run.tookMs },
      'a tick failed; the next one tries again',
    );
  else if (Object.values(run.done ?? {}).some((count) => count > 0))
    log.debug({ tick: run.name, ...run.done, tookMs: run.tookMs }, 'tick');
  onRun(run);
  return run;
}
