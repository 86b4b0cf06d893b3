import { z } from 'zod';
import { armOf } from '../../experiment.ts';
import { armIn, assign, expose } from '../arm.ts';
import { restTarget, type SplitNode } from '../definition.ts';
import { text } from '../shape.ts';
import { note, type Turn } from '../turn.ts';
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
    const arm = armIn(turn, node.experiment) ?? evenArm(node, turn);
    expose(turn, node.experiment, arm, node.id);
    const go = node.arms[arm] ?? restTarget;
    note(turn, 'state', 'split', { node: node.id, arm, go });
    return go;
  },
};

/** An experiment that nobody started: equal shares by the same hash, so replays agree. */
function evenArm({ experiment, arms }: SplitNode, turn: Turn): string {
  const shares = Object.keys(arms).map((key) => ({ key, weight: 1 }));
  const arm = armOf(experiment, turn.state.contactId, shares) ?? '';
  assign(turn, experiment, arm);
  return arm;
}
