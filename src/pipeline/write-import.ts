import type { ClientSession } from 'mongodb';
import type { Store } from '../store/connect.ts';
import type { ConsentDoc } from '../store/consents.ts';
import { duplicateKey } from '../store/duplicate-key.ts';
import type { ImportRowDoc } from '../store/import-rows.ts';
import type { Writes } from './plan-import.ts';

/** Writes a batch; again after a crash, what stands already stays.
 * @throws where the database refuses anything but a duplicate. */
export async function write(store: Store, writes: Writes): Promise<void> {
  // What undo needs stands before what it undoes.
  if (writes.rows.length > 0) await upsertAll(store.importRows, writes.rows);
  const silenced = new Set(writes.silenced.map(({ contactId }) => contactId));
  const isNew = new Set(writes.contacts.map(({ _id }) => _id));
  await Promise.all([
    insertAll(store, 'contacts', writes.contacts),
    insertAll(store, 'addresses', writes.addresses),
    insertAll(
      store,
      'consents',
      writes.consents.filter(({ contactId }) => isNew.has(contactId) || !silenced.has(contactId)),
    ),
    writes.changes.length > 0 ? store.contacts.bulkWrite(writes.changes, { ordered: false }) : null,
  ]);
  const strict = writes.consents.filter(({ contactId }) => !isNew.has(contactId) && silenced.has(contactId));
  if (strict.length > 0) await store.transact((session) => silence(store, strict, session));
}

interface InsertReply {
  readonly writeErrors?: readonly { readonly code: number; readonly errmsg: string }[];
}

/**
 * One command, each document written out once: the driver's own bulk measures every document before it sends it. Again
 * after a crash, part of it stands already.
 */
async function insertAll(
  store: Store,
  name: 'contacts' | 'addresses' | 'consents',
  documents: readonly object[],
): Promise<void> {
  if (documents.length === 0) return;
  const { connection } = store;
  const reply = (await connection
    .getClient()
    .db(connection.name)
    .command({
      insert: name,
      documents,
      ordered: false,
      writeConcern: { w: 'majority' },
    })) as InsertReply;
  const failed = reply.writeErrors?.find(({ code }) => code !== duplicateKey);
  if (failed) throw new Error(`the import could not write to ${name}: ${failed.errmsg}`);
}

const upsertAll = (collection: Store['importRows'], docs: readonly ImportRowDoc[]): Promise<unknown> =>
  collection.bulkWrite(
    docs.map(({ _id, ...born }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: born }, upsert: true },
    })),
    { ordered: false },
  );

/** A refusal in a file stops what is on its way, like any other: the thread is written with it. */
async function silence(store: Store, consents: readonly ConsentDoc[], session: ClientSession): Promise<void> {
  const ids = [...new Set(consents.map(({ contactId }) => contactId))];
  await store.threads.updateMany({ _id: { $in: ids } }, { $inc: { rev: 1 } }, { session });
  await store.consents.bulkWrite(
    consents.map(({ _id, ...born }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: born }, upsert: true },
    })),
    { session },
  );
}
