import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { lintFlows } from '../../src/cli/flows-lint.ts';

/*
 * The source's texts as they stand there, pasted over ours. Each is refused: it names people without a record, counts
 * places nobody counted, and leaves brackets to fill.
 */

const source = 'test/core/source';
const keys = readdirSync(source).map((file) => file.replace(/\.txt$/u, ''));
let dir = '';
let printed: readonly string[] = [];

type Words = Record<string, Record<string, Record<string, unknown>>>;

function paste(key: string): void {
  const [flow = '', step = ''] = key.split('.');
  const file = join(dir, 'locales/fr', `${flow}.yaml`);
  const words = parse(readFileSync(file, 'utf8')) as Words;
  const [first = '', ...rest] = readFileSync(join(source, `${key}.txt`), 'utf8')
    .trimEnd()
    .split('\n');
  const channel = step.endsWith('email') ? 'email' : 'sms';
  const said =
    channel === 'email'
      ? { subject: first.replace(/^Objet : /u, ''), body: rest.join('\n').trim() }
      : { text: [first, ...rest].join('\n') };
  const known = words[step]?.[channel] ?? {};
  const others = Object.fromEntries(
    Object.entries(known).filter(
      ([name]) => !['subject_vous', 'body_vous', 'text_vous', 'variants'].includes(name),
    ),
  );
  words[step] = { ...words[step], [channel]: { ...others, ...said } };
  writeFileSync(file, stringify(words, { lineWidth: 0 }));
}

/** The step whose words stand at a line of a file of words. */
function stepAt(file: string, line: number): string {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, line);
  return lines.findLast((one) => /^[\w-]+:/u.test(one))?.split(':')[0] ?? '';
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mona-source-'));
  for (const folder of ['flows', 'locales']) cpSync(folder, join(dir, folder), { recursive: true });
  for (const key of keys) paste(key);
  printed = lintFlows(join(dir, 'flows'), join(dir, 'locales'))
    .output.split('\n')
    .filter((line) => !line.endsWith('(warning)'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** What lint refuses of one pasted text. */
const refusalsOf = (key: string): readonly string[] => {
  const [flow = '', step = ''] = key.split('.');
  const file = join(dir, 'locales/fr', `${flow}.yaml`);
  return printed.filter((line) => {
    const [, at] = line.startsWith(`${file}:`) ? (/^:(\d+):/u.exec(line.slice(file.length)) ?? []) : [];
    return at !== undefined && stepAt(file, Number(at)) === step;
  });
};

test.each(keys)('19.4 %s pasted as the source has it is refused, by line and words', (key) => {
  const refusals = refusalsOf(key);
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.join('\n')).toMatch(/ L\d\d .*"/u);
});

test.each([
  ['welcome.j5-email', '3 créneaux', 'slots.remaining'],
  ['welcome.j6-sms', '1 créneau', 'slots.remaining'],
  ['upsell.j0-email', '30%', 'stat.<key>.percent'],
  ['upsell.j1-sms', 'plus que 23h', 'reservation.hoursLeft'],
  ['upsell.j3-email', '450%', 'stat.<key>.percent'],
  ['upsell.j7-email', '2 places', 'offer.<key>.seatsLeft'],
  ['spark.j0-email', '5%', 'stat.<key>.percent'],
  ['winback.j3-email', '50%', 'stat.<key>.percent'],
  ['welcome.j0-sms', '45 à 87 pts', 'testimonial.<key>'],
])('19.4 what %s claims, "%s", is named with the binding it lacks', (key, words, binding) => {
  const refusals = refusalsOf(key).join('\n');
  expect(refusals).toContain(`L27 "`);
  expect(refusals).toContain(words);
  expect(refusals).toContain(binding);
});
