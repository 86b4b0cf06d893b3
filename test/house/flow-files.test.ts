import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lintFlows } from '../../src/cli/flows-lint.ts';
import { readFlowFiles, readyFlows } from '../../src/store/flow-files.ts';

const root = join(import.meta.dirname, '../..');
let dir = '';

const flow = `spec: 1
id: hello
channels: [sms]
steps: [{ id: j0-sms, at: J0, channel: sms, class: service }]
`;

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
}

const read = () => readFlowFiles(join(dir, 'flows'), join(dir, 'locales'));
const shown = () =>
  read().mistakes.map(
    ({ file, line, column, rule }) => `${file.slice(dir.length + 1)}:${line}:${column} ${rule}`,
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mona-flow-files-'));
  for (const folder of ['flows', 'locales/fr', 'locales/en'])
    await mkdir(join(dir, folder), { recursive: true });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function begin(): Promise<void> {
  for (const name of ['keywords', 'policy', 'segments'])
    await copyFile(join(root, `flows/${name}.yaml`), join(dir, `flows/${name}.yaml`));
  await write({
    'flows/hello.yaml': flow,
    'locales/fr/hello.yaml': 'j0-sms: { sms: { text: Salut } }\n',
    'locales/en/hello.yaml': 'j0-sms: { sms: { text: Hi } }\n',
  });
}

describe('the files of flows/ and locales/', () => {
  test('are read as flows, words, keywords, policy and segments', async () => {
    await begin();
    const files = read();
    expect(files.mistakes).toEqual([]);
    expect(readyFlows(files).map(({ id }) => id)).toEqual(['hello']);
    expect(files.keywords.value?.words.human.prompt).toBe('COACH');
    expect(files.policy.value?.late.serviceMs).toBe(72 * 3_600_000);
    expect(Object.keys(files.segments.value ?? {})).toContain('spark_eligible');
    expect(files.words.en?.['hello']).toEqual({ 'j0-sms': { sms: { text: 'Hi' } } });
  });

  test.each([
    ['flows/hello.yaml', `${flow}id: again\n`, 'flows/hello.yaml:5:1 L01'],
    [
      'flows/hello.yaml',
      flow.replace('steps: [', 'fields:\n\ta: omit\nsteps: ['),
      'flows/hello.yaml:5:1 L01',
    ],
    [
      'flows/keywords.yaml',
      'senders: {}\nwords: { stop: { do: opt-uot, prompt: STOP } }\n',
      'flows/keywords.yaml:2:22 L01',
    ],
    [
      'flows/policy.yaml',
      'spec: 1\nid: policy\nlate: { marketing: soon, service: 72h }\n',
      'flows/policy.yaml:3:20 L01',
    ],
    ['flows/segments.yaml', 'segment: {}\n', 'flows/segments.yaml:1:1 L01'],
    [
      'locales/fr/hello.yaml',
      'j0-sms: { sms: { text: Salut, text: Bonjour } }\n',
      'locales/fr/hello.yaml:1:31 L01',
    ],
    ['locales/en/hello.yaml', 'j0-sms: { email: { body: Hi } }\n', 'locales/en/hello.yaml:1:9 L19'],
  ])('a mistake in %s has its place', async (name, text, place) => {
    await begin();
    await write({ [name]: text });
    expect(shown()).toContain(place);
  });

  test('a missing file is one', async () => {
    await begin();
    await rm(join(dir, 'flows/keywords.yaml'));
    expect(shown()).toEqual(['flows/keywords.yaml:1:1 L01']);
  });
});

describe('mona flows lint', () => {
  test('ends well where nothing is wrong, and with 1 where something is (§19.3)', async () => {
    await begin();
    expect(lintFlows(join(dir, 'flows'), join(dir, 'locales'))).toMatchObject({
      output: '1 flow: no mistakes, no warnings',
      exitCode: 0,
    });
    await write({ 'flows/hello.yaml': flow.replace('at: J0', 'at: D0') });
    const { output, exitCode } = lintFlows(join(dir, 'flows'), join(dir, 'locales'));
    expect(output.slice(dir.length + 1)).toBe(
      'flows/hello.yaml:4:27 L07 "D0" is no time in a sequence — write J0, J0+2h, J7 or J7 12:30\n1 flow: 1 mistake, no warnings',
    );
    expect(exitCode).toBe(1);
  });

  test('a warning alone does not stop a publish', async () => {
    await begin();
    await write({ 'locales/en/hello.yaml': 'j0-sms: { sms: { text: Hi } }\nold: { sms: { text: Bye } }\n' });
    const { output, exitCode } = lintFlows(join(dir, 'flows'), join(dir, 'locales'));
    expect(output).toContain('locales/en/hello.yaml:2:1 L20 nothing says "old"');
    expect(exitCode).toBe(0);
  });
});
