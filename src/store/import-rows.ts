import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** A row that was refused, with its reason, or what stood there before, for undo. */
export interface ImportRowDoc {
  readonly _id: string;
  readonly importId: string;
  readonly line: number;
  readonly reason?: string | null;
  readonly contactId?: string | null;
  readonly before?: Readonly<Record<string, unknown>> | null;
}

export const importRows = collectionOf<ImportRowDoc>(
  'importRows',
  { importId: String, line: Number, reason: String, contactId: String, before: Schema.Types.Mixed },
  [{ key: { importId: 1, line: 1 } }],
);
