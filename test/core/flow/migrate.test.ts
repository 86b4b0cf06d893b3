import { describe, expect, test } from 'vitest';
import type { Flow } from '../../../src/core/flow/definition.ts';
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
  test('hears nothing twice, has its question under its new name, and only what is still to come of what was added', () => {
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
