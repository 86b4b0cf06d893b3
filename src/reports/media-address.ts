import type { Store } from '../store/connect.ts';

/** Where the carrier keeps a file of a message; empty once it was let go of, null where there never was one. */
export async function mediaAddress(store: Store, itemId: string, place: number): Promise<string | null> {
  const item = await store.items.findOne({ _id: itemId, kind: 'in' }, { projection: { media: 1 } });
  return item?.media?.[place]?.url ?? null;
}
