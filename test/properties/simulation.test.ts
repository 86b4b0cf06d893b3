import { expect, test } from 'vitest';
import { planOf } from './simulation/plan.ts';
import { play } from './simulation/play.ts';
import { openScene } from './simulation/scene.ts';

/*
 * The whole pipeline in virtual time, over the twins of the database and the carrier: crashes, freezes, lost commits, late
 * answers, doubled and late receipts, STOPs at any instant. `npm run simulate` plays thousands of seeds more, and replays one.
 */

const budgetMs = 10_000;
const mostSeeds = 200;

test('whatever happens to the house, no invariant of reliability.md breaks', async () => {
  const scene = await openScene();
  const beganMs = performance.now();
  const total = { seeds: 0, steps: 0, faults: 0, messages: 0 };
  for (let seed = 1; seed <= mostSeeds && performance.now() - beganMs < budgetMs; seed += 1) {
    const { violations, steps, faults, operations } = await play(planOf(seed), scene);
    expect(violations, `npm run simulate -- --seed ${String(seed)}`).toEqual([]);
    total.seeds += 1;
    total.steps += steps;
    total.faults += Object.values(faults).reduce((sum, count) => sum + count, 0);
    total.messages += operations['message'] ?? 0;
  }
  console.log(`simulated: ${JSON.stringify(total)}`);
  // A storm must blow.
  expect(total.faults).toBeGreaterThan(total.seeds);
  expect(total.messages).toBeGreaterThan(total.seeds);
});

test('a seed is the same run every time', async () => {
  const scene = await openScene();
  const [one, other] = [await play(planOf(7), scene), await play(planOf(7), scene)];
  expect(other.log).toEqual(one.log);
  expect(other.steps).toBe(one.steps);
});
