import { z } from 'zod';
import { restTarget, type BranchNode } from '../definition.ts';
import { holds } from '../expression.ts';
import { condition, text } from '../shape.ts';
import { note, scopeOfTurn } from '../turn.ts';
import type { NodeKind } from './kind.ts';

const shape = z.strictObject({
  branch: z.array(z.strictObject({ when: condition.optional(), go: text.optional() })).min(1),
});

/** Goes the first way whose condition holds. */
export const branchKind: NodeKind<BranchNode, typeof shape> = {
  verb: 'branch',
  shape,
  compile: (id, authored, { target }) => ({
    kind: 'branch',
    id,
    cases: authored.branch.map(({ when, go }, n) => ({ when, go: target(go, ['branch', n, 'go']) })),
  }),
  ways: (node) => node.cases.map(({ go }, n) => ({ to: go, path: ['branch', n, 'go'] })),
  says: () => [],
  enter(node, turn) {
    const taken = node.cases.find(({ when }) => holds(when, scopeOfTurn(turn)));
    note(turn, 'state', 'branch', { node: node.id, go: taken?.go ?? restTarget });
    return taken?.go ?? restTarget;
  },
};
