import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp();

const runsOf = async (flow: string): Promise<number> =>
  house.store.runs.countDocuments({ contactId: 'lea', flow });

test('whoever subscribes is welcomed, and sold nothing more before they have made any progress', async () => {
  await house.ask('POST', '/api/sandbox/enter', {
    userId: 'lea',
    event: 'Subscription Started',
    properties: { plan: 290, subscriptionId: 'first' },
  });
  await house.app.settle();
  expect(await house.store.contacts.findOne({ _id: 'lea' })).toMatchObject({
    plan: 290,
    mona: { score: 67, percentile: null },
  });
  // The sweep of the next morning looks at everyone whose facts changed.
  await house.ask('POST', '/api/sandbox/clock', { byMs: 26 * 3_600_000 });
  await house.app.settle();
  expect(await runsOf('nurturing')).toBe(1);
  expect(await runsOf('upsell')).toBe(0);
  expect(await house.store.contacts.findOne({ _id: 'lea' })).not.toMatchObject({
    segments: expect.arrayContaining(['upsell_open']) as string[],
  });
});
