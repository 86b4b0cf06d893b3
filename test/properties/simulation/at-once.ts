import type { Wire } from './collection.ts';
import type { Work } from './database.ts';

/** A wire without a simulation behind it: each command happens as a whole, a turn of the event loop later. */
export function atOnce(who: string): Wire {
  return {
    who,
    async send<T>(_: string, work: () => Work<T>): Promise<T> {
      await new Promise((resolve) => setImmediate(resolve));
      const parts = work();
      for (;;) {
        const part = parts.next();
        if (part.done) return part.value;
        if (part.value === 'blocked') await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
