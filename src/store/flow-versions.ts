import { collectionOf } from './collection.ts';
import type { PublishedKind } from './flows.ts';

/** `nurturing@7`, never updated. `compiled` is JSON text: conditions have dots and operators for keys. */
export interface FlowVersionDoc {
  readonly _id: string;
  readonly kind: PublishedKind;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly compiled: string;
  readonly hash: string;
  readonly words: string | null;
  readonly publishedBy: string;
  readonly at: Date;
}

export const flowVersions = collectionOf<FlowVersionDoc>('flowVersions', {
  kind: String,
  name: String,
  version: Number,
  source: String,
  compiled: String,
  hash: String,
  words: String,
  publishedBy: String,
  at: Date,
});

export const versionId = (name: string, version: number): string => `${name}@${String(version)}`;
