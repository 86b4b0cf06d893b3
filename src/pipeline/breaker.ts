/** Unknown outcomes of one sender within `windowMs` that open its breaker (reliability.md §7). */
const mostUnknowns = 10;
const windowMs = 60_000;
export const breakerPauseMs = 30_000;

export interface Breaker {
  /** Calls that may be under way for this sender: no limit · none during the pause · one probe after it. */
  room(sender: string): number;
  /** An outcome nobody knows. True when it opened the breaker. */
  unknown(sender: string): boolean;
  /** The carrier answered, whatever it said. True when that closed the breaker. */
  known(sender: string): boolean;
}

interface Fuse {
  unknowns: number[];
  pausedUntil: number | null;
}

/** One fuse a sender, on the monotonic clock. */
export function createBreaker(nowMs: () => number): Breaker {
  const fuses = new Map<string, Fuse>();
  const fuseOf = (sender: string): Fuse => {
    const fuse = fuses.get(sender) ?? { unknowns: [], pausedUntil: null };
    fuses.set(sender, fuse);
    return fuse;
  };

  return {
    room(sender) {
      const { pausedUntil } = fuseOf(sender);
      if (pausedUntil === null) return Number.POSITIVE_INFINITY;
      return nowMs() < pausedUntil ? 0 : 1;
    },
    unknown(sender) {
      const fuse = fuseOf(sender);
      const now = nowMs();
      fuse.unknowns = [...fuse.unknowns.filter((at) => at > now - windowMs), now];
      const isProbe = fuse.pausedUntil !== null && now >= fuse.pausedUntil;
      const isFull = fuse.pausedUntil === null && fuse.unknowns.length >= mostUnknowns;
      if (!isProbe && !isFull) return false;
      fuse.pausedUntil = now + breakerPauseMs;
      return true;
    },
    known(sender) {
      const fuse = fuseOf(sender);
      // An answer to a call from before the pause proves nothing about now.
      if (fuse.pausedUntil === null || nowMs() < fuse.pausedUntil) return false;
      fuse.pausedUntil = null;
      fuse.unknowns = [];
      return true;
    },
  };
}
