import { describe, expect, test } from 'vitest';
import { contradictions, ownersOf } from '../../src/cli/keyword-owners.ts';
import { keywordEvidence } from '../../src/store/keyword-evidence.ts';
import { readFlowFiles } from '../../src/store/flow-files.ts';
import { aText, createBuilders } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const { keywords, flows } = readFlowFiles('flows', 'locales');
if (!keywords.value) throw new Error('flows/keywords.yaml cannot be read');
const words = keywords.value;

describe('who owns each reserved word', () => {
  test('is said for every word and every sender, with the questions that hear it first', () => {
    const lines = ownersOf(
      words,
      flows.flatMap(({ flow }) => flow ?? []),
    );
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^STOP .*sms: the carrier, and marks it.* · whatsapp: we withdraw consent/u);
    expect(lines.find((line) => line.startsWith('HELP/AIDE'))).toContain('nurturing/dashboard');
  });

  test('is proved by what came in: a carrier that marks what we said we answer, and one that does not', async () => {
    const { aContact, anArrival } = createBuilders(db.store);
    const { contact } = await aContact();
    const whatsapp = { channel: 'whatsapp', optOutType: 'STOP' } as const;
    await anArrival(contact.id, { ...aText('STOP', whatsapp) });
    await anArrival(contact.id, { ...aText(' stop ') });
    const evidence = await keywordEvidence(db.store);
    expect(evidence).toEqual([
      { channel: 'sms', marked: 0, unmarkedStops: 1, refused: 0 },
      { channel: 'whatsapp', marked: 1, unmarkedStops: 0, refused: 0 },
    ]);
    expect(contradictions(words, evidence)).toEqual([
      'flows/keywords.yaml says sms: { optOut: advanced }, but 1 STOP came without OptOutType: write optOut: none, or default where the carrier answers unmarked',
      'flows/keywords.yaml says whatsapp: { optOut: none }, but the carrier marked 1 answers with OptOutType: write optOut: advanced',
    ]);
  });
});
