import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
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
