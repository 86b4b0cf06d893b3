import { collectionOf } from './collection.ts';

/** What a published file is: a flow, one of the three files beside them, or words that belong to no flow (`common`). */
export type PublishedKind = 'flow' | 'keywords' | 'policy' | 'segments' | 'words';

/** The pointer to the published version of a file: `_id` is a flow's id, `keywords`, `policy`, `segments`, `common` … */
export interface FlowDoc {
  readonly _id: string;
  readonly kind: PublishedKind;
  readonly version: number;
  /** What that version holds, hashed: publishing the same again changes nothing. */
  readonly hash: string;
  /** Its word bundle; null where it has no words. */
  readonly words: string | null;
  readonly publishedAt: Date;
  readonly pausedAt?: Date | null;
  /** Its mails were complained of, or came back: paused by the house. */
  readonly mailBrokenAt?: Date | null;
}

export const flows = collectionOf<FlowDoc>('flows', {
  kind: String,
  version: Number,
  hash: String,
  words: String,
  publishedAt: Date,
  pausedAt: Date,
  mailBrokenAt: Date,
});
