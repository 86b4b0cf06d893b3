import { Schema } from 'mongoose';
import type { Offer } from '../core/decide.ts';
import { collectionOf } from './collection.ts';

/** A dated fact. `contactId` null = everyone's; set = that contact's own (a reservation, a promise). */
export interface OfferDoc extends Offer {
  readonly _id: string;
  readonly contactId: string | null;
  readonly evidence?: Readonly<Record<string, unknown>> | null;
}

export const offers = collectionOf<OfferDoc>(
  'offers',
  {
    key: String,
    kind: String,
    value: Schema.Types.Mixed,
    asOf: Date,
    maxAgeMs: Number,
    endsAt: Date,
    expiresAt: Date,
    contactId: String,
    quotedAt: Date,
    evidence: Schema.Types.Mixed,
  },
  [
    // The contact first: the same uniqueness as {key, contactId}, and one contact's own are found by it too.
    { key: { contactId: 1, key: 1 }, unique: true },
    { key: { endsAt: 1 }, partialFilterExpression: { endsAt: { $type: 'date' } } },
  ],
);
