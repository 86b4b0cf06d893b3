import { Schema } from 'mongoose';
import type { Tally } from '../core/kpi.ts';
import { collectionOf } from './collection.ts';

/** `_id` is `day:flow:version:step:channel:arm`; the day is the one its runs entered on, where they live. */
export interface KpiDoc {
  readonly _id: string;
  readonly day: string;
  readonly flow: string;
  readonly version: number;
  readonly stepKey: string;
  readonly channel: string;
  readonly arm: string;
  readonly definition: number;
  readonly tally: Tally;
}

export const kpiDaily = collectionOf<KpiDoc>(
  'kpiDaily',
  {
    day: String,
    flow: String,
    version: Number,
    stepKey: String,
    channel: String,
    arm: String,
    definition: Number,
    tally: Schema.Types.Mixed,
  },
  [{ key: { flow: 1, day: 1 } }],
);
