import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { lint, lintFlows } from '../../src/cli/flows-lint.ts';
import { printMistake } from '../../src/core/flow/mistake.ts';
import { play, type Stage } from '../../src/core/rehearse.ts';
import { aStage, fateOf, library, on, says, spoken, tracks, trailOf, until } from './stage.ts';

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

describe('19.11 a sender that hears nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mona-deaf-'));
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  test('19.11 every step that invites a reply by it fails publish', () => {
    for (const folder of ['flows', 'locales']) cpSync(folder, join(dir, folder), { recursive: true });
    const file = join(dir, 'flows/keywords.yaml');
    const keywords = parse(readFileSync(file, 'utf8')) as { senders: Record<string, object> };
    keywords.senders['sms'] = { ...keywords.senders['sms'], canReceive: false };
    writeFileSync(file, stringify(keywords));
    const printed = lintFlows(join(dir, 'flows'), join(dir, 'locales')).output;
    const deaf = [...printed.matchAll(/L32 "([\w-]+)"/gu)].map(([, node]) => node);
    const asking = library.published
      .filter(({ kind }) => kind === 'sequence')
      .flatMap(({ steps }) =>
        steps.flatMap(({ channel, open }) => (channel === 'sms' && open ? [open] : [])),
      );
    expect(asking).toHaveLength(7);
    expect(asking.filter((node) => !deaf.includes(node))).toEqual([]);
  });

  test('19.11 its variant with a link passes', () => {
    const fixture = readFileSync('test/core/flow/broken/L32-deaf.yaml', 'utf8');
    const linked = fixture
      .replace(', open: login', '')
      .replace(/nodes:[\s\S]*?---/u, '---')
      .replaceAll(' ?"', ' : {{link.dashboard}}"')
      .replace('log in?"', 'log in: {{link.dashboard}}"');
    writeFileSync(join(dir, 'linked.yaml'), linked);
    expect(lint(join(dir, 'linked.yaml'), 'locales').mistakes.map(printMistake)).toEqual([]);
    expect(lint('test/core/flow/broken/L32-deaf.yaml', 'locales').mistakes.map(({ rule }) => rule)).toEqual([
      'L32',
    ]);
  });
});
