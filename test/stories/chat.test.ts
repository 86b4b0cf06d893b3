import { describe, expect, test } from 'vitest';
import { readCast, readLibrary } from '../../src/cli/rehearsal-files.ts';
import { createUnderstand } from '../../src/core/intent.ts';
import type { Cast } from '../../src/core/rehearse.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';
import { sideBySide, tell } from './play-story.ts';
import { cellsOf, clockOf, hoursOf, readStories, type Cell, type Story } from './story.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const library = readLibrary(folders);
const understand = createUnderstand(readIntentLists(folders.localesDir));
const stories = readStories('test/stories');

/** The contact of a cell: its language and register, and one chat channel of the two. */
function castOf({ given }: Story, { locale, channel }: Cell): Cast {
  const at = clockOf(given.clock);
  const names = Object.fromEntries(Object.keys(given.duty).map((key) => [key, key.slice(0, 1).toUpperCase() + key.slice(1)]));
  const { cast } = readCast({ ...folders, persona: given.contact, at, hours: hoursOf(given.duty), coaches: { sam: 'Sam', ...names }, library, understand });
  const other = channel === 'sms' ? 'whatsapp' : 'sms';
  const gone = new Set<string>([other, ...given.without]);
  return {
    ...cast,
    contact: {
      ...cast.contact,
      locale: locale === 'en' ? 'en' : 'fr',
      register: locale === 'en' ? null : locale === 'fr+vous' ? 'vous' : 'tu',
      ...given.set,
    },
    addresses: cast.addresses.filter((address) => !gone.has(address.channel)),
  };
}

describe.each(stories)('$name', ({ story }) => {
  test.each([...cellsOf(story)])('$locale by $channel', (cell) => {
    const told = tell(story, cell, castOf(story, cell), clockOf(story.given.clock));
    const wrong = told.filter(({ isTrue }) => !isTrue);
    expect(wrong.length === 0, sideBySide(told)).toBe(true);
  });
});
