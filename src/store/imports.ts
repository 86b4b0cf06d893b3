import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** A file of contacts being read, resumed at its byte offset. */
export interface ImportDoc {
  readonly _id: string;
  readonly kind: 'contacts' | 'offers';
  readonly file: string;
  readonly mapping: Readonly<Record<string, string>>;
  readonly offset: number;
  readonly state: 'open' | 'done' | 'failed' | 'undone';
  readonly counts?: Readonly<Record<string, number>>;
  readonly by: string;
  readonly at: Date;
}

export const imports = collectionOf<ImportDoc>(
  'imports',
  {
    kind: String,
    file: String,
    mapping: Schema.Types.Mixed,
    offset: Number,
    state: String,
    counts: Schema.Types.Mixed,
    by: String,
    at: Date,
  },
  [{ key: { state: 1 } }],
);
