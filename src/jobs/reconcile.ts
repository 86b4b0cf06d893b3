import { monotonicMs } from '../clock.ts';
import { hasUnsure, readBack, reconcile, type ReconcileDeps } from '../pipeline/reconcile.ts';
import type { Tick } from './tick.ts';

const readBackMs = 120_000;

/** Every 30 s while a row is unsure; messages to us are read back every 2 min. */
export function reconcileTick(deps: ReconcileDeps): Tick {
  let readBackAtMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'reconcile',
    everyMs: 30_000,
    lifetimeMs: 120_000,
    async run(untilMs) {
      const isTime = monotonicMs() - readBackAtMs >= readBackMs;
      if (isTime) readBackAtMs = monotonicMs();
      const settled = isTime || (await hasUnsure(deps.store)) ? await reconcile(deps, untilMs) : null;
      const heard = isTime ? await readBack(deps, untilMs) : 0;
      return { ...settled, heard };
    },
  };
}
