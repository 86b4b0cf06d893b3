import type { Locale, Register } from '../core/vocabulary.ts';
import { collectionOf } from './collection.ts';

/** A prepared reply of a team. */
export interface CannedDoc {
  readonly _id: string;
  readonly name: string;
  readonly text: string;
  readonly team: string;
  readonly locale: Locale;
  readonly register?: Register | null;
}

export const canned = collectionOf<CannedDoc>('canned', {
  name: String,
  text: String,
  team: String,
  locale: String,
  register: String,
});
