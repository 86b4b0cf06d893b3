import { Schema } from 'mongoose';
import type { Locale } from '../core/vocabulary.ts';
import { collectionOf } from './collection.ts';

/** Someone who answers. Only `available` ones whose window beat in the last minute are on duty. */
export interface CoachDoc {
  readonly _id: string;
  /** Lower case. */
  readonly email: string;
  /** As an artist reads it. */
  readonly name: string;
  readonly role: 'coach' | 'manager';
  readonly status: 'invited' | 'available' | 'away' | 'closed';
  readonly scrypt?: string | null;
  /** The second factor; it counts once `confirmedAt`. `lastStep` is the last 30 s whose code was used. */
  readonly totp?: {
    readonly secret: string;
    readonly confirmedAt: Date | null;
    readonly lastStep: number;
  } | null;
  readonly locale?: Locale | null;
  readonly beatAt?: Date | null;
  readonly createdAt: Date;
  /** Left the team: signs in no more, is given nothing; their name stays on what they said. */
  readonly leftAt?: Date | null;
  readonly settings?: Readonly<Record<string, unknown>> | null;
}

export const coaches = collectionOf<CoachDoc>(
  'coaches',
  {
    email: String,
    name: String,
    role: String,
    status: String,
    scrypt: String,
    totp: Schema.Types.Mixed,
    locale: String,
    beatAt: Date,
    createdAt: Date,
    leftAt: Date,
    settings: Schema.Types.Mixed,
  },
  [{ key: { email: 1 }, unique: true }],
);
