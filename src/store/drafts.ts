import { collectionOf } from './collection.ts';

/** What stands in a composer; `_id` is `<contact>:<mode>`. */
export interface DraftDoc {
  readonly _id: string;
  readonly text: string;
  readonly coachId: string;
  readonly at: Date;
}

export const drafts = collectionOf<DraftDoc>('drafts', { text: String, coachId: String, at: Date });
