import type { Arrival } from '../core/arrival.ts';
import { idFrom } from '../core/id.ts';
import type { Item } from '../core/item.ts';
import { waitingStates } from './arrivals.ts';
import { toDoc } from './collection.ts';
import type { Store } from './connect.ts';

/**
 * Parks an arrival whose step cannot be taken, so that the next one moves: its thread is flagged for a coach, and what
 * the artist wrote is shown all the same. Does nothing to one that moved meanwhile.
 */
export async function park(
  store: Store,
  contactId: string,
  arrival: Arrival,
  error: string,
  at: Date,
): Promise<void> {
  await store
    .transact(async (session) => {
      const flagged = await store.threads.findOneAndUpdate(
        { _id: contactId },
        { $inc: { rev: 1, seq: 1 }, $addToSet: { flags: 'stuck' } },
        { session, returnDocument: 'after', projection: { seq: 1 } },
      );
      const parked = await store.arrivals.updateOne(
        { _id: arrival.id, state: { $in: [...waitingStates] } },
        { $set: { state: 'stuck', error } },
        { session },
      );
      // Undone whole: the thread keeps no number without its item.
      if (parked.matchedCount === 0) throw new MovedMeanwhile();
      if (flagged)
        await store.items.insertOne(toDoc(itemOf(contactId, arrival, flagged.seq, at)), { session });
    })
    .catch((thrown: unknown) => {
      if (!(thrown instanceof MovedMeanwhile)) throw thrown;
    });
}

class MovedMeanwhile extends Error {
  override name = 'MovedMeanwhile';
}

function itemOf(contactId: string, arrival: Arrival, seq: number, at: Date): Item {
  const why = { rule: 'stuck', reason: arrival.kind };
  const head = { id: idFrom('stuck', arrival.id), contactId, seq, at, why };
  // One that was shown has its item; only what became of it is missing.
  if (arrival.kind !== 'inbound' || arrival.state === 'shown')
    return { ...head, kind: 'note', data: { arrivalId: arrival.id } };
  const { channel, text, media, button } = arrival.inbound;
  return {
    ...head,
    kind: 'in',
    channel,
    text: text || (button?.text ?? ''),
    media,
    button,
    arrivalId: arrival.id,
  };
}
