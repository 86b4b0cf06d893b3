import { describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp();

/** The first Tuesday of the February to come, 09:00 in Paris: no holiday and no change of clocks for seven weeks. */
function aTuesday(): Date {
  const now = new Date(Date.now());
  const year = now.getUTCFullYear() + (now.getUTCMonth() === 0 ? 0 : 1);
  const first = new Date(Date.UTC(year, 1, 1, 8));
  return new Date(first.getTime() + ((9 - first.getUTCDay()) % 7) * dayMs);
}

const dayMs = 86_400_000;
const start = aTuesday();
const day = (count: number): Date => new Date(start.getTime() + count * dayMs);

async function enter(userId: string, event: string, properties: object = {}): Promise<void> {
  const { status } = await house.ask('POST', '/api/sandbox/enter', { userId, event, properties });
  expect(status).toBe(202);
  await house.app.settle();
}

async function jump(to: Date): Promise<void> {
  const { status } = await house.ask('POST', '/api/sandbox/clock', { to: to.toISOString() });
  expect(status).toBe(200);
}

/** What left for a persona in one flow, in order. */
async function sent(userId: string, flow: string): Promise<readonly (string | null | undefined)[]> {
  const contact = await house.store.contacts.findOne({ userId });
  const rows = await house.store.outbox
    .find({ contactId: contact?._id ?? '', 'guard.flow': flow, stepKey: { $ne: null }, sid: { $ne: null } })
    .sort({ createdAt: 1 })
    .toArray();
  return rows.map(({ stepKey }) => stepKey);
}

const runOf = (contactId: string, flow: string) => house.store.runs.findOne({ contactId, flow });

describe('the five sequences, lived through the real pipeline by the sandbox clock', () => {
  test('the cast enters by its events', async () => {
    await jump(start);
    await enter('noa', 'Lead Created', { source: 'form' });
    await enter('lea', 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    await enter('sofia', 'Segment Entered', { segment: 'upsell_open' });
    await enter('sacha', 'Segment Entered', { segment: 'spark_eligible' });
    await enter('camille', 'Segment Entered', { segment: 'dormant' });
    const open = await house.store.runs.find({ open: true }).toArray();
    expect(open.map(({ flow }) => flow).sort()).toEqual(
      expect.arrayContaining(['nurturing', 'spark', 'upsell', 'welcome', 'winback']),
    );
  });

  test('welcome, upsell, spark and winback say all they have to say in a week', async () => {
    await jump(day(2));
    await enter('noa', 'Audit Completed', { score: 58, level: 'Émergent' });
    await jump(new Date(day(7).getTime() + dayMs / 8));
    expect(await sent('noa', 'welcome')).toEqual([
      'j0-email',
      'j0-sms',
      'j3-email',
      'j5-email',
      'j6-sms',
      'j7-email',
    ]);
    expect(await sent('sofia', 'upsell')).toEqual(['j0-email', 'j1-sms', 'j3-email', 'j7-email']);
    expect(await sent('sacha', 'spark')).toEqual(['j0-email', 'j1-sms', 'j5-email']);
    expect(await sent('camille', 'winback')).toEqual(['j0-email', 'j3-email', 'j5-sms']);
  });

  test('the last word of winback promised thirty days of silence, which an answer lifts (§19.8)', async () => {
    const promise = () => house.store.offers.findOne({ contactId: 'camille', key: 'promise.silence' });
    const kept = await promise();
    expect(kept?.endsAt?.getTime()).toBeGreaterThan(day(30).getTime());
    await house.ask('POST', '/api/sandbox/phones/sms/+262692980005/messages', { text: 'oui' });
    await house.app.settle();
    expect((await runOf('camille', 'winback'))?.exitReason).toMatch(/reactivated|goal_met/u);
    const lifted = await promise();
    expect(lifted?.endsAt?.getTime()).toBeLessThanOrEqual(day(8).getTime());
  });

  test('nurturing accompanies its thirty days', async () => {
    await jump(day(31));
    expect(await sent('lea', 'nurturing')).toEqual(
      expect.arrayContaining(['j0-email', 'j1-sms', 'j7-email', 'j14-email', 'j21-email', 'j28-email']),
    );
  });
});
