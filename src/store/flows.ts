import { collectionOf } from './collection.ts';

/** The pointer to the published version of a file of `flows/`: a flow's id, or `keywords`, `policy`, `segments`. */
export interface FlowDoc {
  readonly _id: string;
  readonly version: number;
  /** Hash of its words; null where it has none. */
  readonly words: string | null;
  readonly publishedAt: Date;
  readonly pausedAt?: Date | null;
}

export const flows = collectionOf<FlowDoc>('flows', {
  version: Number,
  words: String,
  publishedAt: Date,
  pausedAt: Date,
});
