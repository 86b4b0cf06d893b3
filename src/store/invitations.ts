import { collectionOf } from './collection.ts';

/** A single-use link that sets a password; `_id` is the SHA-256 of its secret. */
export interface InvitationDoc {
  readonly _id: string;
  readonly coachId: string;
  readonly kind: 'invite' | 'reset';
  readonly createdAt?: Date | null;
  readonly expiresAt: Date;
  readonly usedAt?: Date | null;
}

export const invitations = collectionOf<InvitationDoc>(
  'invitations',
  { coachId: String, kind: String, createdAt: Date, expiresAt: Date, usedAt: Date },
  [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { coachId: 1 } }],
);
