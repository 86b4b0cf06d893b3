import { describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { aJourney } from './journey.ts';

const house = useApp();
const { day, jump, enter } = aJourney(house);

async function why(contactId: string, step: string): Promise<Record<string, unknown>> {
  const item = await house.store.items.findOne({
    contactId,
    'why.step': step,
    kind: { $in: ['out', 'silence'] },
  });
  const { status, body } = await house.ask('GET', `/api/items/${item?._id ?? 'none'}/why`);
  expect([step, status]).toEqual([step, 200]);
  return body;
}

interface Future {
  readonly stepId: string;
  readonly at: string;
  readonly heldBy: string | null;
  readonly reasons: readonly string[];
}

const futureOf = async (contactId: string): Promise<readonly Future[]> =>
  (await house.ask('GET', `/api/threads/${contactId}`)).body['future'] as readonly Future[];

describe('19.21 why, or why not', () => {
  test('19.21 of what is held: rule, reason and the next instant at which it may leave', async () => {
    await jump(0);
    await enter('lea', 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    await enter('noa', 'Lead Created', { source: 'form' });
    await enter('sofia', 'Segment Entered', { segment: 'upsell_open' });
    await jump(1);
    await house.ask('POST', '/api/sandbox/phones/sms/+33639980008/messages', { text: 'COACH' });
    await house.app.settle();
    await jump(1.1);
    const told = await why('sofia', 'j1-sms');
    expect(told).toMatchObject({ flow: 'upsell@1', step: 'j1-sms', reason: 'conversation_open' });
    expect(told['decisions']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'arbitration', verdict: 'wait', reason: 'conversation_open' }),
      ]),
    );
    expect(Date.parse(String(told['nextAt']))).toBeGreaterThan(day(1.1).getTime());
    expect((await futureOf('sofia')).find(({ stepId }) => stepId.endsWith('j1-sms'))).toMatchObject({
      heldBy: 'conversation_open',
      reasons: ['conversation_open'],
    });
  });

  test('19.21 of what was sent: rule, step, and each answer of the guard', async () => {
    await jump(8);
    const told = await why('lea', 'j1-sms');
    expect(told).toMatchObject({ rule: 'flow', flow: 'nurturing@1', step: 'j1-sms', version: 1 });
    expect(told['decisions']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ asked: 'w', verdict: 'go' }),
        expect.objectContaining({ asked: 'd', verdict: 'go' }),
      ]),
    );
    expect(told['history']).not.toEqual([]);
  });

  test('19.21 of what was skipped: the reason', async () => {
    expect(await why('noa', 'j3-email')).toMatchObject({
      flow: 'welcome@1',
      step: 'j3-email',
      reason: 'audit_not_ready',
    });
    expect(await why('sofia', 'j1-sms')).toMatchObject({
      step: 'j1-sms',
      history: expect.arrayContaining([expect.objectContaining({ status: 'blocked' })]) as unknown,
    });
  });

  test('19.21 of what is planned: when, and what moved it', async () => {
    const future = await futureOf('lea');
    expect(future.map(({ stepId }) => stepId)).toEqual(
      expect.arrayContaining([
        'nurturing.j14-email',
        'nurturing.j15-sms',
        'nurturing.j21-email',
        'nurturing.j28-email',
      ]),
    );
    for (const { at, reasons } of future) {
      expect(Date.parse(at)).toBeGreaterThan(day(0).getTime());
      expect(Array.isArray(reasons)).toBe(true);
    }
  });

  test('19.21 no step of a run is without an answer', async () => {
    const items = await house.store.items
      .find({ contactId: 'lea', kind: { $in: ['out', 'silence'] } })
      .toArray();
    const told = new Set(
      items.flatMap(({ why: { step, flow } }) => (step && flow === 'nurturing@1' ? [step] : [])),
    );
    const planned = new Set((await futureOf('lea')).map(({ stepId }) => stepId.replace('nurturing.', '')));
    const steps = ['j0-email', 'j1-sms', 'j7-email', 'j14-email', 'j15-sms', 'j21-email', 'j28-email'];
    expect(steps.filter((step) => !told.has(step) && !planned.has(step))).toEqual([]);
  });
});
