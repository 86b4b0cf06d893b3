import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Backlog } from '../reports/health.ts';
import { counterNames, type CounterName, type Counters } from '../pipeline/counters.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly counters: Counters;
}

const labelsOf: Readonly<Partial<Record<CounterName, readonly string[]>>> = {
  claims: ['outcome'],
  calls: ['outcome', 'channel'],
  receipts: ['status'],
  settled: ['as'],
  breaker_opened: ['channel'],
  turns_dropped: ['channel'],
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'mona_' });
  const counters = new Map<CounterName, Counter>(
    counterNames.map((name) => [
      name,
      new Counter({
        name: `mona_${name}_total`,
        help: `Pipeline: ${name.replaceAll('_', ' ')}`,
        labelNames: [...(labelsOf[name] ?? [])],
        registers: [registry],
      }),
    ]),
  );
  return {
    registry,
    counters: {
      count: (name, labels = {}, by = 1) => {
        if (by <= 0) return;
        const known = labelsOf[name] ?? [];
        counters
          .get(name)
          ?.inc(Object.fromEntries(Object.entries(labels).filter(([label]) => known.includes(label))), by);
      },
    },
  };
}

/** What waits, read when the metrics are: the alerts of ops/prometheus stand on these. */
export function watchBacklog(registry: Registry, read: () => Promise<Backlog>): void {
  const oldest = new Gauge({
    name: 'mona_oldest_waiting_seconds',
    help: 'How long the oldest has waited: arrivals for their step, outbox rows that are due for their call',
    labelNames: ['of'],
    registers: [registry],
  });
  const isUp = new Gauge({
    name: 'mona_database_up',
    help: '1 while the database answers, 0 while it does not; then nothing else is known of what waits',
    registers: [registry],
  });
  new Gauge({
    name: 'mona_waiting',
    help: 'Arrivals and due outbox rows that wait; unsure rows; threads with something failed or stuck',
    labelNames: ['of'],
    registers: [registry],
    async collect() {
      const backlog = await read().catch(() => null);
      isUp.set(backlog ? 1 : 0);
      this.reset();
      oldest.reset();
      if (!backlog) return;
      const { arrivals, outbox, unsure, failed, stuck } = backlog;
      const counts = { arrivals: arrivals.count, outbox: outbox.count, unsure, failed, stuck };
      for (const [of, count] of Object.entries(counts)) this.set({ of }, count);
      for (const [of, { ageMs }] of Object.entries({ arrivals, outbox })) oldest.set({ of }, ageMs / 1000);
    },
  });
}
