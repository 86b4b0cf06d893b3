import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/core/flow/definition.ts';
import { emptyTally } from '../../src/core/kpi.ts';
import { readFlowFiles } from '../../src/store/flow-files.ts';
import { publish } from '../../src/store/publish.ts';
import { useApp } from '../support/app.ts';

const house = useApp();
const plan = {
  key: 'j14-tone',
  flow: 'nurturing',
  dimension: 'tone',
  arms: [
    { key: 'plain', weight: 1 },
    { key: 'warm', weight: 1 },
  ],
  control: 'plain',
  primary: 'click',
  baseRate: 0.25,
  lift: 0.2,
} as const;

/** The figures of an arm, as the roll-up would have written them. */
const count = (arm: string, delivered: number, clicked: number, unsubscribed = 0) =>
  house.store.kpiDaily.updateOne(
    { _id: `2030-01-01:nurturing:1:*:*:j14-tone=${arm}` },
    {
      $set: {
        day: '2030-01-01',
        flow: 'nurturing',
        version: 1,
        stepKey: '*',
        channel: '*',
        arm: `j14-tone=${arm}`,
        definition: 1,
        tally: { ...emptyTally, sent: delivered, delivered, clicked, unsubscribed, entered: delivered },
      },
    },
    { upsert: true },
  );

interface View {
  readonly verdict: object;
  readonly readings: readonly { readonly chance: number }[];
  readonly after: { readonly arms: readonly { readonly key: string }[] } | null;
}

const read = async () => {
  const { body } = await house.ask('GET', '/api/experiments');
  const [view] = (body as unknown as { experiments: View[] }).experiments;
  return view;
};

describe('an experiment', () => {
  test('is planned before it is started, and says what it takes', async () => {
    const planned = await house.ask('POST', '/api/experiments/preflight', plan);
    expect(planned).toMatchObject({ status: 200, body: { perArm: 1251, isPowered: false } });
    const wrong = await house.ask('POST', '/api/experiments', { ...plan, primary: 'open' });
    expect(wrong.status).toBe(400);
    expect((await house.ask('POST', '/api/experiments', plan)).status).toBe(201);
    expect((await house.ask('POST', '/api/experiments', plan)).status).toBe(409);
  });

  test('is read out by its arms; what keeps a winner from being one is named', async () => {
    await count('plain', 1251, 300);
    await count('warm', 1251, 375);
    const view = await read();
    expect(view?.readings[0]?.chance).toBeCloseTo(0.99964, 4);
    expect(view?.verdict).toEqual({ winner: null, why: ['too_short', 'underpowered'] });
    const refused = await house.ask('POST', '/api/experiments/j14-tone/promote', {});
    expect(refused).toMatchObject({ status: 409, body: { why: ['too_short', 'underpowered'] } });
  });

  test('with power, people and time is promoted; with harm it is not (§19.18)', async () => {
    const startedAt = new Date(Date.now() - 15 * 86_400_000);
    await house.store.experiments.updateOne({ _id: 'j14-tone' }, { $set: { isPowered: true, startedAt } });
    await count('warm', 1251, 375, 200);
    expect((await read())?.verdict).toEqual({ winner: null, why: ['guardrail'] });
    await count('warm', 1251, 375);
    const before = (await house.store.flows.findOne({ _id: 'nurturing' }))?.version ?? 0;
    expect(await house.ask('POST', '/api/experiments/j14-tone/promote', {})).toMatchObject({
      status: 200,
      body: { winner: 'warm', version: `nurturing@${String(before + 1)}` },
    });
    expect((await house.ask('POST', '/api/experiments/j14-tone/stop', {})).status).toBe(409);
  });

  test('what won is the flow’s next version, of the same source and words, and starting again changes nothing', async () => {
    const { store, config } = house;
    const pointer = await store.flows.findOne({ _id: 'nurturing' });
    const of = async (version: number) => store.flowVersions.findOne({ _id: `nurturing@${String(version)}` });
    const [last, now] = await Promise.all([of((pointer?.version ?? 0) - 1), of(pointer?.version ?? 0)]);
    expect([now?.source, now?.words, now?.publishedBy]).toEqual([last?.source, last?.words, 'nina']);
    const { promoted, ...flow } = JSON.parse(now?.compiled ?? '{}') as Flow;
    expect(promoted).toMatchObject({ 'j14-tone': { arm: 'warm', control: 'plain' } });
    expect(flow).toEqual({ ...(JSON.parse(last?.compiled ?? '{}') as Flow), version: flow.version });
    // A restart publishes the files anew: the promotion is no reason to make yet another version, nor is it undone.
    const files = readFlowFiles(config.flowsDir, config.localesDir);
    expect(await publish(store, files, 'start', new Date())).toEqual({ published: [] });
    const acts = await store.audit.find({ did: /^experiment_/u }).toArray();
    expect(acts.map(({ did, who, detail }) => [did, who, detail?.['winner']])).toEqual([
      ['experiment_started', 'nina', undefined],
      ['experiment_promoted', 'nina', 'warm'],
    ]);
    const view = await read();
    expect(view?.after?.arms.map(({ key }) => key)).toEqual(['warm', 'plain']);
  });

  test('what nobody has started yet is offered, with the steps it is about', async () => {
    const { body } = await house.ask('GET', '/api/experiments');
    expect(body['candidates']).toEqual([]);
    await house.store.experiments.deleteOne({ _id: 'j14-tone' });
    expect((await house.ask('GET', '/api/experiments')).body['candidates']).toEqual([
      { key: 'j14-tone', flow: 'nurturing', steps: ['j14-email'], arms: [] },
    ]);
  });
});

test('the figures of sequences are for those who sign in', async () => {
  const { status, body } = await house.ask('GET', '/api/sequences');
  expect(status).toBe(200);
  expect(body['differences']).toEqual([]);
  const bad = await house.ask('GET', '/api/sequences?from=yesterday');
  expect(bad.status).toBe(400);
});
