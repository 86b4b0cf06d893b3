import { createHmac } from 'node:crypto';
import { Schema } from 'mongoose';
import type { SuppressionReason } from '../core/contact.ts';
import type { Channel } from '../core/vocabulary.ts';
import { collectionOf } from './collection.ts';

/**
 * An address we may not write to, known only by a keyed hash of it, so that it outlives the contact (compliance.md §3).
 * Each reason stands for itself: a START lifts `stop` and leaves `bounce`.
 */
export interface SuppressionDoc {
  readonly _id: string;
  readonly channel: Channel;
  readonly reasons: Readonly<
    Partial<Record<SuppressionReason, { readonly source: string; readonly at: Date }>>
  >;
}

export const suppressions = collectionOf<SuppressionDoc>('suppressions', {
  channel: String,
  reasons: Schema.Types.Mixed,
});

/** The address in the form that is hashed: `SUPPRESSION_SECRET` keys it, for ever. */
export function suppressionIdOf(secret: string, channel: Channel, address: string): string {
  return createHmac('sha256', secret).update(`${channel}:${address.toLowerCase()}`).digest('base64url');
}
