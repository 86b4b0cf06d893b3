/**
 * The one place the product reads the time from. Core never holds a clock: it is told the time.
 * Leases are set by the database's clock and deadlines inside a process by the monotonic one, so moving
 * this clock (the sandbox may, forward only) expires no lease.
 */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that runs at the machine's pace, ahead of it by an offset that only grows. */
export class ShiftedClock implements Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Sets how far ahead the clock stands. A smaller offset than the present one is ignored: time never goes back. */
  setAheadMs(aheadMs: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
  }
}

/** Milliseconds of a clock nobody can set; only differences mean anything. */
export function monotonicMs(): number {
  return performance.now();
}
