import { isEndTarget, restTarget, type Flow, type Node, type Offset, type Step } from './definition.ts';
import { kindOf } from './steps/index.ts';

/* A flow as a picture of it shows it: the timeline as a spine, the talks hanging from it (conversation.md §3). */

/** One box of the spine. */
export interface SpineBox {
  readonly id: string;
  /** `J1 12:30 · sms, else whatsapp`. */
  readonly when: string;
  /** Questions that its message asks. */
  readonly opens: readonly string[];
  readonly isConditional: boolean;
}

/** One box of a talk. */
export interface TalkBox {
  readonly id: string;
  readonly kind: Node['kind'];
  /** What it says or does, in a few words. */
  readonly says: string;
  readonly ways: readonly { readonly label: string; readonly to: string; readonly isNode: boolean }[];
}

export interface Outline {
  readonly title: string;
  readonly spine: readonly SpineBox[];
  readonly talks: readonly TalkBox[];
}

/** What a picture of a flow holds, whichever way it is drawn. */
export function outlineOf(flow: Flow): Outline {
  return {
    title: `${flow.id}@${String(flow.version)}`,
    spine: flow.steps.map(spineBox),
    talks: Object.values(flow.nodes).map((node) => talkBox(flow, node)),
  };
}

const spineBox = ({ id, at, channel, fallback, open, sections, when }: Step): SpineBox => ({
  id,
  when: `${timeOf(at)} · ${[channel, ...fallback].join(', else ')}`,
  opens: [open, ...Object.values(sections).map((section) => section.open)].flatMap((node) => node ?? []),
  isConditional: when !== undefined,
});

function timeOf(at: Offset): string {
  if ('day' in at) return `J${String(at.day)} ${at.time}`;
  return at.afterMs === 0 ? 'J0' : `J0+${spanOf(at.afterMs)}`;
}

/** `2d`, `10m`, as an author writes it. */
function spanOf(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const [unit, size] = units.find(([, one]) => ms % one === 0) ?? (['s', 1_000] as const);
  return `${String(ms / size)}${unit}`;
}

function talkBox(flow: Flow, node: Node): TalkBox {
  const ways = kindOf(node).ways(node);
  return {
    id: node.id,
    kind: node.kind,
    says: saysOf(node),
    ways: ways.map(({ to, path }) => ({
      label: labelOf(node, path),
      to,
      isNode: flow.nodes[to] !== undefined,
    })),
  };
}

function saysOf(node: Node): string {
  if (node.kind === 'ask' || node.kind === 'say') return node.words;
  if (node.kind === 'handoff') return `${node.reason}, within ${spanOf(node.promiseMs ?? node.timeoutMs)}`;
  if (node.kind === 'split') return node.experiment;
  if (node.kind === 'branch') return `${String(node.cases.length)} ways`;
  return [
    node.emit && `emit ${node.emit}`,
    node.withdraw && `withdraw ${node.withdraw}`,
    node.tell && `tell ${node.tell.who}`,
    node.reserve && `reserve ${node.reserve.offer}`,
    node.set && `set ${Object.keys(node.set).join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The answer, the silence or the event that leads there. */
function labelOf(node: Node, path: readonly (string | number)[]): string {
  const [field, key] = path;
  if (field === 'choices' || field === 'exits' || field === 'arms') return String(key);
  if (node.kind === 'ask' && field === 'invalid') return `not understood ${String(Number(key) + 1)}`;
  if (node.kind === 'ask' && field === 'noReply')
    return `silence ${spanOf(node.noReply[Number(key)]?.afterMs ?? 0)}`;
  if (node.kind === 'ask' && field === 'on') return node.on[Number(key)]?.event ?? '';
  if (node.kind === 'ask' && field === 'go') return `a ${node.expect ?? 'text'}`;
  if (node.kind === 'branch')
    return node.cases[Number(key)]?.when
      ? `if ${Object.keys(node.cases[Number(key)]?.when ?? {}).join(', ')}`
      : 'else';
  return '';
}

/** Where a talk is over: `rest`, or an end of the run. */
export const isOver = (to: string): boolean => to === restTarget || isEndTarget(to);
