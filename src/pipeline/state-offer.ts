import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { Offer } from '../core/decide.ts';
import { offerOf, type OfferFields, type OfferRefusal } from '../core/offer.ts';
import type { Store } from '../store/connect.ts';
import { isDuplicateKey } from '../store/duplicate-key.ts';
import type { OfferDoc } from '../store/offers.ts';

export interface StateDeps {
  readonly store: Store;
  readonly clock: Clock;
}

export type Stated =
  | { readonly state: 'new' | 'changed' | 'confirmed'; readonly offer: Offer }
  | { readonly state: 'refused'; readonly reason: OfferRefusal };

/**
 * States a fact that everyone's messages may lean on, from a page, an event or a file. The same fact again is fresher; an older
 * one than we know changes nothing, and a deadline that a message has quoted stays until it is over. `isDry` only says.
 */
export async function stateOffer(
  { store, clock }: StateDeps,
  fields: OfferFields,
  who: string,
  isDry = false,
): Promise<Stated> {
  const now = clock.now();
  const offer = offerOf(fields, now);
  if (typeof offer === 'string') return { state: 'refused', reason: offer };
  const known = await store.offers.findOne({ key: offer.key, contactId: null });
  const refusal = known && conflict(known, offer, now);
  if (refusal) return { state: 'refused', reason: refusal };
  const state = !known ? 'new' : isSame(known, offer) ? 'confirmed' : 'changed';
  if (isDry) return { state, offer };
  const isKept = await keep(store, known, offer, who, now);
  return isKept ? { state, offer } : { state: 'refused', reason: 'older_than_known' };
}

function conflict(known: OfferDoc, offer: Offer, now: Date): OfferRefusal | null {
  if (known.asOf > offer.asOf) return 'older_than_known';
  const isBound = known.quotedAt && known.endsAt && known.endsAt > now;
  return isBound && known.endsAt?.getTime() !== offer.endsAt?.getTime() ? 'deadline_quoted' : null;
}

/** An instant and the text that says it are the same fact. */
const asText = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;

const isSame = (known: OfferDoc, offer: Offer): boolean =>
  known.kind === offer.kind &&
  isDeepStrictEqual(asText(known.value), asText(offer.value)) &&
  (known.endsAt?.getTime() ?? null) === (offer.endsAt?.getTime() ?? null);

/** Compared with what was read: of two at once the later look loses, and is told that it knew less. */
async function keep(
  store: Store,
  known: OfferDoc | null,
  offer: Offer,
  who: string,
  now: Date,
): Promise<boolean> {
  const isOver = known?.endsAt?.getTime() !== offer.endsAt?.getTime();
  const set = {
    ...offer,
    contactId: null,
    evidence: { who, at: now },
    ...(isOver ? { quotedAt: null } : {}),
  };
  const filter = known
    ? { _id: known._id, asOf: known.asOf, quotedAt: known.quotedAt ?? null }
    : { _id: offer.key };
  const kept = await store.offers
    .updateOne(filter, known ? { $set: set } : { $setOnInsert: set }, { upsert: !known })
    .catch((error: unknown) => {
      if (isDuplicateKey(error)) return null;
      throw error;
    });
  if (!kept || kept.matchedCount + kept.upsertedCount === 0) return false;
  if (known && isSame(known, offer)) return true;
  await store.offerChanges.insertOne({
    _id: randomUUID(),
    key: offer.key,
    before: known ? { value: known.value, asOf: known.asOf, endsAt: known.endsAt ?? null } : null,
    after: { value: offer.value, asOf: offer.asOf, endsAt: offer.endsAt ?? null },
    who,
    at: now,
  });
  return true;
}
