import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportOptions } from '../../src/pipeline/import-work.ts';
import { importContacts } from '../../src/pipeline/import.ts';
import { undoImport } from '../../src/pipeline/undo-import.ts';
import { readText } from '../../src/pipeline/read-text.ts';
import { exportContacts } from '../../src/reports/export.ts';
import type { Store } from '../../src/store/connect.ts';
import { TestClock } from '../support/clock.ts';
import { createBuilders, someConsent, monday } from '../support/build.ts';
import { toDoc } from '../../src/store/collection.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const other = useStore();
const defaults = { country: 'FR', zone: 'Europe/Paris', locale: 'fr' } as const;
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mona-import-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let count = 0;
async function bring(
  content: string | Buffer,
  over: Partial<ImportOptions> = {},
  store: Store = house.store,
) {
  count += 1;
  const file = join(dir, `${String(count)}.csv`);
  await writeFile(file, content);
  const refused: [number, string][] = [];
  const { text, encoding } = await readText(file);
  const id = `import-${String(count)}`;
  const counts = await importContacts(
    { store, clock: new TestClock('2026-11-20T10:00:00Z'), defaults },
    { id, file, by: 'test', text, onRefused: (line, reason) => refused.push([line, reason]), ...over },
  );
  return { id, counts, refused, encoding };
}

const exported = async (store: Store = house.store): Promise<string> => {
  let text = '';
  for await (const part of exportContacts(store)) text += part;
  return text;
};

const contactBy = async (address: string, store: Store = house.store) => {
  const found = await store.addresses.findOne({ _id: address });
  return found && store.contacts.findOne({ _id: found.contactId });
};

describe('a file of contacts', () => {
  test('as Excel writes it in France: Latin-1, semicolons, broken rows named by line and reason', async () => {
    const rows = [
      'Prénom;E-mail;Téléphone;Ville;consent.sms',
      'Zoé;zoe@example.org;06 39 98 10 01;Besançon;oui',
      'Cassé;"sans fin;;;',
      'Trop;court',
      'Noé;pas-un-mail;;;',
      'Zoé bis;zoe@example.org;;;',
      'Chloé;chloe@example.org;;"Aix;en-Provence";non',
    ];
    const { counts, refused, encoding } = await bring(Buffer.from(rows.join('\r\n'), 'latin1'));
    expect(encoding).toBe('windows-1252');
    expect(counts).toEqual({ rows: 6, created: 2, changed: 0, unchanged: 0, refused: 4, consentsKept: 1 });
    expect(refused.sort(([one], [two]) => one - two)).toEqual([
      [3, 'quote_not_closed'],
      [4, 'wrong_number_of_cells'],
      [5, 'bad_email'],
      [6, 'duplicate_in_file'],
    ]);
    const zoe = await contactBy('sms:+33639981001');
    expect([zoe?.firstName, zoe?.traits['city'], zoe?.zone]).toEqual(['Zoé', 'Besançon', 'Europe/Paris']);
    expect(await house.store.consents.countDocuments({ contactId: zoe?._id ?? '' })).toBe(0);
    const chloe = await contactBy('email:chloe@example.org');
    expect(chloe?.traits['city']).toBe('Aix;en-Provence');
    expect(await house.store.consents.findOne({ contactId: chloe?._id ?? '' })).toMatchObject({
      action: 'withdrawn',
    });
  });

  test('with a byte order mark; in a dry run nothing is written and the same is said', async () => {
    const text = '\uFEFFuserId,firstName,email\nu-1,Ada,ada@example.org\nu-2,Bob,bob@example.org\nu-1,Ada,\n';
    const dry = await bring(text, { isDry: true });
    expect(dry.counts).toMatchObject({ rows: 3, created: 2, refused: 1 });
    expect(await house.store.contacts.findOne({ userId: 'u-1' })).toBeNull();
    expect(await house.store.imports.findOne({ _id: dry.id })).toBeNull();
    expect((await bring(text)).counts).toEqual(dry.counts);
    expect((await house.store.contacts.findOne({ userId: 'u-1' }))?.firstName).toBe('Ada');
  });

  test('twice changes nothing; a changed cell changes that, an empty one nothing; undo restores (§19.20)', async () => {
    await bring('userId,firstName,traits.goal,phone\nt-1,Tom,single,0639982001\nt-2,Tim,album,\n');
    const before = await exported();
    expect(
      (await bring('userId,firstName,traits.goal,phone\nt-1,Tom,single,0639982001\nt-2,Tim,album,\n')).counts,
    ).toMatchObject({
      created: 0,
      changed: 0,
      unchanged: 2,
    });
    expect(await exported()).toBe(before);
    const { id, counts } = await bring(
      'userId,firstName,traits.goal,email\nt-1,,tour,\nt-2,Tim,album,tim@example.org\nt-3,New,x,\n',
    );
    expect(counts).toMatchObject({ created: 1, changed: 2 });
    const tom = await house.store.contacts.findOne({ userId: 't-1' });
    expect([tom?.firstName, tom?.traits['goal']]).toEqual(['Tom', 'tour']);
    expect(await undoImport(house.store, id)).toEqual({ removed: 1, restored: 2, kept: 0 });
    expect(await exported()).toBe(before);
  });

  test('makes no consent better without proof, and a stricter one at once, with the thread beside it (§19.20)', async () => {
    const { contact, addresses } = await createBuilders(house.store).aContact({
      consent: ['email'],
      reach: { sms: '+33639983001', email: 'eva@example.org' },
    });
    await house.store.consents.insertOne({
      ...toDoc(someConsent(contact.id, { channel: 'sms', action: 'withdrawn', at: monday })),
      order: 1,
    });
    const rev = async () => (await house.store.threads.findOne({ _id: contact.id }))?.rev;
    const was = await rev();
    const { counts } = await bring(
      'phone,consent.sms,consent.sms.evidence,consent.email\n0639983001,granted,,objected\n',
    );
    expect(counts).toMatchObject({ changed: 1, consentsKept: 1 });
    const said = await house.store.consents.find({ contactId: contact.id }).sort({ at: 1 }).toArray();
    expect(said.at(-1)).toMatchObject({ channel: 'email', action: 'objected', source: 'import' });
    expect(said.filter(({ channel, action }) => channel === 'sms' && action === 'granted')).toEqual([]);
    expect(await rev()).toBe((was ?? 0) + 1);
    expect(addresses).toHaveLength(2);
    const proven = '2026-06-01T00:00:00Z';
    await bring(
      `phone,consent.sms,consent.sms.at,consent.sms.evidence\n0639983001,granted,${proven},formulaire du 1er juin\n`,
    );
    const last = await house.store.consents
      .find({ contactId: contact.id, channel: 'sms' })
      .sort({ at: 1 })
      .toArray();
    expect(last.at(-1)).toMatchObject({ action: 'granted', evidence: { text: 'formulaire du 1er juin' } });
  });

  test('that stopped half-way goes on where it stood, and nobody comes twice', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `r-${String(n)},Name ${String(n)}`).join('\n');
    const content = `userId,firstName\n${rows}\n`;
    async function* torn(): AsyncGenerator<string> {
      yield content.slice(0, 60_000);
      await Promise.resolve();
      throw new Error('the disk was pulled');
    }
    await expect(bring(content, { id: 'resumed', text: torn() })).rejects.toThrow('pulled');
    // What was written after the last note of it is met again.
    await house.store.imports.updateOne({ _id: 'resumed' }, { $set: { offset: 0, counts: {} } });
    const { counts } = await bring(content, { id: 'resumed' });
    expect(counts).toMatchObject({ rows: 5_000, created: 5_000, refused: 0 });
    expect(await house.store.contacts.countDocuments({ userId: /^r-/ })).toBe(5_000);
  });

  test('that stopped between a person and what was said of them makes them whole, and makes nobody better', async () => {
    const rows = Array.from(
      { length: 300 },
      (_, n) => `w-${String(n)},w${String(n)}@example.org,${n % 2 ? 'non' : 'oui'},,2026-06-01`,
    );
    const content = `userId,email,consent.email,consent.email.evidence,consent.email.at\n${rows.join('\n')}\n`;
    await bring(content, { id: 'whole' });
    const mine = { importId: 'whole' };
    const ids = (await house.store.contacts.find(mine).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const state = async () => ({
      addresses: await house.store.addresses.countDocuments({ contactId: { $in: ids } }),
      withdrawn: await house.store.consents.countDocuments({ contactId: { $in: ids }, action: 'withdrawn' }),
      granted: await house.store.consents.countDocuments({ contactId: { $in: ids }, action: 'granted' }),
    });
    const before = await state();
    expect(before).toEqual({ addresses: 300, withdrawn: 150, granted: 0 });
    // The process died with these written, and their addresses and consents not.
    const half = ids.slice(100, 200);
    await house.store.addresses.deleteMany({ contactId: { $in: half } });
    await house.store.consents.deleteMany({ contactId: { $in: half } });
    await house.store.imports.updateOne(
      { _id: 'whole' },
      { $set: { offset: 50, counts: {}, state: 'open' } },
    );
    expect((await bring(content, { id: 'whole' })).counts).toMatchObject({ created: 250, refused: 0 });
    expect(await state()).toEqual(before);
    // A person's number in the file is their place among the new ones.
    expect(await house.store.contacts.countDocuments(mine)).toBe(300);
    const named = await house.store.contacts.find(mine).sort({ _id: 1 }).toArray();
    expect(named.map(({ userId }) => userId)).toEqual(rows.map((row) => row.split(',')[0]));
  });

  test('exported, imported elsewhere and exported again is the same to the byte (§19.20)', async () => {
    const first = await exported();
    const { counts } = await bring(first, {}, other.store);
    expect(counts.refused).toBe(0);
    expect(await exported(other.store)).toBe(first);
  });
});
