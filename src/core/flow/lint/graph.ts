import { isEndTarget, receptionTarget, restTarget, type Flow, type Node } from '../definition.ts';
import { suggest } from '../compile.ts';
import { complainAt, complainAtKey, nodesOf, openings, waysOf, type LintDesk } from './desk.ts';

const isTarget = (flow: Flow, to: string): boolean =>
  to === restTarget || to === receptionTarget || isEndTarget(to) || flow.nodes[to] !== undefined;

/** L02: a way that leads to a node which is not there. */
export function unknownTarget(desk: LintDesk): void {
  const known = [...Object.keys(desk.flow.nodes), restTarget];
  const ways = [
    ...nodesOf(desk.flow).flatMap(waysOf),
    ...openings(desk).map(({ node, path }) => ({ to: node, path })),
  ];
  for (const { to, path } of ways) {
    if (!isTarget(desk.flow, to))
      complainAt(desk, 'L02', path, `there is no node "${to}"`, suggest(to, known));
  }
}

/** L03: a node that no step and no answer leads to. Talks are entered from outside. */
export function unreachable(desk: LintDesk): void {
  if (desk.flow.kind === 'talk') return;
  const reached = reachableFrom(
    desk.flow,
    openings(desk).map(({ node }) => node),
  );
  for (const { id } of nodesOf(desk.flow)) {
    if (reached.has(id)) continue;
    complainAtKey(
      desk,
      'L03',
      ['nodes', id],
      `nothing leads to the node "${id}"`,
      'lead to it by open or go, or remove it',
    );
  }
}

function reachableFrom(flow: Flow, roots: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = [...roots];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = flow.nodes[id];
    if (!node || reached.has(id)) continue;
    reached.add(id);
    queue.push(...waysOf(node).map(({ to }) => to));
  }
  return reached;
}

/** L04: a rung that neither says anything nor goes anywhere. */
export function deadEnd(desk: LintDesk): void {
  for (const node of nodesOf(desk.flow)) {
    if (node.kind !== 'ask') continue;
    for (const field of ['invalid', 'noReply'] as const) {
      for (const [n, { say, go }] of node[field].entries()) {
        if (say !== undefined || go !== undefined) continue;
        const path = ['nodes', node.id, field, n];
        complainAt(desk, 'L04', path, `rung ${n + 1} of ${field} does nothing`, 'give it say, go or both');
      }
    }
  }
}

/** L05: a circle that no question interrupts would never end. */
export function endlessLoop(desk: LintDesk): void {
  const { flow } = desk;
  const settled = new Set<string>();
  for (const { id } of nodesOf(flow)) {
    const circle = findCircle(flow, id, [], settled);
    if (!circle) continue;
    for (const one of circle) settled.add(one);
    const shown = [...circle, circle[0]].join(' → ');
    complainAtKey(
      desk,
      'L05',
      ['nodes', circle[0] ?? id],
      `a circle without a question: ${shown}`,
      'put a question or rest into it',
    );
  }
}

function findCircle(
  flow: Flow,
  id: string,
  trail: readonly string[],
  settled: Set<string>,
): readonly string[] | null {
  const from = trail.indexOf(id);
  if (from >= 0) return trail.slice(from);
  const node = flow.nodes[id];
  if (!node || settled.has(id)) return null;
  for (const to of onwardOf(node)) {
    const circle = findCircle(flow, to, [...trail, id], settled);
    if (circle) return circle;
  }
  settled.add(id);
  return null;
}

/** Where a node goes on at once, without waiting for anyone. */
export function onwardOf(node: Node): readonly string[] {
  if (node.kind === 'ask') return [];
  if (node.kind !== 'handoff') return waysOf(node).map(({ to }) => to);
  const { go, stay } = node.exits.noCoach;
  return go && !stay ? [go] : [];
}
