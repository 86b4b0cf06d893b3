import { Schema } from 'mongoose';
import type { Row } from '../core/row.ts';
import { collectionOf, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

export type RowDoc = DocOf<Row>;

const isString = (...fields: string[]): Record<string, { $type: 'string' }> =>
  Object.fromEntries(fields.map((field) => [field, { $type: 'string' as const }]));

/** States in which a row may still move by us. */
export const pendingStatuses = ['queued', 'sending', 'unsure'] as const;

const isPending = { status: { $in: [...pendingStatuses] } };

export const outbox = collectionOf<RowDoc>(
  'outbox',
  {
    contactId: String,
    class: String,
    channel: String,
    sender: String,
    address: String,
    priority: Number,
    words: Mixed,
    body: Mixed,
    topic: String,
    status: String,
    reason: String,
    code: String,
    notBefore: Date,
    expiresAt: Date,
    after: String,
    attempt: Number,
    lapses: Number,
    token: String,
    leaseUntil: Date,
    claimedAt: Date,
    inFlightKey: String,
    sid: String,
    history: [Mixed],
    itemId: String,
    runId: String,
    stepKey: String,
    node: String,
    waitId: String,
    again: Number,
    otherSids: [String],
    complainedAt: Date,
    emptyLooks: Number,
    lookedAt: Date,
    by: String,
    guard: Mixed,
    createdAt: Date,
  },
  [
    // Mails of a sequence, for the breaker (pipeline/mail-breaker.ts).
    { key: { channel: 1, createdAt: 1 }, partialFilterExpression: { channel: 'email' } },
    // Those that wait or are on their way: a row that has ended stands in none of them.
    { key: { status: 1, notBefore: 1 }, partialFilterExpression: isPending },
    { key: { status: 1, leaseUntil: 1 }, partialFilterExpression: isPending },
    // What is due, by sender and class: a backlog of one never hides another's (pipeline/due.ts).
    { key: { sender: 1, class: 1, notBefore: 1 }, partialFilterExpression: { status: 'queued' } },
    {
      key: { runId: 1, stepKey: 1, channel: 1, again: 1 },
      unique: true,
      partialFilterExpression: isString('runId', 'stepKey'),
    },
    { key: { contactId: 1, sid: 1 }, unique: true, partialFilterExpression: isString('sid') },
    { key: { sid: 1 } },
    { key: { inFlightKey: 1 }, unique: true, partialFilterExpression: isString('inFlightKey') },
    { key: { contactId: 1, status: 1 }, partialFilterExpression: isPending },
    // What ages: a body that was blanked stands in it no more.
    { key: { createdAt: 1 }, partialFilterExpression: { 'body.text': { $gt: '' } } },
  ],
);
