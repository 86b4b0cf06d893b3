import { Schema } from 'mongoose';
import type { Arrival } from '../core/arrival.ts';
import type { Kept } from '../core/decide.ts';
import { collectionOf, type DocOf } from './collection.ts';
import type { Store } from './connect.ts';

const { Mixed } = Schema.Types;

/** `refusal` is the answer to a coach's act that was refused: the request that waits for it reads it here. */
export type ArrivalDoc = DocOf<Arrival> & {
  readonly movedAt?: Date | null;
  readonly refusal?: Kept['refusal'];
  /** When its step was last begun, by the database's clock. */
  readonly begunAt?: Date;
};

/** States in which an arrival still waits for its step. */
export const waitingStates = ['new', 'shown'] as const;

/** Longer than a step takes, its transaction's budget included: one begun before that has ended, or its process has. */
const stepMs = 15_000;

/** Of these arrivals, those that nobody can be in the middle of: processes that meet at one count it many times at once. */
export async function leftBehind(store: Store, ids: readonly string[]): Promise<Set<string>> {
  const longAgo = { $dateSubtract: { startDate: '$$NOW', unit: 'millisecond', amount: stepMs } };
  const docs = await store.arrivals
    .find({ _id: { $in: [...ids] }, $expr: { $lt: ['$begunAt', longAgo] } }, { projection: { _id: 1 } })
    .toArray();
  return new Set(docs.map(({ _id }) => _id));
}

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
    begunAt: Date,
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
