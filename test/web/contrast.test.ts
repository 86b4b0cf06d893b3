import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const tokens = readFileSync(join(import.meta.dirname, '../../src/web/styles/tokens.css'), 'utf8');

/** Roles and their colours in one theme, from the one file that names them. */
function colours(theme: 'light' | 'dark'): Map<string, string> {
  const pairs = tokens.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/gi);
  return new Map(
    [...pairs].map(([, role = '', light = '', dark = '']) => [role, theme === 'light' ? light : dark]),
  );
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = parseInt(hex.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const plain = ['page', 'surface'];
const bubbles = ['bot', 'coach', 'artist'];
/** What is written on what (inbox.md §14). */
const written: readonly (readonly [text: string, grounds: readonly string[]])[] = [
  ['text', [...plain, ...bubbles, 'late-wash', 'bad-wash']],
  ['dim', [...plain, ...bubbles]],
  ['accent', [...plain, 'bot']],
  ['good', plain],
  ['late', [...plain, 'late-wash', 'bot']],
  ['bad', [...plain, 'bad-wash', 'bot']],
  ['on-accent', ['accent']],
  ['on-note', ['note']],
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const all = colours(theme);
  const of = (role: string): string => all.get(role) ?? expect.fail(`no colour for --${role}`);
  const cases = written.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const));

  test.each(cases)('%s is readable on %s', (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each([...plain, ...bubbles])('the edge of a control is seen on %s', (ground) => {
    expect(contrast(of('edge'), of(ground))).toBeGreaterThanOrEqual(3);
  });
});
