import { Schema } from 'mongoose';
import type { Allowance } from '../core/decide.ts';
import { collectionOf } from './collection.ts';

/** Places taken under the cap in the last 8 days; `_id` is the contact's. Taken inside the claim. */
export interface AllowanceDoc {
  readonly _id: string;
  readonly sends: readonly Allowance[];
}

export const allowances = collectionOf<AllowanceDoc>('allowances', { sends: [Schema.Types.Mixed] });

/** The same for rows of a holdout, which are counted and never sent. */
export const ghostAllowances = collectionOf<AllowanceDoc>('ghostAllowances', { sends: [Schema.Types.Mixed] });
