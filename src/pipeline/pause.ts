import type { Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';
import { readSurroundings } from '../store/surroundings.ts';

export interface PauseDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Looks at once for what may leave. */
  readonly bell: () => void;
}

/** Stops what a sequence says of itself: from the next claim on its messages wait (guard rule `arbitration`). Answers still leave. */
export async function pauseSequence({ store, clock }: PauseDeps, flow: string): Promise<void> {
  await store.flows.updateOne({ _id: flow, pausedAt: null }, { $set: { pausedAt: clock.now() } });
  await takeHold(store);
}

/** Lets it speak again. What waited for that alone is asked about now and not when it would have expired; the guard says which may still leave. */
export async function resumeSequence({ store, clock, bell }: PauseDeps, flow: string): Promise<void> {
  await store.flows.updateOne({ _id: flow }, { $set: { pausedAt: null } });
  await takeHold(store);
  await store.outbox.updateMany(
    { status: 'queued', reason: 'sequence_paused', 'guard.flow': flow },
    { $set: { notBefore: clock.now() } },
  );
  bell();
}

/** Other processes know within the freshness of their surroundings; this one knows at once. */
const takeHold = (store: Store): Promise<unknown> => readSurroundings(store, 0);
