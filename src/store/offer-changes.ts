import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';

/** What a fact was and became, and who said so: the proof behind each sentence that leaned on it; three years. */
export interface OfferChangeDoc {
  readonly _id: string;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
  /** A manager's id, `event:<messageId>`, or the name of a file. */
  readonly who: string;
  readonly at: Date;
}

const threeYearsS = 3 * 366 * 86_400;

export const offerChanges = collectionOf<OfferChangeDoc>(
  'offerChanges',
  { key: String, before: Schema.Types.Mixed, after: Schema.Types.Mixed, who: String, at: Date },
  [{ key: { key: 1, at: 1 } }, { key: { at: 1 }, expireAfterSeconds: threeYearsS }],
);
