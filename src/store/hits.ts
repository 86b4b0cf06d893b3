import type { HitVerdict } from '../core/hit.ts';
import { collectionOf } from './collection.ts';

/** One request of a link or a pixel, and whether a person made it. */
export interface HitDoc {
  readonly _id: string;
  readonly rowId: string;
  readonly contactId: string;
  readonly linkKey: string;
  readonly kind: 'click' | 'open';
  readonly at: Date;
  readonly ip: string | null;
  readonly agent: string | null;
  readonly verdict: HitVerdict;
  readonly reasons: readonly string[];
  readonly quarantineUntil?: Date | null;
}

export const hits = collectionOf<HitDoc>(
  'hits',
  {
    rowId: String,
    contactId: String,
    linkKey: String,
    kind: String,
    at: Date,
    ip: String,
    agent: String,
    verdict: String,
    reasons: [String],
    quarantineUntil: Date,
  },
  [
    { key: { rowId: 1, at: 1 } },
    { key: { ip: 1, at: 1 } },
    { key: { at: 1 }, partialFilterExpression: { ip: { $gt: '' } } },
    { key: { quarantineUntil: 1 }, partialFilterExpression: { quarantineUntil: { $type: 'date' } } },
  ],
);
