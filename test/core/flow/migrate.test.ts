import { describe, expect, test } from 'vitest';
import type { Flow } from '../../../src/core/flow/definition.ts';
import { readCast } from '../../../src/cli/rehearsal-files.ts';
import { openStage, play } from '../../../src/core/rehearse.ts';
import { migrate } from '../../../src/core/flow/migrate.ts';
import { compiled, paris, Play } from './play.ts';

const first = compiled(`
spec: 1
id: test
channels: [email, sms]
goal: { on: Subscription Started, within: 30d }
steps:
  - { id: a-sms, at: J0, channel: sms, class: service, open: q }
  - { id: b-email, at: J3, channel: email, class: service }
  - { id: c-email, at: J9, channel: email, class: service }
nodes: { q: { ask: a-sms, choices: { yes: { go: rest } }, noReply: [{ after: 2d, go: rest }] } }
`);

const second = (migration: string): Flow => ({
  ...compiled(`
spec: 1
id: test
channels: [email, sms]
goal: { on: Subscription Started, within: 30d }
steps:
  - { id: hello-sms, was: [a-sms], at: J0, channel: sms, class: service, open: r }
  - { id: new-sms, at: J1, channel: sms, class: service }
  - { id: b-email, at: J4, channel: email, class: service }
  - { id: d-email, at: J12, channel: email, class: service }
nodes: { r: { ask: hello-sms, choices: { yes: { go: rest } }, noReply: [{ after: 2d, go: rest }] } }
migrate: { from: "<2", ${migration} }
`),
  version: 2,
});

describe('a run moved to the next version', () => {
  test('hears nothing twice, has its question under its new name, and only what is still to come of what was added (§19.15)', () => {
    const run = new Play(first, '2026-03-02 12:00').until('2026-03-03 18:00');
    const moved = migrate(second('nodes: { q: r }, steps: { c-email: d-email }'), run.state, 'w2', run.now);
    expect(moved).toMatchObject({ version: 2, words: 'w2', talk: { node: 'r' } });
    expect(Object.entries(moved?.done ?? {}).map(([id, { verdict }]) => [id, verdict])).toEqual([
      ['hello-sms', 'go'],
      ['new-sms', 'added_late'],
    ]);
    if (!moved) throw new Error('it stayed');
    const next = new Play(second('nodes: { q: r }'), '2026-03-02 12:00');
    next.state = moved;
    expect(next.until('2026-03-20 12:00').said).toEqual(['b-email', 'd-email']);
  });

  test('stays where its question has no place in the new one', () => {
    const run = new Play(first, '2026-03-02 12:00');
    expect(migrate(second('nodes: {}'), run.state, 'w2', run.now)).toBeNull();
  });

  test('finishes on its own version where the new one takes over nobody', () => {
    const run = new Play(first, '2026-03-02 12:00');
    const without: Flow = { ...second('nodes: { q: r }'), migrate: undefined };
    expect(migrate(without, run.state, 'w2', paris('2026-03-02 12:00'))).toBeNull();
  });
});

describe('a house that publishes while someone is on the way', () => {
  test('their run moves at its next wake, and their answer is heard by the new question', () => {
    const named = (source: string, version: number): Flow => ({ ...compiled(source), version });
    const flow = (node: string, rest = ''): string => `
spec: 1
id: nurturing
channels: [sms]
entry: { on: Subscription Started }
steps: [{ id: j1-sms, at: J1 12:30, channel: sms, class: service, open: ${node} }]
nodes: { ${node}: { ask: j1-sms, choices: { yes: { go: bravo } }, noReply: [{ after: 2d, go: rest }] }, bravo: { say: j1-bravo, go: rest } }
${rest}`;
    const old = named(flow('dashboard'), 1);
    const next = named(flow('board', 'migrate: { from: "<2", nodes: { dashboard: board } }'), 2);
    const { cast } = readCast({ flowsDir: 'flows', localesDir: 'locales', persona: 'lea', at: paris('2026-03-02 18:04') });
    const published: Flow[] = [old];
    const library = { ...cast.library, published, flow: (_: string, version: number) => (version === 1 ? old : next) };
    const stage = openStage({ ...cast, library }, paris('2026-03-02 18:04'));
    play(stage, { do: 'track', name: 'Subscription Started', properties: { plan: 290 } });
    play(stage, { do: 'until', at: paris('2026-03-03 12:40') });
    const [run] = stage.runs.values();
    if (!run) throw new Error('nobody entered');
    expect(run).toMatchObject({ version: 1, talk: { node: 'dashboard' } });

    published.splice(0, 1, next);
    stage.runs.set(run.id, { ...run, wakeAt: stage.now });
    play(stage, { do: 'until', at: paris('2026-03-03 12:41') });
    expect(stage.runs.get(run.id)).toMatchObject({ version: 2, talk: { node: 'board' } });
    play(stage, { do: 'hear', channel: 'sms', bubbles: [{ text: 'oui' }] });
    const said = stage.lines.flatMap((line) => (line.kind === 'out' ? [line.row.words?.key] : []));
    expect(said).toEqual(['j1-sms', 'j1-bravo']);
  });
});
