import type { Store } from '../store/connect.ts';
import { contactData, type PersonalData } from '../store/personal-data.ts';

/** Documents that a collection holds on one person, and what erasure does to them. */
export interface HeldCount {
  readonly collection: string;
  readonly count: number;
  readonly does: PersonalData['erasure']['do'] | 'tombstone';
}

/** Where something is held on a person; empty for nobody. */
export async function countHeld(store: Store, contactId: string): Promise<readonly HeldCount[]> {
  const counts = await Promise.all(
    contactData.map(async ([collection, { of, erasure }]) => ({
      collection,
      count: await store.connection.collection(collection).countDocuments(of(contactId)),
      // pipeline/erase.ts leaves of a contact that there was one.
      does: collection === 'contacts' ? ('tombstone' as const) : erasure.do,
    })),
  );
  return counts.filter(({ count }) => count > 0);
}
