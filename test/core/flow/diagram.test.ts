import { describe, expect, test } from 'vitest';
import { diagramFlow } from '../../../src/cli/flows-diagram.ts';
import { nurturing } from './play.ts';

const drawn = (isSvg: boolean): string => diagramFlow('nurturing', { flowsDir: 'flows', localesDir: 'locales', isSvg });

describe('a picture of a flow', () => {
  test('in Mermaid: steps in a row, questions hanging from them, every answer with its way', () => {
    const lines = drawn(false).split('\n').map((line) => line.trim());
    expect(lines).toContain('s_j0_email ==> s_j1_sms');
    expect(lines).toContain('s_j1_sms -. asks .-> n_dashboard');
    expect(lines).toContain('n_dashboard -->|"yes"| n_bravo');
    expect(lines).toContain('n_dashboard -->|"silence 2d"| n_rest');
    expect(lines).toContain('n_help -->|"resolved"| n_rest');
    expect(lines).toContain('n_interest -->|"else"| n_coach');
  });

  test('as SVG: a box for every step and node, none twice, none over another', () => {
    const svg = drawn(true);
    const boxes = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/gu)].map((match) => match.slice(1).map(Number));
    expect(boxes).toHaveLength(nurturing.steps.length + Object.keys(nurturing.nodes).length);
    const overlaps = boxes.filter(([x = 0, y = 0, w = 0, h = 0], n) =>
      boxes.some(([left = 0, top = 0, width = 0, height = 0], m) => m > n && x < left + width && left < x + w && y < top + height && top < y + h),
    );
    expect(overlaps).toEqual([]);
  });

  test('of a flow that is not there: those that are', () => {
    expect(() => diagramFlow('nurtring', { flowsDir: 'flows', localesDir: 'locales', isSvg: true })).toThrow(/There are: .*nurturing/u);
  });
});
