import { collectionOf } from './collection.ts';

/** A tracked link; `_id` is its token. Never leads anywhere but to `url`. */
export interface LinkDoc {
  readonly _id: string;
  readonly rowId: string;
  readonly contactId: string;
  readonly linkKey: string;
  readonly url: string;
  readonly expiresAt: Date;
}

export const links = collectionOf<LinkDoc>(
  'links',
  { rowId: String, contactId: String, linkKey: String, url: String, expiresAt: Date },
  [{ key: { rowId: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
);
