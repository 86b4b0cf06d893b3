import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** Who saw, took, sent, exported, changed what; 12 months. What proves a consent or an erasure stays with it. */
export interface AuditDoc {
  readonly _id: string;
  readonly who: string;
  readonly did: string;
  readonly contactId?: string | null;
  readonly at: Date;
  readonly detail?: Readonly<Record<string, unknown>> | null;
  readonly isProof?: boolean;
}

export const audit = collectionOf<AuditDoc>(
  'audit',
  { who: String, did: String, contactId: String, at: Date, detail: Schema.Types.Mixed, isProof: Boolean },
  [
    { key: { contactId: 1, at: 1 } },
    {
      key: { at: 1 },
      expireAfterSeconds: 366 * 86_400,
      partialFilterExpression: { isProof: null },
    },
  ],
);
