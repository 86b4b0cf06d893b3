import { Schema } from 'mongoose';
import type { ConsentRecord, ConsentState } from '../core/contact.ts';
import { collectionOf, type DocOf } from './collection.ts';

/** Append-only. `order` settles two records of the same instant: the thread's `rev` at their commit, times 1,000. */
export type ConsentDoc = DocOf<ConsentRecord> & { readonly order: number };

export const consents = collectionOf<ConsentDoc>(
  'consents',
  {
    contactId: String,
    channel: String,
    purpose: String,
    action: String,
    at: Date,
    order: Number,
    source: String,
    wordingId: String,
    wordingHash: String,
    locale: String,
    evidence: Schema.Types.Mixed,
    actor: String,
  },
  [{ key: { contactId: 1, channel: 1, purpose: 1, at: 1 } }],
);

type Said = Pick<ConsentDoc, 'channel' | 'purpose' | 'action' | 'at' | 'order'>;

const isLater = (one: Said, other: Said): boolean =>
  one.at.getTime() === other.at.getTime() ? one.order >= other.order : one.at > other.at;

/** The present state of consent: of each channel and purpose, the last thing said. */
export function lastSaid(records: readonly Said[]): ConsentState {
  const last = new Map<string, Said>();
  for (const record of records) {
    const key = `${record.channel}:${record.purpose}`;
    const known = last.get(key);
    if (!known || isLater(record, known)) last.set(key, record);
  }
  return Object.fromEntries([...last].map(([key, record]) => [key, record.action]));
}
