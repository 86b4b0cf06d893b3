import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * The floor plan of docs/architecture.md, as a test. Imports go down a floor, never up, never across.
 */

const src = resolve(import.meta.dirname, '../src');

const floors: readonly (readonly string[])[] = [
  ['core'],
  ['store', 'channels'],
  ['pipeline', 'reports'],
  ['http', 'jobs'],
  ['config.ts'],
  ['app.ts'],
  ['cli'],
  ['main.ts'],
];
const shared = ['clock.ts', 'errors.ts', 'log.ts'];
const outside = ['web', 'sandbox'];

const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));
/** `app/` is app.ts, split so that each part can be read in one sitting. */
const roomOf = (file: string): string => (file.startsWith('app/') ? 'app.ts' : (file.split('/')[0] ?? file));

function mayImport(from: string, to: string): boolean {
  if (from === to || shared.includes(to)) return true;
  if (outside.includes(to)) return from === 'app.ts';
  return !outside.includes(from) && !shared.includes(from) && floorOf(to) < floorOf(from);
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|tsx)$/.test(file) && !file.endsWith('.d.ts'));

const codeOf = (file: string): string => readFileSync(join(src, file), 'utf8');
const importsOf = (file: string): string[] =>
  [...codeOf(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(src, resolve(src, dirname(file), path ?? '')).replaceAll('\\', '/'),
  );

/** Comments and strings may speak of what code may not do. */
const withoutWords = (code: string): string =>
  code
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");

describe('the floor plan', () => {
  test('imports only go down', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        // Words stand outside src: a page may be built with them.
        .filter((target) => !target.startsWith('../locales/') && !mayImport(roomOf(file), roomOf(target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every file stands in a room', () => {
    const homeless = files.filter((file) => {
      const room = roomOf(file);
      return floorOf(room) < 0 && !shared.includes(room) && !outside.includes(room);
    });
    expect(homeless).toEqual([]);
  });

  test('no room is called utils, helpers, common, services or types', () => {
    expect(
      files.filter((file) => /(^|\/)(utils?|helpers?|common|services?|types)(\/|\.tsx?$)/.test(file)),
    ).toEqual([]);
  });

  test('core waits for nothing, reads no clock, throws no dice', () => {
    const forbidden = /\bawait\b|\bprocess\.|\bMath\.random\b|\bDate\.now\(\)|\bnew Date\(\)/;
    const wrong = files
      .filter((file) => roomOf(file) === 'core')
      .flatMap((file) => {
        const hit = forbidden.exec(withoutWords(codeOf(file)));
        return hit ? [`${file}: ${hit[0]}`] : [];
      });
    expect(wrong).toEqual([]);
  });

  test('only config.ts reads the environment', () => {
    const readers = files.filter(
      (file) =>
        file !== 'config.ts' &&
        !outside.includes(roomOf(file)) &&
        /\bprocess\.env\b/.test(withoutWords(codeOf(file))),
    );
    expect(readers).toEqual([]);
  });

  test('a rule worth writing is worth a violation: the plan refuses a door that calls a door', () => {
    expect(mayImport('http', 'jobs')).toBe(false);
    expect(mayImport('store', 'channels')).toBe(false);
    expect(mayImport('core', 'store')).toBe(false);
    expect(mayImport('pipeline', 'sandbox')).toBe(false);
    expect(mayImport('app.ts', 'sandbox')).toBe(true);
    expect(mayImport('http', 'core')).toBe(true);
  });
});
