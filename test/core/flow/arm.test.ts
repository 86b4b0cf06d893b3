import { describe, expect, test } from 'vitest';
import { armOf, promotedArmOf, type RunningExperiment } from '../../../src/core/experiment.ts';
import type { SendEffect } from '../../../src/core/flow/effect.ts';
import { aSnapshot, compiled, paris, Play } from './play.ts';

const flow = compiled(`spec: 1
id: trial
kind: sequence
priority: 60
channels: [email, sms]
entry: { on: Lead Created, reentry: once }
goal: { on: Call Booked, within: 10d }
steps:
  - { id: j0-email, at: J0, channel: email, class: service, experiment: j0-subject }
  - { id: j3-email, at: J3, channel: email, class: service }
`);

const trial = (...keys: string[]): RunningExperiment => ({
  key: 'j0-subject',
  arms: keys.map((key) => ({ key, weight: 1 })),
});
const played = (experiments?: readonly RunningExperiment[]) => {
  const play = new Play(flow, '2026-03-02 18:04', { ...aSnapshot(), experiments });
  const sends = play.effects.filter((effect): effect is SendEffect => effect.type === 'send');
  const first = sends[0] ?? play.until('2026-03-02 18:30').effects.find((effect) => effect.type === 'send');
  return { play, first };
};

describe('a step with an experiment', () => {
  test('is as its author wrote it while none runs', () => {
    const { play, first } = played();
    expect(first).toMatchObject({ words: 'j0-email', channel: 'email', variant: null });
    expect(play.state.arms).toEqual({});
  });

  test('speaks in the words of the contact’s arm, which the run keeps', () => {
    const running = trial('plain', 'question');
    const arm = armOf('j0-subject', 'lea', running.arms);
    const { play, first } = played([running]);
    expect(first).toMatchObject({ variant: arm, channel: 'email' });
    expect(play.state.arms).toEqual({ 'j0-subject': arm });
  });

  test('speaks as the arm that won, but for one in ten who keep control for a month', () => {
    const promoted = {
      'j0-subject': { arm: 'question', control: 'plain', holdbackUntil: '2026-04-01T00:00:00.000Z' },
    };
    const after = { ...flow, promoted };
    const play = new Play(after, '2026-03-02 18:04', aSnapshot());
    const first = [...play.effects, ...play.until('2026-03-02 18:30').effects].find(({ type }) => type === 'send');
    expect(first).toMatchObject({ words: 'j0-email', variant: 'question' });
    expect(play.state.arms).toEqual({ 'j0-subject:after': 'question' });
    const armsOf = (now: string) =>
      Array.from({ length: 1000 }, (_, n) =>
        promotedArmOf('j0-subject', `contact-${String(n)}`, promoted['j0-subject'], new Date(now)),
      ).filter((arm) => arm === 'plain').length;
    expect(armsOf('2026-03-31T23:59:59Z')).toBeGreaterThan(70);
    expect(armsOf('2026-03-31T23:59:59Z')).toBeLessThan(130);
    expect(armsOf('2026-04-01T00:00:00Z')).toBe(0);
  });

  test('an arm named as a channel tries that one, with the step’s own behind it', () => {
    expect(played([trial('sms')]).first).toMatchObject({ channel: 'sms', fallback: ['email'] });
  });

  test('a step without one hears nothing of it', () => {
    const { play } = played([trial('plain')]);
    const later = play.until('2026-03-06 12:00').effects.filter((effect) => effect.type === 'send');
    expect(later).toMatchObject([{ words: 'j3-email', variant: null }]);
  });
});

describe('an experiment of when', () => {
  const timed = compiled(`spec: 1
id: trial
kind: sequence
priority: 60
channels: [email]
entry: { on: Lead Created, reentry: once }
goal: { on: Call Booked, within: 10d }
steps:
  - { id: j0-email, at: J0, channel: email, class: service }
  - { id: j3-email, at: J3 09:30, channel: email, class: service, experiment: j3-hour, times: { evening: J3 18:30, sooner: J2 09:30 } }
  - { id: j5-email, at: J5, channel: email, class: service }
`);
  const enteredWith = (arm: string | null) => {
    const experiments = arm === null ? [] : [{ key: 'j3-hour', arms: [{ key: arm, weight: 1 }] }];
    return new Play(timed, '2026-03-02 18:04', { ...aSnapshot(), experiments });
  };
  const hourOf = (arm: string | null) =>
    enteredWith(arm).state.plan.find(({ stepId }) => stepId === 'j3-email')?.dueAt;

  test('is planned at the hour of the arm; an arm without one, or no experiment, has the step’s own', () => {
    expect(hourOf('evening')).toEqual(paris('2026-03-05 18:30'));
    expect(hourOf('sooner')).toEqual(paris('2026-03-04 09:30'));
    expect(hourOf('plain')).toEqual(paris('2026-03-05 09:30'));
    expect(hourOf(null)).toEqual(paris('2026-03-05 09:30'));
  });

  test('the arm is given at the entry and exposed when the step speaks, at its hour', () => {
    const play = enteredWith('evening');
    expect(play.state.arms).toEqual({ 'j3-hour': 'evening' });
    expect(play.until('2026-03-05 18:29').of('expose')).toEqual([]);
    expect(play.until('2026-03-05 18:31').of('expose')).toMatchObject([
      { experiment: 'j3-hour', arm: 'evening', stepKey: 'j3-email' },
    ]);
    expect(play.said).toEqual(['j3-email']);
  });

  test('who entered before it began keeps the hours they were promised', () => {
    const play = new Play(timed, '2026-03-02 18:04', aSnapshot());
    const experiments = [{ key: 'j3-hour', arms: [{ key: 'evening', weight: 1 }] }];
    play.snapshot = { ...aSnapshot(), experiments };
    expect(play.until('2026-03-05 10:00').said).toEqual(['j3-email']);
  });
});
