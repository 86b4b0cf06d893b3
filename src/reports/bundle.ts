import { addressId } from '../store/addresses.ts';
import { without } from '../store/collection.ts';
import type { CollectionName, Store } from '../store/connect.ts';
import { contactData } from '../store/personal-data.ts';
import { channels } from '../core/vocabulary.ts';

/** Names of the bundle that say more than the collection's. */
const said: Readonly<Partial<Record<CollectionName, string>>> = {
  outbox: 'messages',
  scoreLedger: 'ledger',
  contacts: 'contact',
  threads: 'thread',
};

/** Of these there is one a person. */
const single: ReadonlySet<string> = new Set(['contacts', 'threads', 'allowances', 'ghostAllowances']);

/**
 * All that is held on one person, from every collection that declares to hold something (GDPR 15 and 20): plain JSON, with
 * why each part is held and for how long. Null for nobody.
 */
export async function readBundle(
  store: Store,
  contactId: string,
  now: Date,
): Promise<Readonly<Record<string, unknown>> | null> {
  const contact = await store.contacts.findOne({ _id: contactId }, { projection: { _id: 1 } });
  if (!contact) return null;
  const parts = await Promise.all(
    contactData.map(async ([name, { of, hidden = [] }]) => {
      const docs = await store.connection.collection(name).find(of(contactId)).sort({ _id: 1 }).toArray();
      const shown = docs.map((doc) => without(doc, ...hidden));
      return [said[name] ?? name, single.has(name) ? (shown[0] ?? null) : shown] as const;
    }),
  );
  return {
    about: {
      contactId,
      at: now,
      parts: Object.fromEntries(
        contactData.map(([name, { purpose, categories, keptDays, erasure }]) => [
          said[name] ?? name,
          { purpose, categories, keptDays, afterErasure: erasure.do },
        ]),
      ),
    },
    ...Object.fromEntries(parts),
    suppressions: await silencesOf(store, contactId),
  };
}

/** Where we may not write: kept by a keyed hash, found by the addresses that are known now. */
async function silencesOf(store: Store, contactId: string) {
  const addresses = await store.addresses.find({ contactId }).toArray();
  const ids = new Map(
    addresses.flatMap(({ channel, value }) => [
      [store.suppressionId(channel, value), addressId(channel, value)] as const,
    ]),
  );
  const docs = await store.suppressions.find({ _id: { $in: [...ids.keys()] } }).toArray();
  return docs.map(({ _id, channel, reasons }) => ({ address: ids.get(_id), channel, reasons }));
}

/** The contact behind an id, a number or a mail address as a manager types it; null for nobody. */
export async function findPerson(store: Store, who: string): Promise<string | null> {
  const typed = who.trim();
  const value = typed.includes('@') ? typed.toLowerCase() : typed.replace(/[\s.()-]/g, '');
  const byAddress = await store.addresses.findOne(
    { _id: { $in: channels.map((channel) => addressId(channel, value)) } },
    { projection: { contactId: 1 } },
  );
  if (byAddress) return byAddress.contactId;
  const byId = await store.contacts.findOne(
    { $or: [{ _id: typed }, { userId: typed }] },
    { projection: { _id: 1 } },
  );
  return byId?._id ?? null;
}
