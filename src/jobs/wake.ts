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

const softStopMs = 24 * 3_600_000;
const ofThread = { _id: 1, 'own.snooze': 1, softStops: 1 } as const;

/**
 * Threads whose own hour has come: a snooze that ends (inbox.md O8), a soft stop nobody decided on for 24 h, which is an
 * opt-out (conversation.md §2.5). They hang on no run, so their wake names none.
 */
export async function wakeThreads({ store, clock, arrive }: WakeDeps): Promise<{ woken: number }> {
  const now = clock.now();
  const undecided = new Date(now.getTime() - softStopMs);
  const [snoozed, doubtful] = await Promise.all([
    store.threads
      .find(
        { 'own.state': 'snoozed', 'own.snooze.until': { $lte: now } },
        { projection: ofThread, hint: { 'own.state': 1, 'own.dueAt': 1 } },
      )
      .limit(pageSize)
      .toArray(),
    store.threads
      .find(
        { flags: 'soft_stop', 'softStops.at': { $lte: undecided } },
        { projection: ofThread, hint: { flags: 1 } },
      )
      .limit(pageSize)
      .toArray(),
  ]);
  const wakes = [
    ...snoozed.map(({ _id, own }) => ({ contactId: _id, why: 'snooze', at: own.snooze?.until ?? now })),
    ...doubtful.map(({ _id, softStops }) => ({
      contactId: _id,
      why: 'soft-stop',
      at: softStops[0]?.at ?? now,
    })),
  ];
  const arrived = await Promise.all(
    wakes.map(({ contactId, why, at }) =>
      arrive({
        id: `wake:${why}:${contactId}:${at.toISOString()}`,
        kind: 'wake',
        contactId,
        receivedAt: now,
        state: 'new',
        tries: 0,
        runId: '',
        wakeAt: at,
      }),
    ),
  );
  return { woken: arrived.filter(({ isNew }) => isNew).length };
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
  async run(untilMs): Promise<Done> {
    const runs = await wake({ ...deps, untilMs: Math.min(untilMs, monotonicMs() + mostMs) });
    const threads = await wakeThreads(deps);
    return { woken: runs.woken + threads.woken };
  },
});
