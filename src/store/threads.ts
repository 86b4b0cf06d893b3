import { Schema } from 'mongoose';
import type { Thread } from '../core/thread.ts';
import { collectionOf, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

/** `_id` is the contact's. Whatever writes a thread raises `rev` or `claims`, so that a commit notices (reliability.md §3). */
export type ThreadDoc = DocOf<Thread>;

export const threads = collectionOf<ThreadDoc>(
  'threads',
  {
    rev: Number,
    claims: Number,
    seq: Number,
    own: Mixed,
    open: Mixed,
    collectSince: Date,
    collectUntil: Date,
    windows: Mixed,
    last: Mixed,
    lastInbound: Mixed,
    waitingSince: Date,
    flags: [String],
    tags: [String],
    introducedAt: Date,
    recent: Mixed,
    notUnderstoodAt: Date,
    softStops: [Mixed],
  },
  [
    { key: { 'own.state': 1, 'own.dueAt': 1 } },
    { key: { 'own.ownerId': 1, 'own.dueAt': 1 } },
    { key: { 'last.at': 1 } },
    { key: { flags: 1 } },
    { key: { collectUntil: 1 }, partialFilterExpression: { collectUntil: { $type: 'date' } } },
  ],
);
