import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/*
 * lifecycle.md §19 lists 21 acceptance tests. Each is a test of this project and carries its number: `19.5 …` where it
 * stands in test/acceptance, `… (§19.5)` where it stands beside the code it is about. docs/acceptance.md is the way in.
 */

const folder = 'test';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((file) => join(folder, file.replaceAll('\\', '/')))
  .filter((file) => /\.(test\.ts|chat\.yaml)$/u.test(file));

/** Numbers that a file's test names carry. */
function numbersOf(file: string): readonly number[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/\(§19\.(\d+)\)|['"`]19\.(\d+) /gu)].map(([, beside, inside]) =>
    Number(beside ?? inside),
  );
}

const named = new Map(files.map((file) => [file, new Set(numbersOf(file))]));
const all = Array.from({ length: 21 }, (_, n) => n + 1);

test('each of the 21 acceptance tests has a test that names it, and no test names a 22nd', () => {
  const numbers = new Set([...named.values()].flatMap((found) => [...found]));
  expect([...numbers].sort((one, other) => one - other)).toEqual(all);
});

test('docs/acceptance.md says of each number in which files it is, and of no other file', () => {
  const rows = readFileSync('docs/acceptance.md', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, number] = /^\| (\d+) \|/u.exec(line) ?? [];
      return number
        ? [[Number(number), [...line.matchAll(/`(test\/[^`]+)`/gu)].map(([, file]) => file).sort()] as const]
        : [];
    });
  const expected = all.map((number) => [
    number,
    [...named].flatMap(([file, found]) => (found.has(number) ? [file] : [])).sort(),
  ]);
  expect(rows).toEqual(expected);
});
