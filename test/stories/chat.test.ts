import { describe, expect, test } from 'vitest';
import { readCast, readLibrary } from '../../src/cli/rehearsal-files.ts';
import type { Address } from '../../src/core/contact.ts';
import { createUnderstand, type Understand } from '../../src/core/intent.ts';
import type { Flow } from '../../src/core/flow/definition.ts';
import type { Library } from '../../src/core/library.ts';
import type { Cast, Stage } from '../../src/core/rehearse.ts';
import { readFlowFiles } from '../../src/store/flow-files.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';
import { Coverage, coveredOf, tableOf, textsOf } from './coverage.ts';
import { faults, strike, type Fault } from './faults.ts';
import { failureOf, tell, type Told } from './play-story.ts';
import { cellsOf, clockOf, hoursOf, readStories, type Cell, type Story, type Written } from './story.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const read = readLibrary(folders);
const { words: locales } = readFlowFiles(folders.flowsDir, folders.localesDir);
const coverage = new Coverage();
const probed = read.published.map((flow) => coverage.probe(flow));

/** The published flows, each noting the ways that are taken; late taps as the story has them. */
function libraryOf({ flow: id, given }: Story): Library {
  const own = read.published.find((flow) => flow.id === id);
  const published = own && Object.keys(given.stale).length > 0 ? [...probed.filter((flow) => flow.id !== id), coverage.probe(withStale(own, given.stale))] : probed;
  return { ...read, published, flow: (name, version) => published.find((flow) => flow.id === name && flow.version === version) ?? null };
}

function withStale(flow: Flow, stale: Story['given']['stale']): Flow {
  const nodes = Object.values(flow.nodes).map((node) => (node.kind === 'ask' ? { ...node, stale: stale[node.id] ?? node.stale } : node));
  return { ...flow, nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) };
}

const understand = createUnderstand(readIntentLists(folders.localesDir));
const stories = readStories('test/stories');

const hearing =
  (heard: Story['given']['heard']): Understand =>
  (text, context) => {
    const told = heard[text];
    return told ? { ...told, rule: 'told', runnerUp: null, tags: [] } : understand(text, context);
  };

/** The contact of a cell: its language and register, and one chat channel of the two. */
function castOf(story: Story, { locale, channel }: Cell): Cast {
  const { given } = story;
  const at = clockOf(given.clock);
  const names = Object.fromEntries(Object.keys(given.duty).map((key) => [key, key.slice(0, 1).toUpperCase() + key.slice(1)]));
  const { cast } = readCast({ ...folders, persona: given.contact, at, hours: hoursOf(given.duty), coaches: { sam: 'Sam', ...names }, library: libraryOf(story), understand: hearing(given.heard) });
  const gone = new Set<string>([...['sms', 'whatsapp'].filter((other) => other !== channel && !given.keeps.includes(other)), ...given.without]);
  const push: readonly Address[] = given.push ? [{ id: 'push', contactId: cast.contact.id, channel: 'push', value: 'https://push.example/1', softFails: 0 }] : [];
  return {
    ...cast,
    consents: given.push ? { ...cast.consents, 'push:push': 'granted' } : cast.consents,
    contact: {
      ...cast.contact,
      locale: locale === 'en' ? 'en' : 'fr',
      register: locale === 'en' ? null : locale === 'fr+vous' ? 'vous' : 'tu',
      ...given.set,
    },
    addresses: [...cast.addresses.filter((address) => !gone.has(address.channel)), ...push],
  };
}

/** Plays a story and fails with what differs. */
function play(written: Written, cell: Cell, fault?: Fault): void {
  const { story } = written;
  let stage: Stage | null = null;
  const told: readonly Told[] = tell(written, cell, castOf(story, cell), clockOf(story.given.clock), (opened) => {
    stage = opened;
    coverage.watch(opened, read.published);
    if (fault) strike(opened, fault);
  });
  if (stage) coverage.notice(stage);
  if (told.some(({ isTrue }) => !isTrue)) expect.fail(failureOf(told, written, cell));
}

describe.each(stories)('$name', (written) => {
  test.each([...cellsOf(written.story)])('$locale by $channel', (cell) => {
    play(written, cell);
  });
});

describe.each(stories.filter(({ story }) => story.faults === 'all'))('$name, and nobody sees', (written) => {
  test.each(faults)('%s', (fault) => {
    for (const cell of cellsOf(written.story)) play(written, cell, fault);
  });
});

/** Texts no answer of the bot consists of: parts of others, what a coach sends by hand. */
const elsewhere: readonly string[] = ['assistant', 'coach-prefix', 'mail-footer', 'desk-', 'snooze-promise'].map((key) => `common:${key}`);

/** The names under which R1–R13 are kept (conversation.md §1). */
const rules = ['carrier', 'stop', 'start', 'auto', 'held', 'escalate', 'tap', 'quote', 'question', 'late', 'keyword', 'vip', 'catch-all'];

describe('what the stories have been through', () => {
  const rows = () => read.published.map((flow) => coveredOf(flow, coverage));

  test('is this much', () => {
    process.stdout.write(`\n${tableOf(rows())}\n`);
  });

  test.each(read.published.map(({ id }) => id))('every node and exit of %s', (id) => {
    const { missing } = rows().find(({ flow }) => flow === id) ?? { missing: [] };
    expect(missing, `no story of ${id} takes these ways: add them to test/stories/${id}*.chat.yaml`).toEqual([]);
  });

  test.each([...read.published.map(({ id }) => id), 'common'])('every text of %s, in each language and register, on each channel', (id) => {
    const untold = textsOf(id, locales).filter((text) => !coverage.said.has(text) && !elsewhere.some((key) => text.startsWith(key)));
    expect(untold, 'no story says these texts').toEqual([]);
  });

  test('every rule by which a message is heard, R1–R13', () => {
    expect(rules.filter((rule) => !coverage.rules.has(rule))).toEqual([]);
  });

  test('every reason to call a person, E1–E8', () => {
    const reasons = ['danger', 'refund', 'complaint', 'human', 'help-j1', 'vip', 'loop', 'send_failed'];
    expect(reasons.filter((reason) => !coverage.reasons.has(reason))).toEqual([]);
  });

  test('everything that may become of a late tap', () => {
    expect([...coverage.late].sort()).toEqual(['amended', 'answered_late', 'explained', 'reopened', 'repeated']);
  });
});
