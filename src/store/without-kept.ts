import type { Row } from '../core/row.ts';
import type { Item } from '../core/item.ts';
import type { ToKeep } from './commit.ts';
import type { Store } from './connect.ts';

/**
 * The same step without what is kept already: a row of the same id, or of the same step and channel (a step speaks once,
 * reliability.md I8); an event of the same id; an address of somebody else. Null when nothing of it was.
 */
export async function withoutKept(store: Store, entry: ToKeep): Promise<ToKeep | null> {
  const { kept, contactId } = entry;
  const [rows, events, emitted, owned] = await Promise.all([
    keptRows(store, kept.rows),
    idsIn(
      store.events,
      kept.events.map(({ id }) => id),
    ),
    idsIn(
      store.arrivals,
      kept.emitted.map(({ id }) => `event:${id}`),
    ),
    store.addresses
      .find(
        { _id: { $in: kept.addressSet.map(({ id }) => id) }, contactId: { $ne: contactId } },
        { projection: { _id: 1 } },
      )
      .toArray(),
  ]);
  const theirs = new Set(owned.map(({ _id }) => _id));
  if (rows.size + events.size + emitted.size + theirs.size === 0) return null;
  return {
    ...entry,
    kept: {
      ...kept,
      rows: kept.rows.filter(({ id }) => !rows.has(id)),
      items: kept.items.map((item) => (item.rowId && rows.has(item.rowId) ? unsaid(item) : item)),
      events: kept.events.filter(({ id }) => !events.has(id)),
      emitted: kept.emitted.filter(({ id }) => !emitted.has(`event:${id}`)),
      addressSet: kept.addressSet.filter(({ id }) => !theirs.has(id)),
    },
  };
}

/** What would have been said a second time stands as a silence with its reason. */
const unsaid = (item: Item): Item => ({
  ...item,
  kind: 'silence',
  rowId: null,
  why: { ...item.why, reason: 'already_sent' },
});

/** Ids, among these rows, of those that exist already, by id or by step. */
async function keptRows(store: Store, rows: readonly Row[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const steps = rows.filter(({ runId, stepKey }) => runId && stepKey).map(stepOf);
  const standing = await store.outbox
    .find(
      { $or: [{ _id: { $in: rows.map(({ id }) => id) } }, ...steps] },
      { projection: { runId: 1, stepKey: 1, channel: 1, again: 1 } },
    )
    .toArray();
  const ids = new Set(standing.map(({ _id }) => _id));
  const spoken = new Set(standing.map((doc) => JSON.stringify(stepOf(doc))));
  const isKept = (row: Row): boolean =>
    ids.has(row.id) || (!!row.stepKey && spoken.has(JSON.stringify(stepOf(row))));
  return new Set(rows.filter(isKept).map(({ id }) => id));
}

const stepOf = ({
  runId,
  stepKey,
  channel,
  again,
}: Pick<Row, 'runId' | 'stepKey' | 'channel' | 'again'>) => ({
  runId,
  stepKey,
  channel,
  again,
});

interface Findable {
  find(filter: object, options: object): { toArray(): Promise<readonly { readonly _id: string }[]> };
}

async function idsIn(collection: Findable, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const found = await collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => _id));
}
