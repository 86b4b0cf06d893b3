import { collectionOf } from './collection.ts';

export const gdprKinds = ['access', 'erasure', 'objection', 'rectification'] as const;
export type GdprKind = (typeof gdprKinds)[number];

/** Something the law gives a date to: one month, two more where the person was told within the first (GDPR 12(3)). */
export interface GdprTaskDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly kind: GdprKind;
  readonly at: Date;
  readonly dueAt: Date;
  readonly doneAt?: Date | null;
  /** Nobody asked: they were silent for three years, and were asked whether they stay. */
  readonly why?: 'silent' | null;
  /** Who answered it. */
  readonly by?: string | null;
  /** The notice that moved `dueAt`. */
  readonly extended?: { readonly at: Date; readonly why: string } | null;
  /** An erasure under way: what the carrier has not redacted yet, by its own ids. */
  readonly begunAt?: Date | null;
  readonly left?: readonly string[];
  /** What an erasure did, by collection: counts, no content. */
  readonly counts?: Readonly<Record<string, number>> | null;
}

export const gdprTasks = collectionOf<GdprTaskDoc>(
  'gdprTasks',
  {
    contactId: String,
    kind: String,
    at: Date,
    dueAt: Date,
    doneAt: Date,
    by: String,
    why: String,
    extended: Object,
    begunAt: Date,
    left: [String],
    counts: Object,
  },
  [
    { key: { dueAt: 1 }, partialFilterExpression: { doneAt: null } },
    { key: { contactId: 1, kind: 1 } },
    { key: { at: 1 } },
  ],
);
