import { Schema } from 'mongoose';
import type { Dimension } from '../core/experiment.ts';
import { collectionOf } from './collection.ts';

/** What is tried, from when, and what came of it; its words and arms stand in the flow file. An edit after the start ends it. */
export interface ExperimentDoc {
  /** As the flow names it. */
  readonly _id: string;
  readonly flow: string;
  readonly dimension: Dimension;
  readonly arms: readonly { readonly key: string; readonly weight: number }[];
  readonly control: string;
  readonly primary: 'open' | 'click' | 'reply' | 'conversion';
  /** The rate expected of control, and the least lift worth seeing: 0.2 = +20 %. */
  readonly baseRate: number;
  readonly lift: number;
  readonly plannedN: number;
  readonly isPowered: boolean;
  readonly status: 'running' | 'closed' | 'promoted';
  readonly startedAt: Date;
  readonly closedAt?: Date | null;
  readonly winner?: string | null;
  readonly by: string;
}

export const experiments = collectionOf<ExperimentDoc>(
  'experiments',
  {
    flow: String,
    dimension: String,
    arms: [Schema.Types.Mixed],
    control: String,
    primary: String,
    baseRate: Number,
    lift: Number,
    plannedN: Number,
    isPowered: Boolean,
    status: String,
    startedAt: Date,
    closedAt: Date,
    winner: String,
    by: String,
  },
  [{ key: { status: 1 } }],
);
