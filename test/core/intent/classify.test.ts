import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { classify } from '../../../src/cli/classify.ts';

const root = join(import.meta.dirname, '../../..');
const folders = { flowsDir: join(root, 'flows'), localesDir: join(root, 'locales') };

afterEach(() => {
  process.exitCode = 0;
});

async function classified(...lines: readonly string[]): Promise<Record<string, unknown>[]> {
  const output = new PassThrough();
  await classify(Readable.from(lines.map((line) => `${line}\n`)), output, folders);
  output.end();
  const said = (await output.setEncoding('utf8').toArray()).join('');
  return said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const line = (id: string, text: string, more: Record<string, string> = {}): string =>
  JSON.stringify({ id, text, ...more });

test('each line has its answer, in its order, and a bad one says which it is and why', async () => {
  const answers = await classified(
    line('1', 'plus de sms svp'),
    'no json',
    '{"id":"3"}',
    line('4', 'ouais c’est fait', { locale: 'fr', channel: 'whatsapp', context: 'nurture-sms-j1-help' }),
  );
  expect(answers[0]).toEqual({ id: '1', intent: 'stop', confidence: 0.95, rule: 'refusal:stop-writing' });
  expect(answers[1]?.['error']).toMatch(/^line 2: /);
  expect(answers[2]?.['error']).toMatch(/^line 3: .*text/);
  expect(answers[3]).toMatchObject({ id: '4', intent: 'yes' });
  expect(process.exitCode).toBe(1);
});

test.each([
  ['nothing', ''],
  ['1,600 emoji', '🙂'.repeat(1_600)],
  ['Arabic', 'مرحبا كيف الحال'],
  ['zero-width signs', '\u200b\u200d\ufeff'],
])('%s is read as other', async (_, text) => {
  expect(await classified(line('1', text))).toEqual([
    {
      id: '1',
      intent: 'other',
      confidence: expect.any(Number) as number,
      rule: expect.any(String) as string,
    },
  ]);
});

test('a refusal in Arabic, and one cut by zero-width signs, are heard', async () => {
  const answers = await classified(line('1', 'توقف'), line('2', 's\u200bt\u200co\u200dp'));
  expect(answers.map(({ intent }) => intent)).toEqual(['stop', 'stop']);
});
