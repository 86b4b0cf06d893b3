import type { Exposure } from '../core/experiment.ts';
import { collectionOf } from './collection.ts';

/** Thirteen months: by then no experiment is read any more. */
const keptS = 395 * 86_400;

/** `_id` is `<experiment>:<run>:<step>`: the guard asked twice exposes once. */
export interface ExposureDoc extends Exposure {
  readonly _id: string;
  readonly contactId: string;
}

export const exposures = collectionOf<ExposureDoc>(
  'exposures',
  {
    experiment: String,
    contactId: String,
    arm: String,
    holdout: Boolean,
    runId: String,
    stepKey: String,
    at: Date,
  },
  [
    { key: { experiment: 1, runId: 1, stepKey: 1 }, unique: true },
    { key: { contactId: 1 } },
    { key: { at: 1 }, expireAfterSeconds: keptS },
  ],
);

export const exposureChange = (contactId: string, exposure: Exposure) => ({
  updateOne: {
    filter: { _id: `${exposure.experiment}:${exposure.runId}:${exposure.stepKey}` },
    update: { $setOnInsert: { contactId, ...exposure } },
    upsert: true,
  },
});
