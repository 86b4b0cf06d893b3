import { describe, expect, test } from 'vitest';
import { simulateFlow } from '../../src/cli/flows-simulate.ts';
import { rehearse } from '../../src/core/rehearse.ts';
import { aCast, tuesday } from './decide/scenes.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const simulate = (flow: string, persona: string, until = 'P30D', json = false) =>
  simulateFlow(flow, { ...folders, persona, until, json });

test('a script is played in its own time', () => {
  const stage = rehearse(aCast(), tuesday, [
    { do: 'hear', bubbles: [{ text: 'aide' }], channel: 'sms' },
    { do: 'until', at: new Date('2026-03-04T10:00:00Z') },
  ]);
  expect(stage.now).toEqual(new Date('2026-03-04T10:00:00Z'));
  expect(stage.lines.map((line) => line.kind)).toEqual(['in', 'out']);
});

describe('mona flows simulate', () => {
  test('prints the month of one of the cast, the same each time', () => {
    const { output, exitCode } = simulate('nurturing', 'lea');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^nurturing@1 · Léa, fr tu, Europe\/Paris, .* · entered lun\. 2 mars 18:04$/mu);
    expect(output).toMatch(/^J1 +mar\. 3 mars +12:30 +sms +j1-sms +sent +2 seg UCS-2/mu);
    expect(output).toMatch(/^J15 .*j15-sms +skipped +condition_false$/mu);
    expect(output).toMatch(/7 steps: 6 sent, 1 skipped, 0 held · .* · 1 handoff · J30 no goal$/u);
    expect(simulate('nurturing', 'lea').output).toBe(output);
  });

  test('prints one JSON line an entry', () => {
    const lines = simulate('winback', 'camille', 'P10D', true)
      .output.split('\n')
      .map((line) => JSON.parse(line) as { kind: string; key?: string });
    expect(lines.filter((line) => line.kind === 'sent').map((line) => line.key)).toEqual([
      'winback.j0-email',
      'winback.j3-email',
      'winback.j5-sms',
    ]);
  });

  test.each([
    ['nurturing', 'nobody', 'P30D'],
    ['nothing', 'lea', 'P30D'],
    ['nurturing', 'lea', 'soon'],
  ])('%s as %s until %s is a mistake of the caller', (flow, persona, until) => {
    expect(simulate(flow, persona, until).exitCode).toBe(2);
  });
});
