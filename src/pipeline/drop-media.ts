import { monotonicMs, type Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/connect.ts';

export interface DropMediaDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Deletes a message's media at its carrier. */
  readonly dropMedia: (sid: string) => Promise<void>;
}

const dayMs = 86_400_000;
/** Inbound media are kept by the carrier for us, and by nobody for longer (compliance.md §8). */
const mediaDays = 30;
const pageSize = 100;
const notThere = 404;

/** Lets go of what artists sent a month ago, at the carrier and then here; the thread still says that there was something. */
export async function dropOldMedia(
  deps: DropMediaDeps,
  untilMs: number,
): Promise<{ readonly media: number }> {
  const { store, clock } = deps;
  const before = new Date(clock.now().getTime() - mediaDays * dayMs);
  const due = await store.items
    .find({ 'media.url': { $gt: '' }, at: { $lte: before } }, { projection: { arrivalId: 1 } })
    .limit(pageSize)
    .toArray();
  let media = 0;
  for (const { _id, arrivalId } of due) {
    if (monotonicMs() > untilMs) break;
    if (!(await isDropped(deps, arrivalId ?? ''))) continue;
    await store.items.updateOne({ _id }, { $set: { 'media.$[].url': '' } });
    media += 1;
  }
  return { media };
}

/** A carrier that cannot be reached is asked again at the next tick. */
async function isDropped({ dropMedia, log }: DropMediaDeps, arrivalId: string): Promise<boolean> {
  const [carrier, , sid] = arrivalId.split(':');
  if (carrier !== 'twilio' || !sid) return true;
  try {
    await dropMedia(sid);
    return true;
  } catch (error) {
    if ((error as { status?: unknown }).status === notThere) return true;
    log.warn({ sid, error: messageOf(error) }, 'the carrier did not delete the media of a message');
    return false;
  }
}
