import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Channel, type Paced, TurnRefused } from '../../src/channels/channel.ts';
import { pace, type PaceOptions } from '../../src/channels/pace.ts';
import { silentLog } from '../../src/log.ts';
import { hasRedis, startRedis, type RedisServer } from '../support/redis.ts';

const channel: Channel = {
  name: 'sms',
  senders: ['sms:+1'],
  send: () => Promise.reject(new Error('not in this test')),
};
const open = new Set<Paced>();

function paced(options: Partial<PaceOptions>): Paced {
  const made = pace(channel, { mps: 0, log: silentLog, ...options });
  open.add(made);
  return made;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all([...open].map((one) => one.stop()));
  open.clear();
});

/** Starts turns and writes down when each began, in milliseconds of the fake clock. */
function takeTurns(one: Paced, count: number, weight = 1, sender = 'sms:+1'): number[] {
  const begun: number[] = [];
  for (let number = 0; number < count; number += 1) {
    void one.turn(sender, weight, async () => void begun.push(performance.now())).catch(() => undefined);
  }
  return begun;
}

/** A timer of no delay fires a millisecond late. */
const timerGrain = 1;

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, place) => Math.round(time - (times[place] ?? 0)));

describe('one process', () => {
  test('a sender speaks at its rate, another sender at its own', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 3 });
    const first = takeTurns(one, 4);
    const other = takeTurns(one, 2, 1, 'sms:+2');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(gaps(first).every((gap) => gap >= 334 - timerGrain)).toBe(true);
    expect(first).toHaveLength(4);
    expect(other).toHaveLength(2);
  });

  test('calls that are ready together go out one after the other, each for as long as its segments take', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 50 });
    const begun: number[] = [];
    for (const weight of [3, 1, 1])
      void one.wire?.('sms:+1', weight, async () => void begun.push(performance.now()));
    await vi.advanceTimersByTimeAsync(200);
    expect(gaps(begun)).toEqual([60, 20]);
  });

  test('a long text takes as many turns as it has segments, twenty at most', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 10 });
    const begun = [...takeTurns(one, 1, 3)];
    const times = takeTurns(one, 1, 3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toHaveLength(0);
    expect(times).toHaveLength(1);
    const long = takeTurns(one, 1, 500);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(long).toHaveLength(1);
  });

  test('forty may wait; the next is refused, and none before it is dropped', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 10 });
    const turns = Array.from({ length: 60 }, (_, number) => one.turn('sms:+1', 1, async () => number));
    const settled = Promise.allSettled(turns);
    await vi.advanceTimersByTimeAsync(10_000);
    const outcomes = await settled;
    const done = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value);
    const refused = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map((outcome) => outcome.reason as unknown);
    expect(done).toEqual(Array.from({ length: done.length }, (_, number) => number));
    expect(done.length).toBeGreaterThanOrEqual(40);
    expect(refused.length).toBe(60 - done.length);
    for (const reason of refused) expect(reason).toBeInstanceOf(TurnRefused);
  });

  test('without a rate, twenty calls in flight, no more, and some claimed ahead of them', async () => {
    const one = paced({ mps: 0 });
    let inFlight = 0;
    let most = 0;
    let begun = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((done) => (release = done));
    const call = async (): Promise<void> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      if (inFlight === 20) release();
      await released;
      await new Promise((next) => setImmediate(next));
      inFlight -= 1;
    };
    const turns = Array.from({ length: 50 }, () =>
      one.turn('sms:+1', 1, () => {
        begun += 1;
        return one.wire?.('sms:+1', 1, call) ?? Promise.reject(new Error('no wire'));
      }),
    );
    expect(begun).toBe(50);
    await Promise.all(turns);
    expect(most).toBe(20);
  });

  test('a carrier that keeps its sockets long has nothing claimed ahead of them', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 0 });
    const slowCall = (): Promise<void> => new Promise((answered) => setTimeout(answered, 1_500));
    const round = (): { begun: () => number } => {
      let begun = 0;
      for (let place = 0; place < 50; place += 1)
        void one.turn('sms:+1', 1, () => {
          begun += 1;
          return one.wire?.('sms:+1', 1, slowCall) ?? Promise.resolve();
        });
      return { begun: () => begun };
    };
    expect(round().begun()).toBe(50);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(round().begun()).toBe(20);
    await vi.advanceTimersByTimeAsync(10_000);
  });

  test('a 429 halves the rate for a minute', async () => {
    vi.useFakeTimers();
    const one = paced({ mps: 10 });
    one.slowDown('sms:+1');
    const slow = takeTurns(one, 4);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(gaps(slow).every((gap) => gap >= 200 - timerGrain)).toBe(true);
    expect(slow).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(60_000);
    const again = takeTurns(one, 4);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(gaps(again).every((gap) => gap >= 100 - timerGrain && gap <= 101)).toBe(true);
  });

  test('an error of the work is the work’s', async () => {
    const failure = new Error('refused by the carrier');
    await expect(paced({ mps: 50 }).turn('sms:+1', 1, () => Promise.reject(failure))).rejects.toBe(failure);
  });

  test('stop ends turns not begun and waits for those that did', async () => {
    const one = paced({ mps: 0.001 });
    let finish: (said: string) => void = () => undefined;
    let first: Promise<string> | null = null;
    await new Promise<void>((hasBegun) => {
      first = one.turn('sms:+1', 1, () => {
        hasBegun();
        return new Promise<string>((done) => (finish = done));
      });
    });
    const second = one.turn('sms:+1', 1, async () => 'never').catch((error: unknown) => error);
    const stopped = one.stop();
    finish('done');
    expect(await first).toBe('done');
    expect(await second).toBeInstanceOf(TurnRefused);
    await stopped;
    await expect(one.turn('sms:+1', 1, async () => 'late')).rejects.toBeInstanceOf(TurnRefused);
  });
});

const isThere = hasRedis();
if (!isThere)
  console.warn('SKIPPED: no redis-server on PATH; the rate shared between processes is not tested here.');

describe.skipIf(!isThere)('several processes on a real redis-server', () => {
  let redis: RedisServer;
  let redisUrl: string;
  beforeAll(async () => {
    redis = await startRedis();
    redisUrl = redis.url;
  });
  afterAll(() => {
    redis.stop();
  });

  test('two workers together keep the rate of one sender', async () => {
    const [one, other] = [paced({ mps: 20, redisUrl }), paced({ mps: 20, redisUrl })];
    const begun: number[] = [];
    const work = async (): Promise<void> => void begun.push(performance.now());
    await Promise.all(
      Array.from({ length: 24 }, (_, number) => (number % 2 ? one : other).turn('sms:+1', 1, work)),
    );
    const times = begun.sort((a, b) => a - b);
    for (let place = 0; place + 21 < times.length; place += 1)
      expect((times[place + 21] ?? 0) - (times[place] ?? 0)).toBeGreaterThan(1_000);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(23 * 50 - 60);
  });

  test('a worker that died holding turns leaves no hole in the rate', async () => {
    const dying = paced({ mps: 20, redisUrl });
    void dying.turn('sms:+2', 1, () => new Promise(() => undefined));
    const alive = paced({ mps: 20, redisUrl });
    await expect(alive.turn('sms:+2', 1, async () => 'goes on')).resolves.toBe('goes on');
    open.delete(dying);
  });
});
