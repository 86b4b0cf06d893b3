import {
  isEndTarget,
  receptionTarget,
  restTarget,
  type Flow,
  type HandoffNode,
  type Node,
} from './definition.ts';
import { reception } from './steps/handoff.ts';
import { kindOf } from './steps/index.ts';
import { closeTalk } from './talk.ts';
import { endRun, note, type Turn } from './turn.ts';

/** More nodes in one step than any author means: a loop in the flow. */
const mostNodes = 50;

/** A flow file made the engine do something no author can have meant. The arrival is parked for a person. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly code: 'flow_loop' | 'unknown_target';

  constructor(code: 'flow_loop' | 'unknown_target', message: string) {
    super(message);
    this.code = code;
  }
}

/** Follows the nodes from a target until one waits, the talk rests or the run ends. */
export function walk(turn: Turn, go: string): void {
  let target: string | null = go;
  while (target !== null && turn.state.open) {
    if (target === restTarget) return;
    target = isEndTarget(target) ? finish(turn, target) : enterNode(turn, target);
  }
}

function finish(turn: Turn, target: string): null {
  closeTalk(turn, 'ended');
  endRun(turn, target.slice('end.'.length));
  return null;
}

function enterNode(turn: Turn, target: string): string | null {
  turn.nodes += 1;
  if (turn.nodes > mostNodes) {
    const where = `${turn.flow.id}@${turn.flow.version}`;
    throw new FlowError(
      'flow_loop',
      `${where} passed ${mostNodes} nodes in one step, last "${target}": it goes round in a circle`,
    );
  }
  const node = needNode(turn.flow, target);
  return kindOf(node).enter(node, turn);
}

/** Hands the thread over without a node of the author's, for a reason of its own. */
export function handOver(turn: Turn, reason: string): void {
  const node: HandoffNode = { ...reception, reason };
  note(turn, 'state', 'handoff', { reason });
  const next = kindOf(node).enter(node, turn);
  if (next !== null) walk(turn, next);
}

export function findNode(flow: Flow, id: string): Node | null {
  return flow.nodes[id] ?? (id === receptionTarget ? reception : null);
}

function needNode(flow: Flow, id: string): Node {
  const node = findNode(flow, id);
  if (!node) throw new FlowError('unknown_target', `${flow.id}@${flow.version} has no node "${id}"`);
  return node;
}
