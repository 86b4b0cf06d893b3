import { Schema } from 'mongoose';
import type { Binary } from 'mongodb';
import type { FileType } from '../core/file-type.ts';
import { collectionOf } from './collection.ts';

/** A file that a coach attached. Five megabytes at most, so its bytes stand in the document, and go with it. */
export interface FileDoc {
  readonly _id: string;
  /** 128 random bits: whoever has it may read the file until `publicUntil`. */
  readonly key: string;
  readonly contactId: string;
  readonly coachId: string;
  readonly name: string;
  readonly type: FileType;
  readonly size: number;
  readonly bytes: Binary;
  readonly at: Date;
  /** Null until a message asks for it: nobody outside may read it. */
  readonly publicUntil: Date | null;
  readonly expiresAt: Date;
}

export const files = collectionOf<FileDoc>(
  'files',
  {
    key: String,
    contactId: String,
    coachId: String,
    name: String,
    type: String,
    size: Number,
    bytes: Schema.Types.Buffer,
    at: Date,
    publicUntil: Date,
    expiresAt: Date,
  },
  [
    { key: { key: 1 }, unique: true },
    { key: { contactId: 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
);
