import { collectionOf } from './collection.ts';

/** Something the law gives a date to. */
export interface GdprTaskDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly kind: 'erasure';
  readonly at: Date;
  readonly dueAt: Date;
  readonly doneAt?: Date | null;
}

export const gdprTasks = collectionOf<GdprTaskDoc>(
  'gdprTasks',
  { contactId: String, kind: String, at: Date, dueAt: Date, doneAt: Date },
  [{ key: { dueAt: 1 }, partialFilterExpression: { doneAt: null } }],
);
