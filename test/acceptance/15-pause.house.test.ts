import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { aJourney } from './journey.ts';

const house = useApp();
const { jump, enter } = aJourney(house);
const subscribes = (userId: string, subscriptionId: string) =>
  enter(userId, 'Subscription Started', { plan: 290, subscriptionId });

/** Steps of nurturing by what became of them. */
async function steps(contactId: string): Promise<Readonly<Record<string, string>>> {
  const rows = await house.store.outbox
    .find({ contactId, 'guard.flow': 'nurturing', by: 'bot', stepKey: { $type: 'string' } })
    .toArray();
  return Object.fromEntries(
    rows.map(({ stepKey, sid, status, reason }) => [
      stepKey ?? '',
      sid ? 'sent' : `${status} ${reason ?? ''}`,
    ]),
  );
}

test('19.15 paused for ten days and resumed: what is too late stays, one overdue message a run leaves, as the preview said', async () => {
  await jump(0);
  await subscribes('lea', 's1');
  await jump(3);
  await subscribes('noa', 's2');
  await jump(5);
  expect((await house.ask('POST', '/api/sequences/nurturing/pause', {})).status).toBe(204);
  await jump(15);
  const before = { lea: await steps('lea'), noa: await steps('noa') };
  expect(before.lea).toMatchObject({ 'j0-email': 'sent', 'j1-sms': 'sent' });
  expect(before.lea['j7-email']).not.toBe('sent');

  const { body: preview } = await house.ask('GET', '/api/sequences/nurturing/pause');
  expect(preview).toMatchObject({ isPaused: true });
  const waiting = (preview['waiting'] as { key: string; count: number }[]).filter(({ count }) => count > 0);
  expect((await house.ask('POST', '/api/sequences/nurturing/resume', {})).status).toBe(204);
  await house.app.settle();
  await jump(15.05);

  const after = { lea: await steps('lea'), noa: await steps('noa') };
  const left = (who: 'lea' | 'noa'): readonly string[] =>
    Object.keys(after[who]).filter((step) => after[who][step] === 'sent' && before[who][step] !== 'sent');
  expect(left('lea')).toEqual(['j14-email']);
  expect(left('noa')).toEqual([]);
  expect(waiting).toEqual([{ key: 'j14-email', count: 1 }]);
  expect(after.lea['j7-email']).toMatch(/^blocked (late|sequence_paused|expired)$/u);
  expect(after.noa['j7-email']).toMatch(/^blocked (late|sequence_paused|expired)$/u);

  const runs = await house.store.runs.find({ flow: 'nurturing' }).toArray();
  expect(runs.map(({ open }) => open)).toEqual([true, true]);
  await jump(32);
  expect(await steps('lea')).toMatchObject({ 'j21-email': 'sent', 'j28-email': 'sent' });
});
