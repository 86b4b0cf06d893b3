import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { lintSource, type LintLookups } from '../../../src/core/flow/lint.ts';
import { printMistake } from '../../../src/core/flow/mistake.ts';
import { readYaml, type Positions } from '../../../src/core/flow/positions.ts';
import type { WordResources } from '../../../src/core/words.ts';
import { compiled } from './play.ts';

const folder = 'test/core/flow/broken';
const fixtures = readdirSync(folder).sort();

interface Beside {
  readonly words?: WordResources;
  readonly experiments?: Record<string, string[]>;
  readonly previous?: { readonly flow: unknown; readonly waiting?: Record<string, number> };
}

/** A fixture is a flow and, after `---`, what stands beside it: words, experiments, the version before. */
function readFixture(name: string): { source: string; expected: string; lookups: LintLookups } {
  const whole = readFileSync(join(folder, name), 'utf8');
  const [source = '', beside] = whole.split(/^---\n/mu);
  const expected = /^# expect (\S+ L\d\d)/u.exec(source)?.[1] ?? '';
  if (beside === undefined) return { source, expected, lookups: {} };
  const padding = '\n'.repeat(source.split('\n').length);
  const { value, positions } = readYaml(padding + beside, name);
  const { words, experiments, previous } = value as Beside;
  return {
    source,
    expected,
    lookups: {
      experiments,
      words: words && {
        resources: { fr: { ...words.fr, common: engine }, en: { ...words.en, common: engine } },
        positions: (locale, namespace) => under(positions, ['words', locale, namespace]),
      },
      previous: previous && { flow: compiled(stringify(previous.flow)), waiting: previous.waiting ?? {} },
    },
  };
}

const spoken = { sms: { text: '…' }, email: { body: '…' } };
const engine = Object.fromEntries(
  [
    'promise',
    'handoff',
    'coach-late',
    'off-duty',
    'glad',
    'pick-one',
    'confirm-yes',
    'confirm-no',
    'confirm-choice',
    'expired',
    'noted',
  ].map((key) => [key, spoken]),
);

function under(positions: Positions, base: readonly string[]): Positions {
  return {
    file: positions.file,
    at: (path) => positions.at([...base, ...path]),
    keyAt: (path) => positions.keyAt([...base, ...path]),
    has: (path) => positions.has([...base, ...path]),
  };
}

describe('a fixture holds one mistake, and lint names its rule and its place', () => {
  test.each(fixtures)('%s', (name) => {
    const { source, expected, lookups } = readFixture(name);
    const mistakes = lintSource(source, 'flows/broken.yaml', lookups);
    expect(mistakes.map(({ line, column, rule }) => `${line}:${column} ${rule}`)).toEqual([expected]);
    expect(name.startsWith(expected.split(' ')[1] ?? '')).toBe(true);
  });
});

describe('what lint prints', () => {
  const lint = (name: string) => lintSource(readFixture(name).source, 'flows/broken.yaml').map(printMistake);

  test('says what was meant', () => {
    expect(lint('L01-unknown-field.yaml')).toEqual([
      'flows/broken.yaml:6:63 L01 unknown field "falback" — did you mean "fallback"?',
    ]);
    expect(lint('L02-unknown-target.yaml')[0]).toContain('there is no node "persn" — did you mean "person"?');
  });

  test('the worked example of the design has no mistake of its own', () => {
    const source = readFileSync('test/core/flow/nurturing.yaml', 'utf8');
    expect(lintSource(source, 'flows/nurturing.yaml').map(printMistake)).toEqual([]);
  });
});
