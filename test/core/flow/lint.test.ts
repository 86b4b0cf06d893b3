import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lint } from '../../../src/cli/flows-lint.ts';
import { lintSource } from '../../../src/core/flow/lint.ts';
import { isWarning, lintRules, printMistake } from '../../../src/core/flow/mistake.ts';

const folder = 'test/core/flow/broken';
const fixtures = readdirSync(folder).sort();

/** A fixture is a draft: a flow and, after `---`, what stands beside it. Its first line is what lint prints of it. */
function expectedOf(name: string): string {
  const [, expected = ''] = /^# expect (.+)\n/u.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
  return expected;
}

describe('`mona flows lint` on a draft with one mistake prints that mistake: place, rule, what it found, what to do', () => {
  test.each(fixtures)('%s', (name) => {
    const { output, mistakes, exitCode } = lint(join(folder, name), 'locales');
    const printed = output.split('\n').slice(0, -1);
    expect(printed).toEqual([`${join(folder, name)}:${expectedOf(name)}`]);
    expect(name.slice(0, 3)).toBe(mistakes[0]?.rule);
    expect(exitCode).toBe(mistakes.some((one) => !isWarning(one)) ? 1 : 0);
  });

  test('no rule is without one', () => {
    const shown = new Set(fixtures.map((name) => name.slice(0, 3)));
    expect(lintRules.filter((rule) => !shown.has(rule))).toEqual([]);
  });
});

describe('what lint prints', () => {
  const lint = (name: string) => lintSource(readFileSync(join(folder, name), 'utf8'), 'flows/broken.yaml').map(printMistake);

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
