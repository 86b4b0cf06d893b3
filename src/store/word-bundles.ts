import { collectionOf } from './collection.ts';

/** The words of one flow in every language, by their sha256; never updated. `words` is JSON text. */
export interface WordBundleDoc {
  readonly _id: string;
  readonly namespace: string;
  readonly words: string;
  readonly at: Date;
}

export const wordBundles = collectionOf<WordBundleDoc>('wordBundles', {
  namespace: String,
  words: String,
  at: Date,
});
