import { Counter, Histogram, type Registry } from 'prom-client';
import type { TickRun } from './tick.ts';

/** Counts and times of the ticks, for `/metrics`. */
export function createTickMetrics(registry: Registry): (run: TickRun) => void {
  const seconds = new Histogram({
    name: 'mona_tick_seconds',
    help: 'How long a tick took',
    labelNames: ['tick'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const did = new Counter({
    name: 'mona_tick_did_total',
    help: 'What ticks did',
    labelNames: ['tick', 'what'],
    registers: [registry],
  });
  const failed = new Counter({
    name: 'mona_tick_failed_total',
    help: 'Ticks that failed',
    labelNames: ['tick'],
    registers: [registry],
  });

  return ({ name, tookMs, done, error }) => {
    seconds.observe({ tick: name }, tookMs / 1000);
    if (error !== null) failed.inc({ tick: name });
    for (const [what, count] of Object.entries(done ?? {}))
      if (count > 0) did.inc({ tick: name, what }, count);
  };
}
