import { collectionOf } from './collection.ts';

/** A sign-in; `_id` is the SHA-256 of the cookie's secret. */
export interface SessionDoc {
  readonly _id: string;
  readonly coachId: string;
  readonly createdAt: Date;
  readonly seenAt: Date;
  /** Seven days at most, whatever is done. */
  readonly expiresAt: Date;
  readonly agent?: string | null;
}

export const sessions = collectionOf<SessionDoc>(
  'sessions',
  { coachId: String, createdAt: Date, seenAt: Date, expiresAt: Date, agent: String },
  [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { coachId: 1 } }],
);
