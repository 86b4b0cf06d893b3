import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** A browser that takes push messages; `_id` is a hash of its endpoint. */
export interface PushSubscriptionDoc {
  readonly _id: string;
  readonly owner: { readonly kind: 'contact' | 'coach'; readonly id: string };
  readonly subscription: {
    readonly endpoint: string;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  };
  readonly seenAt: Date;
}

export const pushSubscriptions = collectionOf<PushSubscriptionDoc>(
  'pushSubscriptions',
  { owner: Schema.Types.Mixed, subscription: Schema.Types.Mixed, seenAt: Date },
  [{ key: { owner: 1 } }],
);
