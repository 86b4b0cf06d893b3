import type { Collection, Filter, UpdateFilter } from 'mongodb';
import { monotonicMs, type Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';

const dayMs = 86_400_000;
const rawDays = 30;
const ipDays = 30;
/** Thirteen months. */
const bodyDays = 396;
const pageSize = 1_000;
/** The sweep through the whole house is nightly; a night that was missed is made up the next time. */
const everyMs = 20 * 3_600_000;
const key = 'aged';

export interface AgeDeps {
  readonly store: Store;
  readonly clock: Clock;
}

export interface Aged {
  readonly raw: number;
  readonly bodies: number;
  readonly addresses: number;
}

/** Blanks what was kept long enough (compliance.md §8): once a night, in pages, never in one long write. */
export async function age(
  { store, clock }: AgeDeps,
  untilMs: number,
): Promise<Aged & { [what: string]: number }> {
  const now = clock.now();
  const last = await store.settings.findOne({ _id: key });
  if (last?.value instanceof Date && now.getTime() - last.value.getTime() < everyMs)
    return { raw: 0, bodies: 0, addresses: 0 };
  const before = (days: number): Date => new Date(now.getTime() - days * dayMs);

  const raw = await blank(
    store.arrivals,
    {
      state: 'moved',
      movedAt: { $lte: before(rawDays) },
      kind: 'inbound',
      'inbound.text': { $nin: ['', null] },
    } as Filter<{ _id: string }>,
    { 'inbound.text': '', 'inbound.media': [], 'inbound.profileName': null },
    untilMs,
  );
  const items = await blank(
    store.items,
    { at: { $lte: before(bodyDays) }, text: { $type: 'string', $ne: '' } } as Filter<{ _id: string }>,
    { text: '' },
    untilMs,
  );
  const rows = await blank(
    store.outbox,
    { createdAt: { $lte: before(bodyDays) }, 'body.text': { $type: 'string', $ne: '' } } as Filter<{
      _id: string;
    }>,
    { body: { text: '' } },
    untilMs,
  );
  const addresses = await blank(
    store.hits,
    { at: { $lte: before(ipDays) }, ip: { $type: 'string' } } as Filter<{ _id: string }>,
    { ip: null },
    untilMs,
  );
  // Out of time: not noted, so the next tick goes on.
  if (monotonicMs() < untilMs)
    await store.settings.updateOne({ _id: key }, { $set: { value: now } }, { upsert: true });
  return { raw, bodies: items + rows, addresses };
}

async function blank<D extends { readonly _id: string }>(
  collection: Collection<D>,
  filter: Filter<{ _id: string }>,
  set: Readonly<Record<string, unknown>>,
  untilMs: number,
): Promise<number> {
  const any = collection as unknown as Collection<{ _id: string }>;
  let total = 0;
  while (monotonicMs() < untilMs) {
    const page = await any
      .find(filter, { projection: { _id: 1 } })
      .limit(pageSize)
      .toArray();
    if (page.length === 0) break;
    const ids = page.map(({ _id }) => _id);
    const done = await any.updateMany({ _id: { $in: ids } }, { $set: set } as UpdateFilter<{ _id: string }>, {
      hint: { _id: 1 },
    });
    total += done.modifiedCount;
    if (page.length < pageSize) break;
  }
  return total;
}
