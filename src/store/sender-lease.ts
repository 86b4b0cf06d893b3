import type { Document } from 'mongodb';
import type { Store } from './connect.ts';

/** How long a sender stays its worker's without a sign of life; renewed every 5 s (reliability.md §7). */
export const senderLeaseMs = 15_000;

/** Takes or renews a sender for one worker, by the database's clock. False while another worker has it. */
export async function takeSenderLease(store: Store, sender: string, by: string): Promise<boolean> {
  const isFree = {
    $or: [
      { $eq: ['$lease.by', { $literal: by }] },
      { $lte: [{ $ifNull: ['$lease.until', new Date(0)] }, '$$NOW'] },
    ],
  };
  const known = await store.senders.findOneAndUpdate(
    { _id: sender },
    [{ $set: { lease: { $cond: [isFree, leaseOf(by), '$lease'] } } }],
    { upsert: true, returnDocument: 'after', projection: { lease: 1 } },
  );
  return known?.lease?.by === by;
}

/** Lets go of a sender, so that the next worker need not wait for the lease to run out. */
export async function dropSenderLease(store: Store, sender: string, by: string): Promise<void> {
  await store.senders.updateOne({ _id: sender, 'lease.by': by }, { $set: { lease: null } });
}

const leaseOf = (by: string): Document => ({
  by: { $literal: by },
  until: { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: senderLeaseMs } },
});
