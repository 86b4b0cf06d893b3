import type { Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';

export type Destination = { readonly byMs: number } | { readonly to: Date } | 'next';

export interface TravelDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Sets the product's clock; it never goes back. */
  readonly setClock: (at: Date) => Promise<void>;
  /** Everything due at the present instant is woken, moved and spoken. Resolves when nothing moves any more. */
  readonly playDue: () => Promise<void>;
}

/** A journey stops by itself: more instants than this in one jump is a loop somewhere. */
const mostStops = 2_000;

/**
 * Moves the product's clock forward through the real pipeline (reliability.md §9): to the next due instant, ticks until
 * nothing moves, again. Leases do not notice: they live by the database's clock.
 * @returns how many due instants were played.
 */
export async function travel(
  deps: TravelDeps,
  destination: Destination,
): Promise<{ readonly stops: number; readonly now: Date }> {
  const { clock, setClock, playDue } = deps;
  await playDue();
  const from = clock.now();
  const goal =
    destination === 'next'
      ? await nextDue(deps.store, from)
      : 'to' in destination
        ? destination.to
        : new Date(from.getTime() + destination.byMs);
  if (goal === null || goal <= from) return { stops: 0, now: from };
  let stops = 0;
  for (
    let due = await nextDue(deps.store, clock.now());
    due !== null && due <= goal && stops < mostStops;
    due = await nextDue(deps.store, clock.now())
  ) {
    await setClock(due);
    await playDue();
    stops += 1;
  }
  await setClock(goal);
  await playDue();
  return { stops, now: clock.now() };
}

/** The next instant at which a run wants waking, a row may leave, or a snooze ends. */
async function nextDue(store: Store, after: Date): Promise<Date | null> {
  const [run, row, thread] = await Promise.all([
    store.runs
      .find({ open: true, wakeAt: { $gt: after } }, { projection: { wakeAt: 1 } })
      .sort({ wakeAt: 1 })
      .limit(1)
      .next(),
    store.outbox
      .find({ status: 'queued', notBefore: { $gt: after } }, { projection: { notBefore: 1 } })
      .sort({ notBefore: 1 })
      .limit(1)
      .next(),
    store.threads
      .find(
        { 'own.state': 'snoozed', 'own.snooze.until': { $gt: after } },
        { projection: { 'own.snooze': 1 } },
      )
      .sort({ 'own.snooze.until': 1 })
      .limit(1)
      .next(),
  ]);
  const instants = [run?.wakeAt, row?.notBefore, thread?.own.snooze?.until].flatMap((at) =>
    at ? [at.getTime()] : [],
  );
  return instants.length > 0 ? new Date(Math.min(...instants)) : null;
}
