import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dryRun } from '../../src/cli/flows-dry-run.ts';
import { readFlowFiles, type FlowFiles } from '../../src/store/flow-files.ts';
import { publish, PublishRefused } from '../../src/store/publish.ts';
import { aText, createBuilders, monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const root = join(import.meta.dirname, '../..');
const db = useStore();
let dir = '';

const read = (): FlowFiles => readFlowFiles(join(dir, 'flows'), join(dir, 'locales'));
const tried = (): Promise<string> => dryRun(db.store, read(), 'http://localhost:3000', join(root, 'locales'));

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(join(dir, file), 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  await writeFile(join(dir, file), after);
}

/** Two flows of the house and what they lean on, to edit. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mona-dry-'));
  for (const folder of ['flows', 'locales/fr', 'locales/en'])
    await mkdir(join(dir, folder), { recursive: true });
  const flows = ['keywords', 'policy', 'segments', 'nurturing', 'reception', 'vip'].map(
    (name) => `flows/${name}.yaml`,
  );
  const words = ['fr', 'en'].flatMap((locale) =>
    ['common', 'nurturing', 'vip'].map((name) => `locales/${locale}/${name}.yaml`),
  );
  for (const file of [...flows, ...words]) await copyFile(join(root, file), join(dir, file));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const tuesday = new Date('2026-03-03T11:41:00Z');
const mona = { score: 67, start: 52, at: monday };

describe('a publish that is tried first', () => {
  test('says nothing of what is the same', async () => {
    expect(read().mistakes).toEqual([]);
    expect(await tried()).toContain('Nothing is published yet');
    await publish(db.store, read(), 'nina', monday);
    expect(await tried()).toBe('Nothing changed.');
  });

  test('plays the last threads again and prints the answers that would differ, before and after', async () => {
    const { aContact, anArrival } = createBuilders(db.store);
    const last = { at: tuesday, direction: 'in', channel: 'sms', text: 'oui', seq: 2 } as never;
    const reach = { sms: '+33639980001', email: 'lea@example.org' };
    const { contact } = await aContact({
      plan: 290,
      mona,
      traits: { dashboard: { url: 'https://app.example.org' } },
      reach,
      consent: ['sms', 'email'],
      thread: { last },
    });
    const event = {
      id: 'm1',
      name: 'Subscription Started',
      properties: { plan: 290, subscriptionId: 's1' },
      occurredAt: monday,
    };
    await anArrival(contact.id, { id: 'event:m1', kind: 'event', receivedAt: monday, event } as never);
    await anArrival(contact.id, { ...aText('oui', { at: tuesday }) });

    await edit(
      'locales/fr/nurturing.yaml',
      /(j1-bravo:\n\s+sms:[^\n]*\n\s+text: )[^\n]+/u,
      '$1Extra {{prenom}}, c’est parti !',
    );
    const output = await tried();
    expect(output).toContain('Would publish nurturing@2');
    expect(output).toContain(`thread ${contact.id}`);
    expect(output).toMatch(
      /< oui\n\s+- sms nurturing:j1-bravo: .+\n\s+\+ sms nurturing:j1-bravo: Extra Léa, c’est parti !/u,
    );
    expect(output).toContain('1 thread played again: 1 answer would differ.');
    expect(await db.store.flowVersions.countDocuments({ name: 'nurturing' })).toBe(1);
  });

  test('refuses to leave anyone waiting at a question that is gone, and says how many', async () => {
    const { aContact, aRun } = createBuilders(db.store);
    const { contact } = await aContact();
    const talk = { node: 'dashboard', waitId: 'w1' } as never;
    const run = await aRun(contact.id, {
      flow: 'nurturing',
      version: 1,
      talk,
      wakeAt: new Date('2026-03-09T08:30:00Z'),
    });
    await edit('flows/nurturing.yaml', '  dashboard: #', '  board: #');
    await edit('flows/nurturing.yaml', 'open: dashboard', 'open: board');
    await expect(tried()).rejects.toThrow(
      /L17 1 person waits at "dashboard", which is gone — add migrate: \{ from: "<2"/u,
    );
    await expect(publish(db.store, read(), 'nina', tuesday)).rejects.toThrow(PublishRefused);
    expect((await db.store.flows.findOne({ _id: 'nurturing' }))?.version).toBe(1);

    await edit(
      'flows/nurturing.yaml',
      'nodes:\n',
      'migrate: { from: "<2", nodes: { dashboard: board } }\nnodes:\n',
    );
    expect(await publish(db.store, read(), 'nina', tuesday)).toEqual({ published: ['nurturing@2'] });
    const woken = await db.store.runs.findOne({ _id: run.id });
    expect(woken?.wakeAt).toEqual(new Date(tuesday.getTime() + 15_000));
  });
});
