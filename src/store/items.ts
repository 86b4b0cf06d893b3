import { Schema } from 'mongoose';
import type { Item } from '../core/item.ts';
import { collectionOf, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

export type ItemDoc = DocOf<Item>;

export const items = collectionOf<ItemDoc>(
  'items',
  {
    contactId: String,
    seq: Number,
    kind: String,
    at: Date,
    channel: String,
    text: String,
    arrivalId: String,
    media: [Mixed],
    button: Mixed,
    understood: Mixed,
    rowId: String,
    runId: String,
    by: String,
    why: Mixed,
    data: Mixed,
  },
  [
    { key: { contactId: 1, seq: 1 }, unique: true },
    { key: { arrivalId: 1 }, unique: true, partialFilterExpression: { arrivalId: { $type: 'string' } } },
    { key: { text: 'text' }, default_language: 'none' },
    { key: { rowId: 1 } },
    // Media to let go of after a month.
    { key: { 'media.url': 1, at: 1 }, partialFilterExpression: { 'media.url': { $gt: '' } } },
    // What ages: a text that was blanked stands in it no more.
    { key: { at: 1 }, partialFilterExpression: { text: { $gt: '' } } },
  ],
);
