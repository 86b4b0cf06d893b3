import { expect, test } from 'vitest';
import { readWish } from '../../src/core/wishes.ts';

/** Tuesday 2 March 2027, 11:00 in Paris. */
const moment = { now: new Date('2027-03-02T10:00:00Z'), zone: 'Europe/Paris' };

const read = (text: string): string | null => {
  const wish = readWish(text, moment);
  if (!wish) return null;
  return 'until' in wish ? `${wish.of} ${wish.until.toISOString().slice(0, 16)}` : wish.of;
};

const nine = (date: string): string => `${date}T08:00`;

test.each([
  ['pas avant lundi', `not-before ${nine('2027-03-08')}`],
  ['Non désolé, pas avant lundi prochain svp', `not-before ${nine('2027-03-08')}`],
  ["pas aujourd'hui", `not-before ${nine('2027-03-03')}`],
  ['pas ce soir merci', `not-before ${nine('2027-03-03')}`],
  ['je peux pas cette semaine', `not-before ${nine('2027-03-08')}`],
  ['ne me relancez pas avant la semaine prochaine', `not-before ${nine('2027-03-08')}`],
  ['pas avant le 15', `not-before ${nine('2027-03-15')}`],
  ['pas avant le 1er avril', `not-before 2027-04-01T07:00`],
  ['pas avant septembre', `not-before 2027-09-01T07:00`],
  ['not today', `not-before ${nine('2027-03-03')}`],
  ['sorry, not before monday please', `not-before ${nine('2027-03-08')}`],
  ['not until next month', `not-before ${nine('2027-04-01').replace('08:00', '07:00')}`],
  ['rappelle-moi demain', `call-later ${nine('2027-03-03')}`],
  ['rappelez moi la semaine prochaine svp', `call-later ${nine('2027-03-08')}`],
  ['Écris-moi après-demain matin', `call-later ${nine('2027-03-04')}`],
  ['on en reparle dans deux semaines', `call-later ${nine('2027-03-16')}`],
  ['reviens vers moi jeudi', `call-later ${nine('2027-03-04')}`],
  ['mardi ? non rappelle-moi mardi', `call-later ${nine('2027-03-09')}`],
  ['call me back tomorrow', `call-later ${nine('2027-03-03')}`],
  ['text me in 3 days', `call-later ${nine('2027-03-05')}`],
  ['je suis en tournée, rappelle-moi lundi', `call-later ${nine('2027-03-08')}`],
  ['annule mon rdv', 'cancel'],
  ['je dois annuler notre rendez-vous de jeudi', 'cancel'],
  ['can I cancel my appointment?', 'cancel'],
  ['on peut décaler le rdv ?', 'move'],
  ['je dois reporter mon appel', 'move'],
  ['could we reschedule our call', 'move'],
])('%s', (text, wanted) => {
  expect(read(text)).toBe(wanted);
});

test.each([
  'mon album sort pas avant lundi',
  'je suis pas demain la veille de signer',
  'rappelle-moi',
  'demain',
  'pas maintenant',
  "aujourd'hui j'ai fini le mix",
  'pas avant',
  'pas avant le 31 février',
  "n'annulez pas mon rdv",
  'je ne veux pas décaler mon rdv',
  "j'ai annulé mon concert",
  'on change de tonalité',
  'stop',
  '',
])('"%s" asks for no other time', (text) => {
  expect(read(text)).toBeNull();
});

test('a wish that stands beside something else is known as such', () => {
  expect(readWish('pas avant lundi merci', moment)?.isWhole).toBe(true);
  expect(readWish('désolé, pas avant lundi', moment)?.isWhole).toBe(true);
  expect(readWish('arrêtez tout, rappelez-moi lundi', moment)?.isWhole).toBe(false);
});

test('the day is that of the contact, and half a year is the longest', () => {
  const late = new Date('2027-03-02T23:30:00Z');
  const inParis = readWish('rappelle-moi demain', { now: late, zone: 'Europe/Paris' });
  const inReunion = readWish('rappelle-moi demain', {
    now: new Date('2027-03-02T19:30:00Z'),
    zone: 'Indian/Reunion',
  });
  expect(inParis && 'until' in inParis && inParis.until.toISOString()).toBe('2027-03-04T08:00:00.000Z');
  expect(inReunion && 'until' in inReunion && inReunion.until.toISOString()).toBe('2027-03-03T05:00:00.000Z');
  const far = readWish('pas avant le 1 mars', moment);
  expect(far && 'until' in far && far.until.toISOString()).toBe('2027-09-01T07:00:00.000Z');
});

test('no text takes long to read', () => {
  const hostile = [
    'pas avant '.repeat(10_000),
    'le 12 '.repeat(20_000),
    'rappelle moi '.repeat(10_000),
    'a'.repeat(100_000),
  ];
  for (const text of hostile) expect(readWish(text, moment)).toBeNull();
});
