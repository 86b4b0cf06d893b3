import type { Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';

const dayMs = 86_400_000;
const freshDays = 90;
const leastPeople = 50;
/** Nightly; a night that was missed is made up the next time. */
const everyMs = 20 * 3_600_000;
const settingKey = 'percentiles';

/**
 * `mona.percentile` of every active client scored within 90 days: the share strictly lower, and half of those alike.
 * Fewer than 50 people are no population (lifecycle.md §12). Whose place changed is looked at again.
 */
export async function rankScores({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): Promise<{ readonly [what: string]: number; readonly ranked: number }> {
  const now = clock.now();
  const last = (await store.settings.findOne({ _id: settingKey }))?.value;
  if (last instanceof Date && now.getTime() - last.getTime() < everyMs) return { ranked: 0 };
  const counted = {
    plan: { $gt: 0 },
    erasedAt: null,
    'mona.at': { $gte: new Date(now.getTime() - freshDays * dayMs) },
  };
  const counts = await store.contacts
    .aggregate<{ _id: number; people: number }>([
      { $match: counted },
      { $group: { _id: '$mona.score', people: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  const everyone = counts.reduce((sum, { people }) => sum + people, 0);
  let lower = 0;
  let ranked = 0;
  for (const { _id: score, people } of counts) {
    const percentile = everyone < leastPeople ? null : placeOf(lower, people, everyone);
    const moved = await store.contacts.updateMany(
      { ...counted, 'mona.score': score, 'mona.percentile': { $ne: percentile } },
      { $set: { 'mona.percentile': percentile, recheckAt: now } },
    );
    ranked += moved.modifiedCount;
    lower += people;
  }
  await store.settings.updateOne({ _id: settingKey }, { $set: { value: now } }, { upsert: true });
  return { ranked };
}

const placeOf = (lower: number, alike: number, everyone: number): number =>
  Math.round(((lower + alike / 2) / everyone) * 10_000) / 100;
