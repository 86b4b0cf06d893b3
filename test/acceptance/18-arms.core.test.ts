import { describe, expect, test } from 'vitest';
import { armOf, holdoutArm, type RunningExperiment } from '../../src/core/experiment.ts';
import type { Cast, Stage } from '../../src/core/rehearse.ts';
import { aStage, on, spoken, tracks, until } from './stage.ts';

const arms = [{ key: 'plain', weight: 1 }, { key: 'warm', weight: 1 }, { key: 'short', weight: 1 }]; // prettier-ignore

function trying(stage: Stage, running: RunningExperiment): Stage {
  const { decide } = stage;
  const trial: Stage['decide'] = (arrivals, world, moment, options) =>
    decide(arrivals, { ...world, experiments: [running] }, moment, options);
  Object.assign(stage, { decide: trial });
  return stage;
}

function armsOf(running: RunningExperiment, change?: (cast: Cast) => Cast): readonly (string | undefined)[] {
  const stage = trying(aStage('lea', on('2026-03-03 10:00'), change), running);
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-18');
  tracks(stage, 'Subscription Cancelled', { plan: 290 });
  until(stage, '2026-06-02 10:00');
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's2' });
  until(stage, '2026-06-18');
  return [...stage.runs.values()]
    .filter(({ flow }) => flow === 'nurturing')
    .map((run) => run.arms[running.key]);
}

describe('19.18 an arm', () => {
  const running = { key: 'j14-tone', arms };

  test('19.18 stays through a new e-mail, a new phone and a new entry', () => {
    const expected = armOf('j14-tone', 'lea', arms) ?? undefined;
    expect(armsOf(running)).toEqual([expected, expected]);
    const moved = (cast: Cast): Cast => ({
      ...cast,
      addresses: cast.addresses.map((address, n) => ({ ...address, id: `new-${String(n)}`, value: address.channel === 'email' ? 'lea@new.example' : '+33639981234' })),
    }); // prettier-ignore
    expect(armsOf(running, moved)).toEqual([expected, expected]);
  });

  test('19.18 of a holdout gets a ghost, which passes the same rules and calls no channel', () => {
    const stage = trying(aStage('lea', on('2026-03-03 10:00')), {
      key: 'j14-tone',
      arms: [{ key: holdoutArm, weight: 1 }],
    });
    tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    until(stage, '2026-03-18');
    const row = [...stage.rows.values()].find(({ stepKey }) => stepKey === 'j14-email');
    expect(row?.guard).toMatchObject({ isHoldout: true });
    expect(
      stage.decisions.filter(({ stepKey }) => stepKey === 'j14-email').map(({ asked }) => asked),
    ).toContain('w');
    expect(spoken(stage).find(({ stepKey }) => stepKey === 'j7-email')?.guard.isHoldout ?? false).toBe(false);
  });

  test('19.18 is assigned once for the contact and exposed once a run, at the guard, in every arm', () => {
    for (const running of [
      { key: 'j14-tone', arms },
      { key: 'j14-tone', arms: [{ key: holdoutArm, weight: 1 }] },
    ]) {
      const arm = armOf('j14-tone', 'lea', running.arms);
      const stage = trying(aStage('lea', on('2026-03-03 10:00')), running);
      tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
      until(stage, '2026-03-10');
      expect(stage.exposures).toEqual([]);
      until(stage, '2026-03-18');
      tracks(stage, 'Subscription Cancelled', { plan: 290 });
      until(stage, '2026-06-02 10:00');
      tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's2' });
      until(stage, '2026-06-18');
      const holdout = arm === holdoutArm;
      expect(new Set(stage.assignments.map((one) => JSON.stringify(one)))).toEqual(
        new Set([JSON.stringify({ experiment: 'j14-tone', arm, holdout })]),
      );
      const runs = [...stage.runs.values()].filter(({ flow }) => flow === 'nurturing');
      expect(stage.exposures).toMatchObject(
        runs.map(({ id }) => ({ experiment: 'j14-tone', arm, holdout, runId: id, stepKey: 'j14-email' })),
      );
    }
  });

  test('19.18 that was given before stays, whatever the hash of a merged card says', () => {
    const stage = trying(aStage('lea', on('2026-03-03 10:00')), running);
    const other = arms.find(({ key }) => key !== armOf('j14-tone', 'lea', arms))?.key ?? '';
    stage.assignments.push({ experiment: 'j14-tone', arm: other, holdout: false });
    tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    until(stage, '2026-03-18');
    expect([...stage.runs.values()].find(({ flow }) => flow === 'nurturing')?.arms).toEqual({
      'j14-tone': other,
    });
  });
});
