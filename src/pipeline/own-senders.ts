import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/connect.ts';
import { claimToWireMs } from '../store/lease.ts';
import { dropSenderLease, senderLeaseMs, takeSenderLease } from '../store/sender-lease.ts';

const renewMs = 5_000;

export interface Ownership {
  /** This worker may send for this sender now, and until a claim begun now is at the carrier. */
  owns(sender: string): boolean;
  /** Takes what is free and renews what is ours. */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

/** One worker a sender at a time, so that its rate is exact without Redis (reliability.md §7). Begins with `renew`. */
export function ownSenders({
  store,
  senders,
  by,
  log,
  onTaken,
}: {
  readonly store: Store;
  readonly senders: readonly string[];
  /** Name of this worker, its own for as long as it lives. */
  readonly by: string;
  readonly log: Log;
  readonly onTaken?: () => void;
}): Ownership {
  /** By our own clock, counted from before the question: never later than the database's. */
  const oursUntil = new Map<string, number>();

  async function renewOne(sender: string): Promise<void> {
    const askedMs = monotonicMs();
    const wasOurs = owns(sender);
    try {
      if (await takeSenderLease(store, sender, by))
        oursUntil.set(sender, askedMs + senderLeaseMs - claimToWireMs);
      else oursUntil.delete(sender);
    } catch (error) {
      log.warn({ sender: sender.split(':')[0], error: messageOf(error) }, 'a sender could not be renewed');
    }
    if (!wasOurs && owns(sender)) onTaken?.();
  }

  const owns = (sender: string): boolean => (oursUntil.get(sender) ?? 0) > monotonicMs();
  const renew = async (): Promise<void> => {
    await Promise.all(senders.map(renewOne));
  };
  const timer = setInterval(() => void renew(), renewMs);
  timer.unref();

  return {
    owns,
    renew,
    async stop() {
      clearInterval(timer);
      const ours = [...oursUntil.keys()];
      oursUntil.clear();
      await Promise.allSettled(ours.map((sender) => dropSenderLease(store, sender, by)));
    },
  };
}
