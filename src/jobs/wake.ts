import { monotonicMs, type Clock } from '../clock.ts';
import type { Arrive } from '../pipeline/receipt.ts';
import type { Store } from '../store/connect.ts';
import type { Done, Tick } from './tick.ts';

const pageSize = 500;
const mostMs = 10_000;

export interface WakeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly arrive: Arrive;
}

interface DueRun {
  readonly _id: string;
  readonly contactId: string;
  readonly wakeAt: Date;
}

/**
 * Notices runs whose time has come: each becomes the arrival `wake:<run>:<wakeAt>`, which is the same however many
 * workers notice it. Page by page, the longest due first, until none is left or the time is over. One cursor reads them:
 * a run stays due until its step is kept, so asking again from the front would not move.
 */
export async function wake({
  store,
  clock,
  arrive,
  untilMs,
}: WakeDeps & { readonly untilMs: number }): Promise<{ woken: number }> {
  const now = clock.now();
  let woken = 0;
  const due = store.runs
    .find<DueRun>(
      { open: true, wakeAt: { $lte: now } },
      { projection: { contactId: 1, wakeAt: 1 }, hint: { open: 1, wakeAt: 1 } },
    )
    .sort({ wakeAt: 1 })
    .batchSize(pageSize);
  try {
    while (monotonicMs() < untilMs && (await due.hasNext())) {
      const page = due.readBufferedDocuments(pageSize);
      const arrivals = await Promise.all(page.map((run) => arrive(arrivalOf(run, now))));
      woken += arrivals.filter(({ isNew }) => isNew).length;
    }
  } finally {
    await due.close();
  }
  return { woken };
}

const arrivalOf = ({ _id, contactId, wakeAt }: DueRun, receivedAt: Date) =>
  ({
    id: `wake:${_id}:${wakeAt.toISOString()}`,
    kind: 'wake',
    contactId,
    receivedAt,
    state: 'new',
    tries: 0,
    runId: _id,
    wakeAt,
  }) as const;

export const wakeTick = (deps: WakeDeps): Tick => ({
  name: 'wake',
  everyMs: 15_000,
  lifetimeMs: 30_000,
  run: (untilMs): Promise<Done> => wake({ ...deps, untilMs: Math.min(untilMs, monotonicMs() + mostMs) }),
});
