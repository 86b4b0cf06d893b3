import type { Row } from '../core/row.ts';
import type { Store } from './connect.ts';

/** A message that has left with a deadline in it: the fact's end may not be moved any more (lifecycle.md §9). */
export async function noteQuoted(
  store: Store,
  { contactId, words }: Pick<Row, 'contactId' | 'words'>,
  at: Date,
): Promise<void> {
  if (!words || words.claims.length === 0) return;
  const keys = [...new Set(words.claims.flatMap(prefixesOf))];
  await store.offers.updateMany(
    {
      contactId: { $in: [null, contactId] },
      $or: [{ key: { $in: keys } }, { kind: 'reservation', contactId }],
      endsAt: { $type: 'date' },
      quotedAt: null,
    },
    { $set: { quotedAt: at } },
  );
}

/** `offer.390.endsAt` leans on `offer`, `offer.390` and itself: keys have dots in them. */
const prefixesOf = (path: string): string[] => {
  const parts = path.split('.');
  return parts.map((_, n) => parts.slice(0, n + 1).join('.'));
};
