import { z } from 'zod';
import { receptionTarget, restTarget, type ExitName, type HandoffNode } from '../definition.ts';
import { openHandoff } from '../handoff.ts';
import { duration, text } from '../shape.ts';
import type { NodeKind } from './kind.ts';

export const exitNames: readonly ExitName[] = ['resolved', 'timeout', 'noCoach', 'artistEnded'];

const exit = z.strictObject({ say: text.optional(), go: text.optional(), stay: z.literal(true).optional() });

const shape = z.strictObject({
  handoff: z.strictObject({
    reason: text,
    team: text,
    prefer: z.literal('last-coach').optional(),
    priority: z.enum(['vip', 'high', 'normal', 'own']).optional(),
    promise: duration.optional(),
    timeout: duration,
    brief: z.array(text).optional(),
  }),
  exits: z
    .strictObject({
      resolved: exit.optional(),
      timeout: exit.optional(),
      noCoach: exit.optional(),
      artistEnded: exit.optional(),
    })
    .default({}),
});

const dayMs = 86_400_000;

/** Hands the thread to a person, and says what follows when one answers, none comes, or none is there. */
export const handoffKind: NodeKind<HandoffNode, typeof shape> = {
  verb: 'handoff',
  shape,
  compile(id, authored, { durationMs, report }) {
    const { promise, timeout, brief, priority, ...rest } = authored.handoff;
    const missing = exitNames.filter((name) => !authored.exits[name]);
    if (missing.length > 0) {
      const fix = `say what follows then, for example ${missing[0]}: { go: rest }`;
      report('L12', ['exits'], `handoff "${id}" lacks the exit ${missing.join(', ')}`, fix);
    }
    for (const [name, way] of Object.entries(authored.exits)) {
      if (way && !way.go && !way.stay) {
        report(
          'L04',
          ['exits', name],
          `exit ${name} of "${id}" leads nowhere`,
          'add go: <target>, or stay: true',
        );
      }
    }
    const exits = Object.fromEntries(
      exitNames.map((name) => [name, authored.exits[name] ?? { go: restTarget }]),
    );
    return {
      kind: 'handoff',
      id,
      ...rest,
      priority: priority ?? 'own',
      promiseMs: promise ? durationMs(promise) : undefined,
      timeoutMs: durationMs(timeout),
      brief: brief ?? [],
      exits: exits as HandoffNode['exits'],
    };
  },
  ways: (node) => exitNames.flatMap((name) => wayOf(name, node.exits[name].go)),
  says: (node) => exitNames.flatMap((name) => sayingOf(name, node.exits[name].say)),
  enter: (node, turn) => openHandoff(turn, node),
};

const wayOf = (name: string, to: string | undefined) => (to ? [{ to, path: ['exits', name, 'go'] }] : []);
const sayingOf = (name: string, words: string | undefined) =>
  words ? [{ words, path: ['exits', name, 'say'] }] : [];

/**
 * The handoff every flow has without writing it: a choice that wants a person, the ladder's end, a question back, a word that
 * asks for a person. Its reason is the first of these; the others give their own (`handOver`).
 */
export const reception: HandoffNode = {
  kind: 'handoff',
  id: receptionTarget,
  reason: 'asked',
  team: 'coaches',
  prefer: 'last-coach',
  priority: 'own',
  timeoutMs: dayMs,
  brief: ['plan', 'mona', 'answers'],
  exits: {
    resolved: { go: restTarget },
    timeout: { say: 'common:coach-late', stay: true },
    noCoach: { say: 'common:off-duty', stay: true },
    artistEnded: { say: 'common:glad', go: restTarget },
  },
};
