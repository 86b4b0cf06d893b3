import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';
import type { WarmUp } from './warm-up.ts';

/** What we know of one sender of ours; `_id` is its key, e.g. `sms:+33…`. */
export interface SenderDoc {
  readonly _id: string;
  readonly lease?: { readonly by: string; readonly until: Date } | null;
  /** Stopped by a person, or by the breaker until an instant. */
  readonly pausedAt?: Date | null;
  readonly breaker?: { readonly until: Date | null; readonly unknowns: readonly Date[] } | null;
  readonly answers?: {
    readonly stop: string | null;
    readonly help: string | null;
    readonly seenAt: Date;
  } | null;
  /** Instant up to which `reconcile` has read the carrier's list. */
  readonly mark?: Date | null;
  /** A mail domain that is new. */
  readonly warmUp?: WarmUp | null;
}

export const senders = collectionOf<SenderDoc>('senders', {
  lease: Schema.Types.Mixed,
  pausedAt: Date,
  breaker: Schema.Types.Mixed,
  answers: Schema.Types.Mixed,
  mark: Date,
  warmUp: Schema.Types.Mixed,
});
