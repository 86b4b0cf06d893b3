import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { counterNames, type CounterName, type Counters } from '../pipeline/counters.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly counters: Counters;
  /** One tick of the clock room: how long it took, whether it failed. */
  tick(name: string, seconds: number, isFailed: boolean): void;
  /** Measured when somebody asks for metrics. */
  gauge(name: string, help: string, read: () => Promise<number>): void;
}

const labelsOf: Readonly<Partial<Record<CounterName, readonly string[]>>> = {
  claims: ['outcome'], calls: ['outcome', 'channel'], receipts: ['status'], settled: ['as'], breaker_opened: ['channel'], turns_dropped: ['channel'],
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'mona_' });
  const counters = new Map<CounterName, Counter>(
    counterNames.map((name) => [
      name,
      new Counter({ name: `mona_${name}_total`, help: `Pipeline: ${name.replaceAll('_', ' ')}`, labelNames: [...(labelsOf[name] ?? [])], registers: [registry] }),
    ]),
  );
  const ticks = new Histogram({ name: 'mona_tick_seconds', help: 'Duration of each tick of the clock room', labelNames: ['name', 'failed'], buckets: [0.01, 0.05, 0.2, 1, 5, 20], registers: [registry] });
  return {
    registry,
    counters: {
      count: (name, labels = {}, by = 1) => {
        if (by <= 0) return;
        const known = labelsOf[name] ?? [];
        counters.get(name)?.inc(Object.fromEntries(Object.entries(labels).filter(([label]) => known.includes(label))), by);
      },
    },
    tick: (name, seconds, isFailed) => {
      ticks.observe({ name, failed: String(isFailed) }, seconds);
    },
    gauge: (name, help, read) => {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
  };
}
