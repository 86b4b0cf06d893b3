import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** Who saw, took, sent, exported, changed what; 12 months. */
export interface AuditDoc {
  readonly _id: string;
  readonly who: string;
  readonly did: string;
  readonly contactId?: string | null;
  readonly at: Date;
  readonly detail?: Readonly<Record<string, unknown>> | null;
}

export const audit = collectionOf<AuditDoc>(
  'audit',
  { who: String, did: String, contactId: String, at: Date, detail: Schema.Types.Mixed },
  [{ key: { contactId: 1, at: 1 } }, { key: { at: 1 }, expireAfterSeconds: 366 * 86_400 }],
);
