import { z } from 'zod';
import { receptionTarget, type AskNode, type Choice } from '../definition.ts';
import { condition, duration, text, values } from '../shape.ts';
import { ask } from '../talk.ts';
import type { NodeKind } from './kind.ts';

const choice = z.strictObject({
  go: text.optional(),
  when: condition.optional(),
  set: values.optional(),
  emit: text.optional(),
});

const shape = z.strictObject({
  ask: text,
  choices: z.record(text, choice).optional(),
  expect: z.enum(['text', 'number', 'email', 'date', 'media']).optional(),
  save: text.optional(),
  go: text.optional(),
  invalid: z
    .array(z.strictObject({ say: text.optional(), go: text.optional() }))
    .min(1)
    .optional(),
  noReply: z.array(z.strictObject({ after: duration, say: text.optional(), go: text.optional() })).optional(),
  stale: z.enum(['answer', 'explain', 'reopen']).optional(),
  context: text.optional(),
  on: z.array(z.strictObject({ event: text, go: text })).optional(),
  expires: duration.optional(),
});

/** The question again with its choices, then a person (conversation.md §8, E6). */
export const defaultLadder: AskNode['invalid'] = [{ say: 'common:pick-one' }, { go: receptionTarget }];

const weekMs = 7 * 86_400_000;

/** Asks, and waits for the answer: a choice, or something to save. */
export const askKind: NodeKind<AskNode, typeof shape> = {
  verb: 'ask',
  shape,
  compile(id, authored, { durationMs, report, target }) {
    const choices = Object.entries(authored.choices ?? {});
    if (choices.length === 0 && !authored.expect) {
      report('L09', ['ask'], `question "${id}" expects nothing`, 'give it choices, or expect and save');
    }
    return {
      kind: 'ask',
      id,
      words: authored.ask,
      choices: choices.map(([name, { go, ...rest }]): Choice => ({
        id: name,
        go: target(go, ['choices', name, 'go']),
        ...rest,
      })),
      expect: authored.expect,
      save: authored.save,
      expectGo: authored.expect && target(authored.go, ['go']),
      invalid: authored.invalid ?? defaultLadder,
      noReply: (authored.noReply ?? []).map(({ after, ...rest }) => ({
        afterMs: durationMs(after),
        ...rest,
      })),
      stale: authored.stale ?? 'answer',
      context: authored.context,
      on: authored.on ?? [],
      expiresMs: authored.expires ? durationMs(authored.expires) : weekMs,
    };
  },
  ways: (node) => [
    ...node.choices.map(({ id, go }) => ({ to: go, path: ['choices', id, 'go'] })),
    ...(node.expectGo ? [{ to: node.expectGo, path: ['go'] }] : []),
    ...node.invalid.flatMap(({ go }, n) => (go ? [{ to: go, path: ['invalid', n, 'go'] }] : [])),
    ...node.noReply.flatMap(({ go }, n) => (go ? [{ to: go, path: ['noReply', n, 'go'] }] : [])),
    ...node.on.map(({ go }, n) => ({ to: go, path: ['on', n, 'go'] })),
  ],
  says: (node) => [
    { words: node.words, path: ['ask'] },
    ...node.invalid.flatMap(({ say }, n) => (say ? [{ words: say, path: ['invalid', n, 'say'] }] : [])),
    ...node.noReply.flatMap(({ say }, n) => (say ? [{ words: say, path: ['noReply', n, 'say'] }] : [])),
  ],
  enter(node, turn) {
    ask(turn, node);
    return null;
  },
};
