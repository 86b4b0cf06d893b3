import type { Flow } from './definition.ts';
import { outlineOf, type TalkBox } from './outline.ts';

/** A flow as a Mermaid flowchart, for a page or a pull request. */
export function mermaidOf(flow: Flow): string {
  const { title, spine, talks } = outlineOf(flow);
  const boxes = spine.map(
    ({ id, when, isConditional }) => `  ${step(id)}["${when}<br/>${id}${isConditional ? ' (if)' : ''}"]`,
  );
  const chain = spine.slice(1).map(({ id }, n) => `  ${step(spine[n]?.id ?? '')} ==> ${step(id)}`);
  const openings = spine.flatMap(({ id, opens }) =>
    opens.map((to) => `  ${step(id)} -. asks .-> ${node(to)}`),
  );
  return [
    '---',
    `title: ${title}`,
    '---',
    'flowchart TB',
    ...boxes,
    ...chain,
    ...talks.map((box) => `  ${node(box.id)}${shapes[box.kind](`${box.id}<br/>${box.kind}: ${box.says}`)}`),
    ...openings,
    ...talks.flatMap(waysOf),
    ...[...new Set(talks.flatMap(({ ways }) => ways.flatMap(({ to, isNode }) => (isNode ? [] : [to]))))].map(
      (to) => `  ${node(to)}(("${to}"))`,
    ),
    '',
  ].join('\n');
}

const waysOf = ({ id, ways }: TalkBox): string[] =>
  ways.map(({ label, to }) => `  ${node(id)} -->${label ? `|"${label}"|` : ''} ${node(to)}`);

/** Names Mermaid takes for one: no hyphens, no dots, no word of its own such as `end`. */
const step = (id: string): string => `s_${id.replace(/\W/gu, '_')}`;
const node = (id: string): string => `n_${id.replace(/\W/gu, '_')}`;

const shapes: Readonly<Record<TalkBox['kind'], (text: string) => string>> = {
  ask: (text) => `{{"${text}"}}`,
  say: (text) => `("${text}")`,
  do: (text) => `[["${text}"]]`,
  branch: (text) => `{"${text}"}`,
  split: (text) => `{"${text}"}`,
  handoff: (text) => `[/"${text}"/]`,
};
