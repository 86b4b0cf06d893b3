import { describe, expect, test } from 'vitest';
import { play, type Stage } from '../../src/core/rehearse.ts';
import { aStage, fateOf, on, says, spoken, tracks, trailOf, until } from './stage.ts';

function asked(): Stage {
  const stage = aStage('lea', on('2026-03-03 10:00'));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-04 12:40');
  return stage;
}

const since = (stage: Stage, count: number): readonly string[] =>
  spoken(stage)
    .slice(count)
    .map(({ body }) => body.text);

describe('19.11 HELP to nurturing.j1-sms', () => {
  test.each([
    ['as the carrier passes it on', null],
    ['also when the carrier has answered it itself', 'HELP' as const],
  ])('19.11 %s: no help text of ours, one task, and one line, the handoff’s', (_, optOutType) => {
    const stage = asked();
    const said = spoken(stage).length;
    play(stage, { do: 'hear', channel: 'sms', bubbles: [{ text: 'HELP', optOutType }] });
    expect(since(stage, said)).toHaveLength(1);
    expect(since(stage, said)[0]).toContain("Nina te répond d'ici 2 min");
    expect(stage.items.filter(({ kind }) => kind === 'brief')).toHaveLength(1);
    expect(stage.thread.own).toMatchObject({ state: 'waiting', reason: 'help-j1' });
  });
});

test('19.11 "je galère" hands over, and marketing waits until it is closed', () => {
  const stage = asked();
  says(stage, 'je galère');
  expect(stage.thread.own).toMatchObject({ state: 'waiting', reason: 'help-j1' });
  until(stage, '2026-03-18 15:00');
  expect(trailOf(stage, 'j15-sms')).toEqual(['conversation_open']);
  expect(fateOf(stage, 'nurturing', 'j15-sms')).not.toBe('sent');
  const { rev } = stage.thread.own;
  play(stage, { do: 'coach', coachId: 'nina', act: { do: 'resolve', rev, why: 'done' } });
  until(stage, '2026-03-18 16:00');
  expect(fateOf(stage, 'nurturing', 'j15-sms')).toBe('sent');
});
