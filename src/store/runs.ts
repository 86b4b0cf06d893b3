import { Schema } from 'mongoose';
import type { RunState } from '../core/run.ts';
import { collectionOf, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

/** `closedAt` is set by the commit that closes the run: a late tap still finds it for 90 days. */
export type RunDoc = DocOf<RunState> & { readonly closedAt?: Date | null };

export const runs = collectionOf<RunDoc>(
  'runs',
  {
    contactId: String,
    flow: String,
    version: Number,
    words: String,
    runKey: String,
    rev: Number,
    open: Boolean,
    phase: String,
    exitReason: String,
    enteredAt: Date,
    closedAt: Date,
    anchorAt: Date,
    anchorOn: String,
    isAnchored: Boolean,
    zone: String,
    stepKey: String,
    plan: [Mixed],
    waits: [Mixed],
    wakeAt: Date,
    goalDeadline: Date,
    register: String,
    answers: Mixed,
    arms: Mixed,
    done: Mixed,
    talk: Mixed,
    past: [Mixed],
    hold: Mixed,
    handoff: Mixed,
    seen: [String],
    entry: Mixed,
  },
  [
    { key: { open: 1, wakeAt: 1 } },
    { key: { contactId: 1, flow: 1, runKey: 1 }, unique: true, partialFilterExpression: { open: true } },
    { key: { contactId: 1, 'waits.event': 1 } },
    { key: { flow: 1, version: 1, open: 1 } },
    { key: { enteredAt: 1 } },
  ],
);
