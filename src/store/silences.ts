import type { Offer } from '../core/decide.ts';
import { idFrom } from '../core/id.ts';
import type { Store } from './connect.ts';

/**
 * Keeps a promise of silence beside the thread, as all that can silence a contact: a claim under way and it exclude each
 * other. A promise that ends later stands.
 */
export async function keepSilence(store: Store, { key, contactId, ...offer }: Offer): Promise<void> {
  if (!contactId) throw new Error(`a promise of silence is made to someone: ${key} names nobody`);
  const { endsAt, expiresAt, ...fields } = offer;
  await store.transact(async (session) => {
    await store.threads.updateOne({ _id: contactId }, { $inc: { claims: 1 } }, { session });
    await store.offers.updateOne(
      { contactId, key },
      {
        $set: fields,
        $max: { endsAt, expiresAt },
        $setOnInsert: { _id: idFrom('offer', contactId, key) },
      },
      { upsert: true, session },
    );
  });
}
