import { Schema } from 'mongoose';
import type { TrackedEvent } from '../core/flow/event.ts';
import { collectionOf, type DocOf } from './collection.ts';

/** `_id` is the messageId: the same event twice is one. */
export type EventDoc = DocOf<TrackedEvent> & { readonly contactId: string };

export const events = collectionOf<EventDoc>(
  'events',
  { contactId: String, name: String, properties: Schema.Types.Mixed, occurredAt: Date, historical: Boolean },
  [{ key: { contactId: 1, name: 1, occurredAt: 1 } }, { key: { name: 1, occurredAt: 1 } }],
);
