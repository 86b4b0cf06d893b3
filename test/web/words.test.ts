import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { wordParts } from '../../vite.config.ts';

const root = join(import.meta.dirname, '../..');
const read = (language: string): unknown =>
  parse(readFileSync(join(root, 'locales', language, 'ui.yaml'), 'utf8'));

/** Keys of every text, plural endings aside: French has one more than English. */
function keysOf(tree: unknown, path = ''): readonly string[] {
  if (typeof tree !== 'object' || tree === null) return [path.replace(/_(one|many|other)$/, '')];
  return Object.entries(tree).flatMap(([key, value]) => keysOf(value, path === '' ? key : `${path}.${key}`));
}

const sources = readdirSync(join(root, 'src/web'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, 'src/web', path), 'utf8') }));

const french = new Set(keysOf(read('fr')));
const english = new Set(keysOf(read('en')));

describe('the words of the pages', () => {
  test('are the same in both languages', () => {
    expect([...english].sort()).toEqual([...french].sort());
  });

  /** Who may say the words of a part: pages that come with it, and what only those show. */
  const sayers: Readonly<Record<string, RegExp>> = {
    account: /^(?:account\/|preferences-dialog|second-factor|push-field)/u,
    pages: /^pages\//u,
  };
  test.each(sources)('come with the page that says them: $path', ({ path, text }) => {
    const roots = [...text.matchAll(/\b(?:t|known)\(\s*['`]([a-zA-Z]+)[.'`]/g)].map(([, root = '']) => root);
    const tooLate = Object.entries(wordParts).flatMap(([part, words]) =>
      sayers[part]?.test(path) ? [] : roots.filter((root) => words.includes(root)),
    );
    expect(tooLate).toEqual([]);
  });

  test.each(sources)('are there for what $path says', ({ text }) => {
    const said = [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key = '']) => key);
    expect(said.filter((key) => !french.has(key))).toEqual([]);
    const begun = [...text.matchAll(/\b(?:t|known)\(\s*`([^$`]+)\$\{/g)].map(([, start = '']) => start);
    expect(begun.filter((start) => ![...french].some((key) => key.startsWith(start)))).toEqual([]);
  });

  test.each(sources.filter(({ path }) => path.endsWith('.tsx')))('are not written in $path', ({ text }) => {
    const between = [...text.matchAll(/>\s*([A-Za-zÀ-ÿ][^<>{}=;()]{2,})\s*<\//g)].map(([, words = '']) =>
      words.trim(),
    );
    const attributes = [
      ...text.matchAll(/(?:aria-label|placeholder|title|label)="([^"]*[A-Za-zÀ-ÿ]{2}[^"]*)"/g),
    ].map(([, words = '']) => words);
    expect([...between, ...attributes]).toEqual([]);
  });
});
