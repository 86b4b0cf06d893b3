import { collectionOf } from './collection.ts';

/** A call or a visit that was booked. */
export interface AppointmentDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly at: Date;
  readonly kind: string;
  readonly state: 'booked' | 'cancelled' | 'kept';
  readonly coachId?: string | null;
}

export const appointments = collectionOf<AppointmentDoc>(
  'appointments',
  { contactId: String, at: Date, kind: String, state: String, coachId: String },
  [{ key: { contactId: 1, at: 1 } }, { key: { at: 1 } }],
);
