import { collectionOf } from './collection.ts';

/** What a coach promised an artist, and by when. */
export interface PromiseDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly coachId: string;
  readonly itemId?: string | null;
  readonly text: string;
  readonly dueAt: Date;
  readonly keptAt?: Date | null;
}

export const promises = collectionOf<PromiseDoc>(
  'promises',
  { contactId: String, coachId: String, itemId: String, text: String, dueAt: Date, keptAt: Date },
  [{ key: { dueAt: 1 }, partialFilterExpression: { keptAt: null } }],
);
