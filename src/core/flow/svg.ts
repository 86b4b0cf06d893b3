import type { Flow } from './definition.ts';
import { outlineOf, type Outline, type SpineBox, type TalkBox } from './outline.ts';

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly box: SpineBox | TalkBox;
}

const size = { width: 250, line: 16, pad: 10, column: 320, gap: 26, margin: 24, top: 60 } as const;

const isTalk = (box: SpineBox | TalkBox): box is TalkBox => 'kind' in box;

/** What a box says, a line each; the first is its name. */
function linesOf(box: SpineBox | TalkBox): readonly string[] {
  if (!isTalk(box)) return [box.id, `${box.when}${box.isConditional ? ' · if' : ''}`];
  return [
    `${box.id} · ${box.kind}`,
    box.says,
    ...box.ways.map(({ label, to }) => `${label ? `${label} ` : ''}→ ${to}`),
  ];
}

const heightOf = (box: SpineBox | TalkBox): number => linesOf(box).length * size.line + 2 * size.pad;

/** A flow as a picture of its own: the timeline goes down on the left, each talk hangs to the right of its message. */
export function svgOf(flow: Flow): string {
  const outline = outlineOf(flow);
  const placed = placeAll(outline);
  const right = Math.max(...[...placed.values()].map(({ x }) => x + size.width)) + 3 * size.margin;
  const bottom = Math.max(...[...placed.values()].map(({ y, height }) => y + height)) + size.margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(outline.title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${size.margin}" y="34" font-size="20" font-weight="700">${escaped(outline.title)}</text>`,
    ...edgesOf(outline, placed),
    ...[...placed.values()].map(drawn),
    '</svg>',
    '',
  ].join('\n');
}

/** Steps under one another; a talk beside its step, each of its boxes one column further than what leads to it. */
function placeAll({ spine, talks }: Outline): ReadonlyMap<string, Placed> {
  const placed = new Map<string, Placed>();
  const byId = new Map(talks.map((talk) => [talk.id, talk]));
  let y: number = size.top;
  const hang = (roots: readonly string[], column: number): number => {
    let low = y;
    let layer = roots;
    for (let at = column; layer.length > 0; at += 1) {
      let next = y;
      const fresh = [...new Set(layer)]
        .flatMap((id) => byId.get(id) ?? [])
        .filter(({ id }) => !placed.has(`n:${id}`));
      for (const box of fresh) {
        placed.set(`n:${box.id}`, { x: size.margin + at * size.column, y: next, height: heightOf(box), box });
        next += heightOf(box) + size.gap;
      }
      low = Math.max(low, next);
      layer = fresh.flatMap(({ ways }) => ways.map(({ to }) => to));
    }
    return low;
  };
  for (const box of spine) {
    placed.set(`s:${box.id}`, { x: size.margin, y, height: heightOf(box), box });
    y = Math.max(hang(box.opens, 1), y + heightOf(box) + size.gap);
  }
  // What no step opens (a talk entered from outside) stands below.
  for (const { id } of talks) if (!placed.has(`n:${id}`)) y = hang([id], spine.length > 0 ? 1 : 0);
  return placed;
}

function edgesOf({ spine, talks }: Outline, placed: ReadonlyMap<string, Placed>): string[] {
  const down = spine
    .slice(1)
    .flatMap(({ id }, n) => line(placed.get(`s:${spine[n]?.id ?? ''}`), placed.get(`s:${id}`)));
  const asks = spine.flatMap(({ id, opens }) =>
    opens.flatMap((to) => curve(placed.get(`s:${id}`), placed.get(`n:${to}`), 0, true)),
  );
  const ways = talks.flatMap(({ id, ways: all }) =>
    all.flatMap(({ to }, n) => curve(placed.get(`n:${id}`), placed.get(`n:${to}`), n + 2, false)),
  );
  return [...down, ...asks, ...ways];
}

function line(from: Placed | undefined, to: Placed | undefined): string[] {
  if (!from || !to) return [];
  const x = from.x + 20;
  return [`<path d="M${x} ${from.y + from.height} V${to.y}" stroke="#6d28d9" stroke-width="4" fill="none"/>`];
}

/** From the line that names the way to the head of where it leads. */
function curve(
  from: Placed | undefined,
  to: Placed | undefined,
  atLine: number,
  isQuestion: boolean,
): string[] {
  if (!from || !to) return [];
  const startY = from.y + size.pad + (atLine + 0.5) * size.line;
  const endY = to.y + size.pad + size.line / 2;
  const isOnward = to.x > from.x;
  const startX = from.x + size.width;
  const endX = isOnward ? to.x : to.x + size.width;
  const bend = 35;
  const path = `M${startX} ${startY} C${startX + bend} ${startY} ${endX + (isOnward ? -bend : bend)} ${endY} ${endX} ${endY}`;
  return [
    `<path d="${path}" stroke="${isQuestion ? '#6d28d9' : '#94a3b8'}" fill="none"${isQuestion ? ' stroke-dasharray="4 3"' : ''}/>`,
  ];
}

const fills: Readonly<Record<TalkBox['kind'] | 'step', string>> = {
  step: '#ede9fe', ask: '#dbeafe', say: '#dcfce7', do: '#f1f5f9', branch: '#fef9c3', split: '#fef9c3', handoff: '#ffe4e6',
}; // prettier-ignore

function drawn({ x, y, height, box }: Placed): string {
  const fill = fills[isTalk(box) ? box.kind : 'step'];
  const texts = linesOf(box).map((text, n) => {
    const weight = n === 0 ? ' font-weight="700"' : '';
    return `<text x="${x + size.pad}" y="${y + size.pad + n * size.line + 12}"${weight}>${escaped(cut(text))}</text>`;
  });
  return `<g><rect x="${x}" y="${y}" width="${size.width}" height="${height}" rx="8" fill="${fill}" stroke="#334155"/>${texts.join('')}</g>`;
}

const longest = 38;
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

const escaped = (text: string): string =>
  text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;').replace(/"/gu, '&quot;');
