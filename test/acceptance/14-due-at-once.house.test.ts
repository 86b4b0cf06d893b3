import { expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock.ts';
import { createDecide } from '../../src/core/decide.ts';
import { wake } from '../../src/jobs/wake.ts';
import { toDoc } from '../../src/store/collection.ts';
import type { Store } from '../../src/store/connect.ts';
import { someContact, someThread } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { aMovingHouse } from '../support/moving.ts';
import { useStore } from '../support/mongo.ts';
import { aStage, library, on, runOf, tracks, understand, until } from './stage.ts';

const database = useStore();
/** `npm run bench -- --only nudges` does it with 10,000. */
const count = 500;
const noon = on('2026-03-04 12:30');

function aWorker(store: Store) {
  const clock = new TestClock(noon);
  const { arrive, drain } = aMovingHouse(store, { library, clock, decide: createDecide(understand) });
  return {
    tick: () => wake({ store, clock, arrive, untilMs: monotonicMs() + 60_000 }),
    settle: () => drain.settle(),
  };
}

test('19.14 five hundred runs due at one instant, two ticks at once: one arrival a run, one message each', async () => {
  const { store } = database;
  const stage = aStage('lea', on('2026-03-03 10:00'));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-04 12:00');
  const run = runOf(stage, 'nurturing');
  expect(run.wakeAt).toEqual(noon);
  const people = Array.from({ length: count }, (_, n) => `due-${String(n)}`);
  await store.contacts.insertMany(
    people.map((id) => toDoc(someContact({ ...stage.contact, id, userId: id }))),
  );
  await store.threads.insertMany(people.map((id) => toDoc(someThread(id))));
  await store.runs.insertMany(people.map((id) => toDoc({ ...run, id: `run-${id}`, contactId: id })));
  await store.addresses.insertMany(
    people.map((id, n) => ({ _id: `sms:+3363998${String(5_000 + n)}`, contactId: id, channel: 'sms' as const, value: `+3363998${String(5_000 + n)}`, verifiedAt: noon, softFails: 0 })),
  ); // prettier-ignore
  const [one, other] = [aWorker(store), aWorker(await database.another())];

  await Promise.all([one.tick(), other.tick()]);
  await Promise.all([one.settle(), other.settle()]);

  expect(await store.arrivals.countDocuments({ kind: 'wake' })).toBe(count);
  expect(await store.arrivals.countDocuments({ state: { $ne: 'moved' } })).toBe(0);
  const rows = await store.outbox.find({ stepKey: 'j1-sms' }).toArray();
  expect(rows).toHaveLength(count);
  expect(new Set(rows.map(({ contactId }) => contactId)).size).toBe(count);
});
