import { expect, test } from 'vitest';
import { newThread, type Thread } from '../../src/core/thread.ts';
import { wakeThreads } from '../../src/jobs/wake.ts';
import { toDoc } from '../../src/store/collection.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const monday = new Date('2026-03-02T17:04:00Z');
const hours = (count: number): Date => new Date(monday.getTime() + count * 3_600_000);

test('a snooze that ends and a soft stop nobody decided on each wake their thread, once', async () => {
  const clock = new TestClock(monday);
  const quiet = newThread('quiet', monday);
  const snoozed: Thread = {
    ...newThread('snoozed', monday),
    own: { ...quiet.own, state: 'snoozed', snooze: { until: hours(2) } },
  };
  const doubtful: Thread = {
    ...newThread('doubtful', monday),
    flags: ['soft_stop'],
    softStops: [{ channel: 'sms', at: monday }],
  };
  await house.store.threads.insertMany([quiet, snoozed, doubtful].map(toDoc));
  const written = new Set<string>();
  const arrive = (arrival: { readonly id: string; readonly contactId: string | null }) => {
    const isNew = !written.has(arrival.id);
    written.add(arrival.id);
    return Promise.resolve({ isNew, contactId: arrival.contactId });
  };
  const look = () => wakeThreads({ store: house.store, clock, arrive });

  expect(await look()).toEqual({ woken: 0 });
  clock.advance(2 * 3_600_000);
  expect(await look()).toEqual({ woken: 1 });
  expect(await look()).toEqual({ woken: 0 });
  clock.advance(22 * 3_600_000);
  expect(await look()).toEqual({ woken: 1 });
  expect([...written]).toEqual([
    `wake:snooze:snoozed:${hours(2).toISOString()}`,
    `wake:soft-stop:doubtful:${monday.toISOString()}`,
  ]);
});
