import { expect, test } from 'vitest';
import { rankScores } from '../../src/pipeline/percentiles.ts';
import { toDoc } from '../../src/store/collection.ts';
import { monday, someContact } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const day = 86_400_000;

test('a score has its place among the clients, once there are fifty, and only who moved is looked at again', async () => {
  const clock = new TestClock(monday);
  const client = (score: number, over = {}) =>
    toDoc(someContact({ plan: 290, mona: { score, percentile: null, at: monday }, ...over }));
  const few = Array.from({ length: 49 }, (_, n) => client(n < 40 ? 50 : 70));
  await house.store.contacts.insertMany([
    ...few,
    client(10, { plan: null }),
    client(10, { mona: { score: 10, percentile: null, at: new Date(monday.getTime() - 91 * day) } }),
  ]);
  expect(await rankScores({ store: house.store, clock })).toEqual({ ranked: 0 });
  const best = client(90);
  await house.store.contacts.insertOne(best);
  clock.advance(day);
  expect(await rankScores({ store: house.store, clock })).toEqual({ ranked: 50 });
  const places = await house.store.contacts.distinct('mona.percentile', { plan: 290 });
  expect(places).toEqual([null, 40, 89, 99]);
  expect((await house.store.contacts.findOne({ _id: best._id }))?.recheckAt).toEqual(clock.now());
  clock.advance(day);
  expect(await rankScores({ store: house.store, clock })).toEqual({ ranked: 0 });
});
