import { expect, test } from 'vitest';
import { createDecide } from '../../src/core/decide.ts';
import type { RunState } from '../../src/core/run.ts';
import { toDoc } from '../../src/store/collection.ts';
import type { Store } from '../../src/store/connect.ts';
import { someContact, someThread } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { aMovingHouse } from '../support/moving.ts';
import { useStore } from '../support/mongo.ts';
import { aStage, library, on, runOf, tracks, understand, until } from './stage.ts';

const database = useStore();
const races = 1_000;
const deadline = on('2026-03-07 18:00');

/** The welcome of a lead whose audit is not there, a minute before nobody waits for it any longer. */
function waitingRun(): { readonly run: RunState; readonly contact: ReturnType<typeof aStage>['contact'] } {
  const stage = aStage('noa', on('2026-03-03 10:00'));
  tracks(stage, 'Lead Created', { source: 'form' });
  until(stage, '2026-03-07 17:59');
  return { run: runOf(stage, 'welcome'), contact: stage.contact };
}

/** A process that takes arrivals and moves them at the same instant as the other one. */
function aProcess(store: Store) {
  const clock = new TestClock(deadline);
  const { arrive, drain } = aMovingHouse(store, { library, clock, decide: createDecide(understand) });
  return { arrive, settle: () => drain.settle() };
}

test('19.9 the event against the time-out, 1,000 races between two processes: one branch each', async () => {
  const { store } = database;
  const { run, contact } = waitingRun();
  expect(run.wakeAt).toEqual(deadline);
  const people = Array.from({ length: races }, (_, n) => `race-${String(n)}`);
  await store.contacts.insertMany(people.map((id) => toDoc(someContact({ ...contact, id, userId: id }))));
  await store.threads.insertMany(people.map((id) => toDoc(someThread(id))));
  await store.runs.insertMany(people.map((id) => toDoc({ ...run, id: `run-${id}`, contactId: id })));
  await store.addresses.insertMany(
    people.map((id) => ({ _id: `email:${id}@example.org`, contactId: id, channel: 'email' as const, value: `${id}@example.org`, verifiedAt: deadline, softFails: 0 })),
  ); // prettier-ignore
  const [one, other] = [aProcess(store), aProcess(await database.another())];

  await Promise.all(
    people.flatMap((contactId, n) => {
      const event = { id: `audit-${contactId}`, name: 'Audit Completed', properties: { score: 58, level: 'Émergent' }, occurredAt: deadline };
      const ready = () => one.arrive({ id: `event:${event.id}`, kind: 'event', contactId, receivedAt: deadline, event });
      const late = () =>
        other.arrive({ id: `wake:run-${contactId}:${deadline.toISOString()}`, kind: 'wake', contactId, receivedAt: deadline, runId: `run-${contactId}`, wakeAt: deadline });
      return n % 2 === 0 ? [ready(), late()] : [late(), ready()];
    }),
  ); // prettier-ignore
  await Promise.all([one.settle(), other.settle()]);
  await Promise.all([one.settle(), other.settle()]);

  expect(await store.arrivals.countDocuments({ state: { $ne: 'moved' } })).toBe(0);
  const rows = await store.outbox.find({ stepKey: 'j3-email' }).toArray();
  const silences = await store.items.find({ kind: 'silence', 'why.step': 'j3-email' }).toArray();
  const sent = new Set(rows.map(({ contactId }) => contactId));
  const skipped = new Set(silences.map(({ contactId }) => contactId));
  expect([sent.size, skipped.size]).toEqual([rows.length, silences.length]);
  expect(people.filter((id) => sent.has(id) === skipped.has(id))).toEqual([]);
  expect(sent.size + skipped.size).toBe(races);
});
