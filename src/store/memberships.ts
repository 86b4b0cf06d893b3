import { collectionOf } from './collection.ts';

/** `_id` is `<contact>:<segment>`; stands while it is true. The contact's own `segments` is what rules and guards read. */
export interface MembershipDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly segment: string;
  readonly since: Date;
}

export const memberships = collectionOf<MembershipDoc>(
  'memberships',
  { contactId: String, segment: String, since: Date },
  [{ key: { segment: 1, contactId: 1 } }],
);
