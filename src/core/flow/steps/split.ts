import { createHash } from 'node:crypto';
import { z } from 'zod';
import { restTarget, type SplitNode } from '../definition.ts';
import { text } from '../shape.ts';
import { note } from '../turn.ts';
import type { NodeKind } from './kind.ts';

const shape = z.strictObject({ split: text, arms: z.record(text, text) });

/** Goes the way of the contact's arm of an experiment. */
export const splitKind: NodeKind<SplitNode, typeof shape> = {
  verb: 'split',
  shape,
  compile: (id, authored) => ({ kind: 'split', id, experiment: authored.split, arms: authored.arms }),
  ways: (node) => Object.entries(node.arms).map(([arm, to]) => ({ to, path: ['arms', arm] })),
  says: () => [],
  enter(node, turn) {
    const { contactId, arms } = turn.state;
    const arm = arms[node.experiment] ?? evenArm(node.experiment, contactId, Object.keys(node.arms));
    turn.state = { ...turn.state, arms: { ...arms, [node.experiment]: arm } };
    turn.effects.push({ type: 'expose', experiment: node.experiment, arm });
    const go = node.arms[arm] ?? restTarget;
    note(turn, 'state', 'split', { node: node.id, arm, go });
    return go;
  },
};

/** An experiment that nobody has assigned yet: equal shares by the hash of lifecycle.md §14, so replays agree. */
function evenArm(experiment: string, contactId: string, arms: readonly string[]): string {
  const hash = createHash('sha256').update(`${experiment}|${contactId}`).digest('hex').slice(0, 13);
  const share = Number.parseInt(hash, 16) / 2 ** 52;
  return arms[Math.floor(share * arms.length)] ?? '';
}
