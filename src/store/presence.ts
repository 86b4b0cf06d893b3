import { collectionOf } from './collection.ts';

/** Who looks at or types in a thread; `_id` is `<coach>:<contact>`. Not in the thread: it would contend with sending. */
export interface PresenceDoc {
  readonly _id: string;
  readonly coachId: string;
  readonly contactId: string;
  readonly mode: 'looking' | 'typing';
  readonly until: Date;
}

export const presence = collectionOf<PresenceDoc>(
  'presence',
  { coachId: String, contactId: String, mode: String, until: Date },
  [{ key: { until: 1 }, expireAfterSeconds: 60 }, { key: { contactId: 1 } }],
);
