import type { Clock } from '../../src/clock.ts';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** A clock that stands still until a test moves it; what was set for an instant it passes rings, in order. */
export class TestClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();

  constructor(at: Date | string = '2026-03-02T17:04:00Z') {
    this.#now = new Date(at).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** Calls back once the clock has moved by so much; the answer takes it back. Given where a product has `setTimeout`. */
  schedule = (ms: number, ring: () => void): (() => void) => {
    const alarm = { at: this.#now + Math.max(0, ms), ring };
    this.#alarms.add(alarm);
    return () => {
      this.#alarms.delete(alarm);
    };
  };

  /** Moves forward by `ms`, or to an instant. */
  advance(by: number | Date | string): void {
    const to = typeof by === 'number' ? this.#now + by : new Date(by).getTime();
    if (to < this.#now) throw new Error('A TestClock does not go back.');
    for (let next = this.#nextBefore(to); next; next = this.#nextBefore(to)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.ring();
    }
    this.#now = to;
  }

  #nextBefore(to: number): Alarm | null {
    const due = [...this.#alarms].filter(({ at }) => at <= to).sort((one, other) => one.at - other.at);
    return due[0] ?? null;
  }
}
