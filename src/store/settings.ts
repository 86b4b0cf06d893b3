import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** One small document each: `clock` (sandbox), `hours`, `release`. */
export interface SettingDoc {
  readonly _id: string;
  readonly value: unknown;
}

export const settings = collectionOf<SettingDoc>('settings', { value: Schema.Types.Mixed });
