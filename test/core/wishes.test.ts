import { describe, expect, test } from 'vitest';
import { readCast, readLibrary } from '../../src/cli/rehearsal-files.ts';
import { limitsOf } from '../../src/core/guard/cap.ts';
import { createUnderstand } from '../../src/core/intent.ts';
import { rehearse } from '../../src/core/rehearse.ts';
import { silencedUntil, silenceKey, silenceOf } from '../../src/core/silence.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const library = readLibrary(folders);
const understand = createUnderstand(readIntentLists(folders.localesDir));
const at = new Date('2027-03-02T10:00:00Z');

describe('"moins de messages"', () => {
  const { cast } = readCast({ ...folders, persona: 'lea', at, library, understand });
  const stage = rehearse(cast, at, [
    { do: 'hear', bubbles: [{ text: 'moins de messages svp' }], channel: 'sms' },
  ]);

  test('halves what may be sent in a week, from now on', () => {
    const { policy } = library;
    const before = limitsOf({ contact: cast.contact, policy });
    const after = limitsOf({ contact: stage.contact, policy });
    expect([before.byChannel.email?.week, after.byChannel.email?.week]).toEqual([4, 2]);
    expect([before.together.week, after.together.week]).toEqual([5, 2]);
  });

  test('a coach is told, and the answer says so', () => {
    const tells = stage.lines.flatMap((line) => (line.kind === 'tell' ? [line.tell.why] : []));
    expect(tells).toContain('fewer_messages');
    const said = stage.lines.flatMap((line) => (line.kind === 'out' ? [line.row.body.text] : []));
    expect(said[0]).toContain("nous t'écrirons moins souvent");
  });
});

describe('a promise of silence', () => {
  const row = { contactId: 'camille', guard: { silenceMs: 86_400_000 } } as Parameters<typeof silenceOf>[0];

  test('begins when the message has left, and ends by itself (§19.8)', () => {
    const promise = silenceOf(row, at);
    expect(promise).toMatchObject({ key: silenceKey, kind: 'promise', contactId: 'camille' });
    const offers = promise ? [promise] : [];
    expect(silencedUntil(offers, at)).toEqual(new Date('2027-03-03T10:00:00Z'));
    expect(silencedUntil(offers, new Date('2027-03-03T10:00:00Z'))).toBeNull();
  });

  test('a message without one promises nothing', () => {
    expect(silenceOf({ ...row, guard: { ...row.guard, silenceMs: null } }, at)).toBeNull();
  });
});
