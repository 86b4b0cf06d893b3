import { describe, expect, test } from 'vitest';
import { armOf, type RunningExperiment } from '../../../src/core/experiment.ts';
import type { SendEffect } from '../../../src/core/flow/effect.ts';
import { aSnapshot, compiled, Play } from './play.ts';

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

  test('an arm named as a channel tries that one, with the step’s own behind it', () => {
    expect(played([trial('sms')]).first).toMatchObject({ channel: 'sms', fallback: ['email'] });
  });

  test('a step without one hears nothing of it', () => {
    const { play } = played([trial('plain')]);
    const later = play.until('2026-03-06 12:00').effects.filter((effect) => effect.type === 'send');
    expect(later).toMatchObject([{ words: 'j3-email', variant: null }]);
  });
});
