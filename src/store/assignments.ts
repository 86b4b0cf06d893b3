import type { Assignment } from '../core/experiment.ts';
import { collectionOf } from './collection.ts';

/** Thirteen months: by then no experiment is read any more. */
const keptS = 395 * 86_400;

/** `_id` is `<experiment>:<contact>`: an arm is given once (lifecycle.md §14). */
export interface AssignmentDoc extends Assignment {
  readonly _id: string;
  readonly contactId: string;
  readonly at: Date;
}

export const assignments = collectionOf<AssignmentDoc>(
  'assignments',
  { experiment: String, contactId: String, arm: String, holdout: Boolean, at: Date },
  [
    { key: { experiment: 1, contactId: 1 }, unique: true },
    { key: { contactId: 1 } },
    { key: { at: 1 }, expireAfterSeconds: keptS },
  ],
);

/** What keeps an arm that was given; one that stands already stays as it is. */
export const assignmentChange = (contactId: string, { experiment, ...given }: Assignment, at: Date) => ({
  updateOne: {
    filter: { _id: `${experiment}:${contactId}` },
    update: { $setOnInsert: { experiment, contactId, ...given, at } },
    upsert: true,
  },
});
