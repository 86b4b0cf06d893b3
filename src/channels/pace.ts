import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Channel, type Paced, TurnRefused } from './channel.ts';
import { freeTurns, type Turns } from './turns.ts';

export interface PaceOptions {
  /** Messages (of an SMS: segments) a second that each sender may use; 0, and `liftedMps` or more, is without bound. */
  readonly mps: number;
  /** Shares each sender's rate between processes. Without it a sender belongs to one worker at a time. */
  readonly redisUrl?: string | null;
  readonly log: Log;
}

/** Calls in flight a channel; its sockets are as many (reliability.md §5). */
const maxConcurrent = 20;
/**
 * Turns at once where no rate bounds a sender: those beyond its sockets are claimed ahead of a free one, so that many go in
 * one claim. Three calls a socket are over within the two seconds from claim to wire, unless the carrier is slow.
 */
const liftedTurns = 4 * maxConcurrent;
/** Who waited longer for a socket, claimed, tells that the carrier is slow: half of what a claim has until the wire. */
const longestAheadMs = 1_000;
/** Turns that may wait; then the newest is refused, never the oldest dropped. */
const highWater = 40;
const slowMs = 60_000;

interface Gate {
  readonly local: Turns;
  readonly shared: Bottleneck | null;
  /** What lies between a turn and its call differs from process to process: they are spaced once more at the wire. */
  readonly sharedWire: Bottleneck | null;
  /** One call each, where no rate bounds the sender. */
  readonly sockets: Turns;
  /** Turns asked for and not begun. */
  waiting: number;
  slowUntil: number;
  /** Monotonic instant from which the next call may begin. */
  wireFreeAt: number;
}

const nothing = (): Promise<void> => Promise.resolve();

/** The most a configuration takes: no timer is as fine, so it lifts the rate. */
const liftedMps = 10_000;

function minTimeOf(mps: number): number {
  return mps > 0 && mps < liftedMps ? Math.ceil(1000 / mps) : 0;
}

/** One connection for the limiters of all senders of a channel. */
function connectRedis(redisUrl: string, log: Log): Bottleneck.IORedisConnection {
  const client = new Redis(redisUrl);
  client.on('error', (error: unknown) =>
    log.warn({ reason: messageOf(error) }, 'the shared rate is out of reach'),
  );
  return new Bottleneck.IORedisConnection({ client });
}

/**
 * Puts a channel behind the rate of its senders (reliability.md §7). A long text takes as many turns as it has segments,
 * 20 at most. A call has no expiration here: a limiter that gave up on one would begin the next beside it.
 */
export function pace(channel: Channel, { mps, redisUrl, log }: PaceOptions): Paced {
  const minTime = minTimeOf(mps);
  const connection = redisUrl && minTime > 0 ? connectRedis(redisUrl, log) : null;
  const gates = new Map<string, Gate>();

  const share = (what: 'rate' | 'wire', sender: string): Bottleneck | null => {
    if (!connection) return null;
    // The rate is part of the name: a limiter found in Redis keeps the settings it was first made with.
    const shared = new Bottleneck({ id: `mona:${what}:${sender}:${minTime}`, connection, minTime });
    shared.on('error', (error: unknown) => log.warn({ reason: messageOf(error) }, 'the shared rate failed'));
    return shared;
  };
  const open = (sender: string): Gate => {
    const mostTurns = (): number => (monotonicMs() < gate.slowUntil ? maxConcurrent : liftedTurns);
    const local =
      minTime === 0
        ? freeTurns({ most: mostTurns, mostWaiting: liftedTurns })
        : new Bottleneck({ minTime, maxConcurrent, highWater, strategy: Bottleneck.strategy.OVERFLOW });
    const shared = share('rate', sender);
    const sharedWire = share('wire', sender);
    const sockets = freeTurns({ most: () => maxConcurrent, mostWaiting: liftedTurns });
    const gate: Gate = { local, shared, sharedWire, sockets, waiting: 0, slowUntil: 0, wireFreeAt: 0 };
    gates.set(sender, gate);
    return gate;
  };
  const gateOf = (sender: string): Gate => gates.get(sender) ?? open(sender);

  /** One turn: `work` begins when both limiters let it. What fails before that is a refusal. */
  const take = async <T>(gate: Gate, work: () => Promise<T>): Promise<T> => {
    let hasBegun = false;
    const begin = (): Promise<T> => {
      hasBegun = true;
      gate.waiting -= 1;
      return work();
    };
    gate.waiting += 1;
    try {
      return await gate.local.schedule(() => (gate.shared ? gate.shared.schedule(begin) : begin()));
    } catch (error) {
      if (hasBegun) throw error;
      gate.waiting -= 1;
      throw new TurnRefused(messageOf(error), { cause: error });
    }
  };

  /** A socket each; a carrier that keeps them long has nothing claimed ahead for a minute. */
  const throughSocket = <T>(gate: Gate, work: () => Promise<T>): Promise<T> => {
    const askedAt = monotonicMs();
    return gate.sockets.schedule(() => {
      if (monotonicMs() - askedAt > longestAheadMs) gate.slowUntil = monotonicMs() + slowMs;
      return work();
    });
  };

  /** A row is claimed by now: a limiter that is out of reach delays it no further. */
  const passTogether = async ({ sharedWire }: Gate, turns: number): Promise<void> => {
    if (!sharedWire) return;
    const passed = sharedWire.schedule(nothing).catch(nothing);
    for (let spare = 1; spare < turns; spare += 1) sharedWire.schedule(nothing).catch(nothing);
    await passed;
  };

  /** A slowed sender pays double for each turn, which halves its rate in every process that was told to slow down. */
  const turnsFor = (gate: Gate, weight: number): number => {
    if (minTime === 0) return 1;
    const turns = Math.min(maxConcurrent, Math.max(1, Math.ceil(weight)));
    return monotonicMs() < gate.slowUntil ? turns * 2 : turns;
  };

  return {
    channel,
    isLifted: minTime === 0,
    turn: (sender, weight, work) => {
      const gate = gateOf(sender);
      const turns = turnsFor(gate, weight);
      if (turns > 1 && gate.waiting + turns > highWater) return Promise.reject(new TurnRefused('queue_full'));
      // Turns taken only for their time; if the limiters stop, so does their purpose.
      for (let spare = 1; spare < turns; spare += 1) take(gate, nothing).catch(nothing);
      return take(gate, work);
    },
    wire: async (sender, weight, work) => {
      const gate = gateOf(sender);
      if (minTime === 0) return throughSocket(gate, work);
      const now = monotonicMs();
      const freeAt = Math.max(now, gate.wireFreeAt);
      const turns = turnsFor(gate, weight);
      gate.wireFreeAt = freeAt + turns * minTime;
      if (freeAt > now) await new Promise((resolve) => setTimeout(resolve, freeAt - now));
      await passTogether(gate, turns);
      return work();
    },
    slowDown: (sender) => {
      gateOf(sender).slowUntil = monotonicMs() + slowMs;
    },
    stop: async () => {
      const limiters = [...gates.values()].flatMap(({ local, shared, sharedWire }) =>
        shared && sharedWire ? [local, shared, sharedWire] : [local],
      );
      await Promise.all(limiters.map((limiter) => limiter.stop({ dropWaitingJobs: true }).catch(nothing)));
      await connection?.disconnect(false);
    },
  };
}
