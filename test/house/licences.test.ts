import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What a product under MIT may carry along without further duty than naming it. */
const welcome = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  '(ISC AND CC-BY-3.0)',
  'MIT',
  'MIT (http://mootools.net/license.txt)',
  'MIT-0',
  // File by file, and we change none of theirs.
  'MPL-2.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

interface Locked {
  readonly packages: Readonly<Record<string, { readonly license?: string; readonly dev?: boolean }>>;
}

test('every package that runs in production has a licence that lets it', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Locked;
  const carried = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  expect(carried.length).toBeGreaterThan(100);
  const others = carried.filter(([, { license }]) => !welcome.has(license ?? ''));
  expect(others.map(([path, { license }]) => `${path}: ${license ?? 'says none'}`)).toEqual([]);
});
