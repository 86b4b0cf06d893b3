import type { Arrival } from '../core/arrival.ts';

/** Arrivals of one contact that are moved together: bubbles typed in one breath, or a single other one. */
export interface Breath {
  readonly contactId: string;
  /** Oldest first. */
  readonly arrivals: readonly Arrival[];
  /** Free text waits for no more: asked for, or something else follows it that may not wait. */
  readonly endsWait: boolean;
  /** Others wait behind it. */
  readonly hasMore: boolean;
}

/** A breath is no longer than this, however fast somebody's phone sends. */
const most = 50;

const isText = (arrival: Arrival): arrival is Extract<Arrival, { kind: 'inbound' }> =>
  arrival.kind === 'inbound' && arrival.inbound.button === null;

/** A text whose step failed twice goes by itself: only the one that is at fault is parked. */
const isAlone = ({ tries }: Arrival): boolean => tries >= 2;

/** Typed on the same phone, on the same channel: what is answered is answered there. */
function belongs(first: Arrival, next: Arrival): boolean {
  if (isAlone(first) || isAlone(next)) return false;
  return (
    isText(first) &&
    isText(next) &&
    first.inbound.channel === next.inbound.channel &&
    first.inbound.address === next.inbound.address
  );
}

/** The oldest of a contact's waiting arrivals, with what belongs to it (conversation.md §1, order and collect). */
export function nextBreath(contactId: string, waiting: readonly Arrival[], endsWait: boolean): Breath {
  const [first] = waiting;
  let length = first ? 1 : 0;
  for (
    let next = waiting[length];
    first && next && length < most && belongs(first, next);
    next = waiting[length]
  )
    length += 1;
  const follower = waiting[length];
  const cuts = follower !== undefined && (follower.kind === 'inbound' || follower.kind === 'coach');
  return {
    contactId,
    arrivals: waiting.slice(0, length),
    endsWait: endsWait || cuts,
    hasMore: follower !== undefined,
  };
}
