import { describe, expect, test } from 'vitest';
import type { Credit } from '../../src/core/scoring.ts';
import { heatAfter } from '../../src/core/scoring.ts';
import { applyCredits, applyIdle } from '../../src/store/scores.ts';
import { createBuilders, monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const day = 86_400_000;
const later = (ms: number): Date => new Date(monday.getTime() + ms);

const give = (contactId: string, ...credits: Credit[]) =>
  house.store.transact((session) =>
    applyCredits(
      house.store,
      credits.map((credit) => ({ ...credit, contactId })),
      session,
    ),
  );

async function standing(contactId: string) {
  const contact = await house.store.contacts.findOne({ _id: contactId });
  const entries = await house.store.scoreLedger.find({ contactId }).sort({ at: 1 }).toArray();
  const sum = entries.reduce((total, { points }) => total + points, 0);
  return { points: contact?.points, heat: contact?.heat ?? null, entries, sum };
}

const click = (n: number, at = monday): Credit => ({ rule: 'clicked', causeId: `row-${String(n)}:call`, at });
const undone = (credit: Credit, at: Date): Credit => ({ ...credit, at, isReversal: true });

describe('the ledger', () => {
  test('counts a cause once, however often and by how many it is told', async () => {
    const { contact } = await createBuilders(house.store).aContact();
    await Promise.all(Array.from({ length: 20 }, () => give(contact.id, click(1))));
    expect(await standing(contact.id)).toMatchObject({ points: 3, sum: 3, heat: { h: 3, idle: 0 } });
  });

  test('warms as core says, in order and out of it', async () => {
    const { contact } = await createBuilders(house.store).aContact();
    await give(contact.id, { rule: 'action', causeId: 'a1', at: later(7 * day) });
    await give(contact.id, click(1, monday), click(2, later(9 * day)));
    const expected = heatAfter(heatAfter(heatAfter(null, 15, later(7 * day)), 3, monday), 3, later(9 * day));
    const { points, heat } = await standing(contact.id);
    expect(points).toBe(21);
    expect(heat?.h).toBeCloseTo(expected.h, 9);
    expect(heat?.at).toEqual(expected.at);
  });

  test('a machine’s click goes back to nothing, once, and only if it was counted', async () => {
    const { contact } = await createBuilders(house.store).aContact();
    await give(contact.id, click(1));
    await give(contact.id, undone(click(1), later(day)), undone(click(2), later(day)));
    await give(contact.id, undone(click(1), later(2 * day)));
    const { points, heat, entries, sum } = await standing(contact.id);
    expect([points, sum, heat?.h, entries.length]).toEqual([0, 0, 0, 2]);
    expect(entries[1]).toMatchObject({ points: -3, reverses: entries[0]?._id });
  });

  test('takes five points a full week of silence, never below nothing', async () => {
    const { contact } = await createBuilders(house.store).aContact();
    await give(contact.id, ...[1, 2, 3, 4].map((n) => click(n)));
    expect(await applyIdle(house.store, [contact.id], later(7 * day))).toBe(1);
    expect((await standing(contact.id)).points).toBe(7);
    await Promise.all([1, 2, 3].map(() => applyIdle(house.store, [contact.id], later(60 * day))));
    const { points, sum, entries } = await standing(contact.id);
    expect([points, sum]).toEqual([0, 0]);
    expect(entries.filter(({ rule }) => rule === 'idle').map((entry) => entry.points)).toEqual([-5, -5, -2]);
  });

  test('total = sum after 10,000 random events, replays and reversals (§19.17)', async () => {
    const builders = createBuilders(house.store);
    const people = await Promise.all(Array.from({ length: 40 }, () => builders.aContact()));
    let seed = 7;
    const roll = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let batch = 0; batch < 100; batch += 1) {
      const credits = Array.from({ length: 100 }, () => {
        const contactId = people[roll(people.length)]?.contact.id ?? '';
        const credit = click(roll(60), later(batch * 6 * 3_600_000));
        return roll(4) === 0 ? { ...undone(credit, credit.at), contactId } : { ...credit, contactId };
      });
      await house.store.transact((session) => applyCredits(house.store, credits, session));
      if (batch % 20 === 19)
        await applyIdle(
          house.store,
          people.map(({ contact }) => contact.id),
          later(batch * 6 * 3_600_000 + 8 * day),
        );
    }
    for (const { contact } of people) {
      const { points, sum } = await standing(contact.id);
      expect(points).toBe(sum);
      expect(points).toBeGreaterThanOrEqual(0);
    }
  });
});
