import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { ObjectId } from 'mongodb';
import { seeded } from '../../../src/sandbox/carrier/faults.ts';

/*
 * Virtual time: everything that takes time is an event at an instant, and the next instant is the next event. One seed gives
 * one order of all events, down to each await.
 */

/** A process, as far as events know it: what happens in one that is dead happens not, in a frozen one later. */
export interface Owner {
  readonly name: string;
  isAlive: boolean;
  /** Events wait until then. */
  frozenUntil: number;
}

export interface Planned {
  cancel(): void;
}

export interface Time {
  /** Milliseconds of the one true clock: the database's, and of what is monotonic. */
  now(): number;
  /** Sets an event `ms` from now; without an owner it is the outside world's. */
  after(ms: number, owner: Owner | null, run: () => void): Planned;
  /** Lets events happen until `isOver` says so after one, or none is left, or the instant is reached. */
  run(until: number, isOver?: () => boolean): Promise<void>;
  /** Events that happened. */
  steps(): number;
  /** Whose event is happening. */
  owner(): Owner | null;
  /** The next number from 0 to 1 of a stream of its own. */
  dice(stream: string): number;
  /** The same stream, for who draws from it often. */
  stream(name: string): () => number;
}

interface Event {
  at: number;
  order: number;
  readonly owner: Owner | null;
  readonly run: () => void;
  isCancelled: boolean;
}

const isBefore = (one: Event, other: Event): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** The nearest event first: a binary heap. */
function createLine() {
  const heap: Event[] = [];
  const swap = (one: number, other: number): void => {
    [heap[one], heap[other]] = [heap[other] as Event, heap[one] as Event];
  };
  return {
    peek: (): Event | undefined => heap[0],
    push(event: Event): void {
      heap.push(event);
      for (let place = heap.length - 1; place > 0;) {
        const above = (place - 1) >> 1;
        if (!isBefore(heap[place] as Event, heap[above] as Event)) break;
        swap(place, above);
        place = above;
      }
    },
    pop(): Event | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (!last || heap.length === 0) return first;
      heap[0] = last;
      for (let place = 0; ;) {
        let least = place;
        for (const below of [2 * place + 1, 2 * place + 2])
          if (below < heap.length && isBefore(heap[below] as Event, heap[least] as Event)) least = below;
        if (least === place) break;
        swap(place, least);
        place = least;
      }
      return first;
    },
  };
}

/** The real ones, whatever stands in their place later. */
const realSetImmediate = setImmediate;

/** Streams of chance: what is drawn for one purpose changes nothing for another, so that a smaller plan fails the same way. */
export function createStreams(seed: number): (name: string) => () => number {
  const streams = new Map<string, () => number>();
  return (name) => {
    let stream = streams.get(name);
    if (!stream) {
      stream = seeded(
        [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed),
      );
      streams.set(name, stream);
    }
    return stream;
  };
}

export function createTime(startMs: number, seed: number): Time {
  const line = createLine();
  const stream = createStreams(seed);
  let nowMs = startMs;
  let orders = 0;
  let steps = 0;
  let owner: Owner | null = null;

  function happen(event: Event): void {
    const { frozenUntil = 0, isAlive = true } = event.owner ?? {};
    if (!isAlive) return;
    if (frozenUntil > nowMs) {
      // The order of what waits stays as it is.
      line.push({ ...event, at: frozenUntil });
      return;
    }
    steps += 1;
    ({ owner } = event);
    event.run();
  }

  return {
    now: () => nowMs,
    after(ms, of, run) {
      orders += 1;
      const event: Event = { at: nowMs + Math.max(0, ms), order: orders, owner: of, run, isCancelled: false };
      line.push(event);
      return {
        cancel() {
          event.isCancelled = true;
        },
      };
    },
    async run(until, isOver = () => false) {
      for (;;) {
        const next = line.peek();
        if (!next || next.at > until) break;
        line.pop();
        if (next.isCancelled) continue;
        nowMs = Math.max(nowMs, next.at);
        happen(next);
        // All that follows at once from this event, before the next one; the outside world awaits nothing.
        if (next.owner) await new Promise<void>((resolve) => realSetImmediate(resolve));
        if (isOver()) return;
      }
      nowMs = Math.max(nowMs, until);
    },
    steps: () => steps,
    owner: () => owner,
    dice: (name) => stream(name)(),
    stream,
  };
}

interface Timer {
  ref(): Timer;
  unref(): Timer;
  hasRef(): boolean;
  cancel(): void;
}

function timerOf(planned: () => Planned): Timer {
  const timer: Timer = {
    ref: () => timer,
    unref: () => timer,
    hasRef: () => true,
    cancel: () => {
      planned().cancel();
    },
  };
  return timer;
}

/** Whose time it is; the machine's own where null. One at a time in a process. */
let current: Time | null = null;
let isSwapped = false;

/** Puts virtual time and chance in the place of the machine's for as long as `work` takes. One at a time in a process. */
export async function inVirtualTime<T>(time: Time, work: () => Promise<T>): Promise<T> {
  if (!isSwapped) swapAll();
  isSwapped = true;
  current = time;
  try {
    return await work();
  } finally {
    current = null;
  }
}

type Run = (...args: unknown[]) => void;
type Timed = (run: Run, ms?: number, ...args: unknown[]) => unknown;

const later = (time: Time, ms: number, run: () => void): Planned => time.after(ms, time.owner(), run);

function once(time: Time, run: Run, ms: number, args: unknown[]): Timer {
  const planned = later(time, ms, () => {
    run(...args);
  });
  return timerOf(() => planned);
}

function again(time: Time, run: Run, ms: number, args: unknown[]): Timer {
  let planned: Planned;
  const round = (): void => {
    planned = later(time, ms, () => {
      round();
      run(...args);
    });
  };
  round();
  return timerOf(() => planned);
}

function uuidOf(time: Time): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(time.dice('uuid') * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function cutOff(time: Time, ms: number): AbortSignal {
  const controller = new AbortController();
  later(time, ms, () => {
    controller.abort(new Error('the time is over'));
  });
  return controller.signal;
}

/**
 * Done once in a process: telling every module of what was swapped costs more than a short run. What is swapped stays, and is
 * the machine's own between the runs.
 */
function swapAll(): void {
  swap(
    globalThis,
    'setTimeout',
    (real: Timed): Timed =>
      (run, ms = 0, ...args) =>
        current ? once(current, run, ms, args) : real(run, ms, ...args),
  );
  swap(
    globalThis,
    'setInterval',
    (real: Timed): Timed =>
      (run, ms = 0, ...args) =>
        current ? again(current, run, ms, args) : real(run, ms, ...args),
  );
  swap(
    globalThis,
    'setImmediate',
    (real: (run: Run, ...args: unknown[]) => unknown) =>
      (run: Run, ...args: unknown[]) =>
        current ? once(current, run, 0, args) : real(run, ...args),
  );
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'])
    swap(globalThis, name, (real: (timer: unknown) => void) => (timer: Timer | undefined) => {
      if (timer && 'cancel' in timer) timer.cancel();
      else real(timer);
    });
  swap(performance, 'now', (real: () => number) => () => (current ? current.now() : real.call(performance)));
  swap(Date, 'now', (real: () => number) => () => (current ? current.now() : real()));
  swap(Math, 'random', (real: () => number) => () => (current ? current.dice('random') : real()));
  swap(
    AbortSignal,
    'timeout',
    (real: (ms: number) => AbortSignal) => (ms: number) =>
      current ? cutOff(current, ms) : real.call(AbortSignal, ms),
  );
  swap(ObjectId, 'generate', (real: (time?: number) => Uint8Array) => (at?: number) => {
    const time = current;
    if (!time) return real.call(ObjectId, at);
    return Uint8Array.from({ length: 12 }, () => Math.floor(time.dice('uuid') * 256));
  });
  swap(crypto, 'randomUUID', (real: () => string) => () => (current ? uuidOf(current) : real()));
  swap(
    timersPromises,
    'setTimeout',
    (real: (ms: number, ...more: unknown[]) => Promise<void>) =>
      (ms: number, ...more: unknown[]) => {
        const time = current;
        return time ? new Promise<void>((resolve) => later(time, ms, resolve)) : real(ms, ...more);
      },
  );
  syncBuiltinESMExports();
}

function swap<T>(target: object, name: string, made: (real: T) => unknown): void {
  const real = Reflect.get(target, name) as T;
  Object.defineProperty(target, name, { configurable: true, writable: true, value: made(real) });
}
