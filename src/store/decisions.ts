import { Schema } from 'mongoose';
import type { DecisionRecord } from '../core/decide.ts';
import { collectionOf, type DocOf } from './collection.ts';

/** One answer of the guard: why, why not, when. */
export type DecisionDoc = DocOf<DecisionRecord>;

export const decisions = collectionOf<DecisionDoc>(
  'decisions',
  {
    contactId: String,
    rowId: String,
    runId: String,
    stepKey: String,
    at: Date,
    asked: String,
    rule: String,
    verdict: String,
    until: Date,
    reason: String,
    facts: Schema.Types.Mixed,
  },
  [
    { key: { contactId: 1, at: 1 } },
    { key: { rowId: 1 } },
    { key: { at: 1 }, expireAfterSeconds: 400 * 86_400 },
  ],
);
