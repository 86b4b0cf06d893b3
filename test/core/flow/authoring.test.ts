import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lintFlows } from '../../../src/cli/flows-lint.ts';
import { simulateFlow } from '../../../src/cli/flows-simulate.ts';

const page = readFileSync('docs/authoring.md', 'utf8');

/** The files of the page: a block of YAML whose first line names it. */
const files = [...page.matchAll(/```yaml\n# (\S+)\n([\s\S]*?)```/gu)].map(([, file = '', text = '']) => ({ file, text: `# ${file}\n${text}` }));

let dir = '';
const folders = () => ({ flowsDir: join(dir, 'flows'), localesDir: join(dir, 'locales') });
const lint = (): string => lintFlows(join(dir, 'flows'), join(dir, 'locales')).output.replaceAll(`${dir}/`, '');

/** What the author has before them: the project's flows and words, and what the page has them write. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mona-author-'));
  for (const folder of ['flows', 'locales']) cpSync(folder, join(dir, folder), { recursive: true });
  for (const { file, text } of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('docs/authoring.md, done to the letter', () => {
  test('its flow and its words have no mistake', () => {
    expect(files.map(({ file }) => file)).toEqual(['flows/single.yaml', 'locales/fr/single.yaml', 'locales/en/single.yaml', 'test/stories/single.chat.yaml']);
    expect(lint().split('\n').filter((line) => line.includes('single'))).toEqual([]);
  });

  test('the mistake it has the author make is the one it shows', () => {
    const path = join(dir, 'locales/fr/single.yaml');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.replace(/\n {4}text_vous: "Pas de souci.*\n/u, '\n'));
    const [, shown = ''] = /```\n(locales\/fr\/single.*)\n```/u.exec(page) ?? [];
    expect(lint()).toContain(shown);
    writeFileSync(path, whole);
  });

  test('its simulation sends both messages', () => {
    const { output, exitCode } = simulateFlow('single', { ...folders(), persona: 'lea', until: 'P7D', json: false });
    expect(exitCode).toBe(0);
    expect(output).toMatch(/j0-sms[\s\S]+j2-sms/u);
  });

  test('the answer it has Léa give brings a coach, who reads that one is asked for', () => {
    const path = join(dir, 'flows/personas/lea.yaml');
    const [, reply = ''] = /`(single\.j2-sms: [^`]*)`/u.exec(page) ?? [];
    writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd()}\n  ${reply}\n`);
    const { output } = simulateFlow('single', { ...folders(), persona: 'lea', until: 'P7D', json: false });
    expect(output).toMatch(/< oui[\s\S]+waiting +asked[\s\S]+common:handoff/u);
  });
});
