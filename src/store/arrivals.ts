import { Schema } from 'mongoose';
import type { Arrival } from '../core/arrival.ts';
import type { Kept } from '../core/decide.ts';
import { collectionOf, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

/** `refusal` is the answer to a coach's act that was refused: the request that waits for it reads it here. */
export type ArrivalDoc = DocOf<Arrival> & {
  readonly movedAt?: Date | null;
  readonly refusal?: Kept['refusal'];
};

/** States in which an arrival still waits for its step. */
export const waitingStates = ['new', 'shown'] as const;

const days = (count: number): number => count * 86_400;

export const arrivals = collectionOf<ArrivalDoc>(
  'arrivals',
  {
    kind: String,
    contactId: String,
    receivedAt: Date,
    state: String,
    tries: Number,
    error: String,
    movedAt: Date,
    refusal: Mixed,
    inbound: Mixed,
    runId: String,
    wakeAt: Date,
    event: Mixed,
    coachId: String,
    coachName: String,
    act: Mixed,
    rowId: String,
    sid: String,
    status: String,
    code: String,
    channel: String,
    address: String,
  },
  [
    {
      key: { contactId: 1, receivedAt: 1, _id: 1 },
      partialFilterExpression: { state: { $in: [...waitingStates] } },
    },
    { key: { state: 1, receivedAt: 1 }, partialFilterExpression: { state: { $in: [...waitingStates] } } },
    {
      key: { movedAt: 1 },
      expireAfterSeconds: days(90),
      partialFilterExpression: { movedAt: { $type: 'date' } },
    },
  ],
);
