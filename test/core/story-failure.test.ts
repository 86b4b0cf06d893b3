import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCast } from '../../src/cli/rehearsal-files.ts';
import { failureOf, tell } from '../stories/play-story.ts';
import { clockOf, readStory, type Cell, type Written } from '../stories/story.ts';
import { wordsApart } from '../stories/words-apart.ts';

const cell: Cell = { locale: 'fr', channel: 'sms' };
const at = 'test/stories/jo.chat.yaml';

const written = (chat: string): Written => {
  const [story] = readStory(
    at,
    `flow: nurturing\nwhat: HELP at J1\ngiven: { clock: 2026-03-02 18:04 Europe/Paris, contact: lea }\nchat:\n${chat}`,
  );
  if (!story) throw new Error('no story');
  return story;
};

const locales = mkdtempSync(join(tmpdir(), 'mona-words-'));
beforeAll(() => {
  cpSync('locales', locales, { recursive: true });
  const file = join(locales, 'fr/nurturing.yaml');
  const words = readFileSync(file, 'utf8');
  writeFileSync(file, words.replaceAll('As-tu pu te connecter', 'As-tu réussi à te connecter'));
});
afterAll(() => {
  rmSync(locales, { recursive: true, force: true });
});

/** What the story prints where its words were changed under it; null where it is still true. */
function failure(story: Written): string | null {
  const { cast } = readCast({
    flowsDir: 'flows',
    localesDir: locales,
    persona: 'lea',
    at: clockOf(story.story.given.clock),
  });
  const phone = {
    ...cast,
    addresses: cast.addresses.filter(({ channel }) => channel !== 'whatsapp'),
  };
  const told = tell(story, cell, phone, clockOf(story.story.given.clock));
  return told.every(({ isTrue }) => isTrue) ? null : failureOf(told, story, cell);
}

describe('a story that is no longer true', () => {
  test('names the story, the line, and the words that changed, then shows the whole chat', () => {
    const said = failure(
      written(`  - event: [Subscription Started, { plan: 290, subscriptionId: s1 }]
  - bot: j0-email
  - at: J1 12:30
  - bot: [j1-sms, { says: "Salut Léa ! 👋\\nAs-tu pu te connecter à ton dashboard MONA ?\\nSi tu galères, réponds \\"HELP\\" et je t'aide en 2 min 😉\\nNina" }]
`),
    );
    expect(said?.split('\n').slice(0, 7)).toEqual([
      '',
      'jo: HELP at J1 (fr by sms)',
      '',
      expect.stringMatching(/^ {2}test\/stories\/jo\.chat\.yaml:8 {2}bot:/u),
      '    wanted  Salut Léa ! 👋 ↵ As-tu [pu] te connecter à ton dashboard MONA ? ↵ Si…',
      '    said    Salut Léa ! 👋 ↵ As-tu [réussi à] te connecter à ton dashboard MONA ? ↵ Si…',
      '',
    ]);
    expect(said).toContain('✗ bot:[j1-sms');
    expect(said).toContain('written');
  });

  test('says which key was wanted and which was said', () => {
    const said = failure(
      written(`  - event: [Subscription Started, { plan: 290, subscriptionId: s1 }]
  - bot: j0-email
  - at: J1 12:30
  - bot: j15-sms
`),
    );
    expect(said).toContain(`${at}:8  bot:j15-sms\n    wanted  j15-sms\n    said    j1-sms by sms: Salut Léa`);
  });

  test('says that nothing was said, and what was said that nobody expected', () => {
    const said = failure(
      written(`  - event: [Subscription Started, { plan: 290, subscriptionId: s1 }]
  - me: aide
  - bot: common:help
  - bot: common:glad
`),
    );
    expect(said).toContain(`${at}:6  (nothing before me:aide)\n    happened  bot email j0-email`);
    expect(said).toContain(`${at}:8  bot:common:glad\n    happened  (silence)`);
  });

  test('a file that is no story is refused with its line', () => {
    expect(() => written('  - bote: j1-sms\n')).toThrow(/jo\.chat\.yaml:5: /u);
  });
});

test('two texts are shown with what only one of them says in brackets', () => {
  expect(wordsApart('one two three', 'one two three')).toBeNull();
  expect(wordsApart('one two three', 'one three')).toEqual({ wanted: 'one [two] three', said: 'one three' });
  expect(wordsApart('à bientôt', 'à demain !')).toEqual({ wanted: 'à [bientôt]', said: 'à [demain !]' });
});
