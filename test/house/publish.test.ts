import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readFlowFiles, type FlowFiles } from '../../src/store/flow-files.ts';
import { loadLibrary } from '../../src/store/library.ts';
import { publish } from '../../src/store/publish.ts';
import { monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const root = join(import.meta.dirname, '../..');
const db = useStore();
let dir = '';

/** Two files of the house, and words of our own to change. */
async function write(hello: string): Promise<FlowFiles> {
  await writeFile(join(dir, 'locales/fr/common.yaml'), `hello: ${hello}\nhello_vous: ${hello} à vous\n`);
  await writeFile(join(dir, 'locales/en/common.yaml'), 'hello: Hi\n');
  return readFlowFiles(join(dir, 'flows'), join(dir, 'locales'));
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mona-flows-'));
  for (const folder of ['flows', 'locales/fr', 'locales/en'])
    await mkdir(join(dir, folder), { recursive: true });
  for (const name of ['keywords', 'policy', 'segments'])
    await copyFile(join(root, `flows/${name}.yaml`), join(dir, `flows/${name}.yaml`));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('publishing', () => {
  test('before anything is published there is no library', async () => {
    await expect(loadLibrary(db.store)).rejects.toThrow(/not published|Nothing is published/);
  });

  test('twice, even at once, is one version; a changed word is the next', async () => {
    const { store } = db;
    const files = await write('Salut');
    expect(files.mistakes).toEqual([]);
    const other = await db.another();
    const both = await Promise.all([
      publish(store, files, 'nina', monday),
      publish(other, files, 'sam', monday),
    ]);
    expect(both.flatMap(({ published }) => published).sort()).toEqual([
      'common@1',
      'keywords@1',
      'policy@1',
      'segments@1',
    ]);
    expect(await publish(store, files, 'nina', monday)).toEqual({ published: [] });

    const library = await loadLibrary(store);
    const first = library.wordsOf('common');
    expect(library.words(first).raw('common', 'hello', 'fr', 'tu')).toBe('Salut');
    expect(await library.refresh()).toBe(false);

    expect(await publish(store, await write('Coucou'), 'nina', monday)).toEqual({ published: ['common@2'] });
    expect(await library.refresh()).toBe(true);
    const second = library.wordsOf('common');
    expect(second).not.toBe(first);
    expect(library.words(second).raw('common', 'hello', 'fr', 'vous')).toBe('Coucou à vous');
    expect(library.words(first).raw('common', 'hello', 'fr', 'tu')).toBe('Salut');
    expect(library.keywords.words.stop.do).toBe('opt-out');
    expect(await store.flowVersions.countDocuments({ name: 'common' })).toBe(2);
  });

  test('keeps a sequence paused, and the version a run began on (§19.15)', async () => {
    const { store } = db;
    const flow = { id: 'hello', kind: 'talk', steps: [], nodes: {}, class: 'service' };
    const withFlow = (source: string): FlowFiles =>
      ({
        keywords: other('keywords'),
        policy: other('policy'),
        segments: other('segments'),
        words: { fr: { hello: { a: source } } },
        mistakes: [],
        flows: [{ id: 'hello', source, flow, mistakes: [] }],
      }) as unknown as FlowFiles;
    const other = (name: string) => ({ source: name, value: { name } });
    await publish(store, withFlow('one'), 'nina', monday);
    await store.flows.updateOne({ _id: 'hello' }, { $set: { pausedAt: monday } });
    await publish(store, withFlow('two'), 'nina', monday);
    const library = await loadLibrary(store);
    expect(library.published.map(({ id, version }) => [id, version])).toEqual([['hello', 2]]);
    expect(library.flow('hello', 1)).toMatchObject({ id: 'hello', version: 1 });
    expect(library.flow('hello', 3)).toBeNull();
    expect((await store.flows.findOne({ _id: 'hello' }))?.pausedAt).toEqual(monday);
  });

  test('refuses a sentence that leans on a fact which nothing binds, and says which', async () => {
    const broken = await readFile(join(root, 'test/core/flow/broken/L27-unbound.yaml'), 'utf8');
    const [flow = '', words = ''] = broken.split('\n---\n');
    const { fr, en } = (parse(words) as { words: Record<string, { broken: unknown }> }).words;
    await writeFile(join(dir, 'flows/broken.yaml'), flow);
    await writeFile(join(dir, 'locales/fr/broken.yaml'), stringify(fr?.broken));
    await writeFile(join(dir, 'locales/en/broken.yaml'), stringify(en?.broken));
    const files = await write('Salut');
    await Promise.all(
      ['flows', 'locales/fr', 'locales/en'].map((folder) => rm(join(dir, folder, 'broken.yaml'))),
    );
    expect(files.mistakes).toContainEqual(
      expect.objectContaining({
        rule: 'L27',
        message: expect.stringContaining('testimonial.lea.name') as string,
        fix: expect.stringContaining('claims: [testimonial.lea]') as string,
      }),
    );
    const before = await db.store.flowVersions.countDocuments();
    await expect(publish(db.store, files, 'nina', monday)).rejects.toThrow(/mona flows lint/);
    expect(await db.store.flowVersions.countDocuments()).toBe(before);
  });

  test('refuses files with mistakes', async () => {
    const files = await write('Salut');
    const wrong = {
      ...files,
      mistakes: [{ file: 'x', line: 1, column: 1, rule: 'L01', message: 'm', fix: 'f' }],
    } as FlowFiles;
    await expect(publish(db.store, wrong, 'nina', monday)).rejects.toThrow(/mona flows lint/);
  });
});
