import type { Node } from '../definition.ts';
import { askKind } from './ask.ts';
import { branchKind } from './branch.ts';
import { doKind } from './do.ts';
import { handoffKind } from './handoff.ts';
import type { NodeKind } from './kind.ts';
import { sayKind } from './say.ts';
import { splitKind } from './split.ts';

/** Every verb a node may have. A new kind of step is a file beside these, and a line here. */
export const nodeKinds = {
  ask: askKind,
  say: sayKind,
  do: doKind,
  branch: branchKind,
  split: splitKind,
  handoff: handoffKind,
};

/** The kind of a node, typed for any node: a kind only ever meets nodes it compiled itself. */
export const kindOf = (node: Node): NodeKind<Node> => nodeKinds[node.kind] as unknown as NodeKind<Node>;

export const verbs = Object.keys(nodeKinds) as readonly Node['kind'][];
