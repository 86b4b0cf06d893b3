import type { Arrival } from '../core/arrival.ts';
import type { History } from '../core/replay.ts';
import { fromDoc } from './collection.ts';
import type { Store } from './connect.ts';

/** The threads that moved last, by contact. Arrivals are kept for 90 days: an older one has no past to play. */
export async function lastThreads(store: Store, most: number): Promise<readonly string[]> {
  const threads = await store.threads
    .find({ 'last.at': { $type: 'date' } }, { projection: { _id: 1 } })
    .sort({ 'last.at': -1 })
    .limit(most)
    .toArray();
  return threads.map(({ _id }) => _id);
}

/** What came in on one thread, oldest first, and which of our messages it points to. */
export async function historyOf(store: Store, contactId: string): Promise<History> {
  const docs = await store.arrivals
    .find({ contactId, kind: { $in: ['inbound', 'event', 'coach'] } })
    .sort({ receivedAt: 1, _id: 1 })
    .toArray();
  const arrivals = docs.map((doc) => fromDoc<Arrival>(doc));
  const sids = arrivals.flatMap((one) =>
    one.kind === 'inbound' && one.inbound.repliedTo ? [one.inbound.repliedTo] : [],
  );
  const rows = sids.length === 0 ? [] : await store.outbox.find({ contactId, sid: { $in: sids } }).toArray();
  return {
    arrivals,
    quoted: new Map(rows.flatMap(({ sid, words }) => (sid && words ? [[sid, words] as const] : []))),
  };
}
