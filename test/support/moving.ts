import { silentLog } from '../../src/log.ts';
import { createArrive, type Arrive } from '../../src/pipeline/arrive.ts';
import { createDrain, type Drain, type DrainDeps } from '../../src/pipeline/drain.ts';
import type { Store } from '../../src/store/connect.ts';
import { ourSenders } from './build.ts';
import type { TestClock } from './clock.ts';

const defaults = { country: 'FR', zone: 'Europe/Paris', locale: 'fr' } as const;

type Given = Pick<DrainDeps, 'library' | 'decide'> & Partial<DrainDeps> & { readonly clock: TestClock };

/** The hearing half of the house on a real database: what arrives is moved, and nothing is sent. */
export function aMovingHouse(store: Store, given: Given): { readonly arrive: Arrive; readonly drain: Drain } {
  const drain = createDrain({
    store,
    bell: () => undefined,
    log: silentLog,
    publicUrl: 'http://localhost',
    senders: ourSenders,
    schedule: given.clock.schedule,
    freshMs: 0,
    ...given,
  });
  return { drain, arrive: createArrive({ store, defaults, onArrived: (id) => void drain.drain(id) }) };
}
