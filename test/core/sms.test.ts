import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { describe, expect, test } from 'vitest';
import { countSegments, foldToGsm } from '../../src/core/sms.ts';

describe('countSegments (facts/twilio-and-whatsapp.md §11)', () => {
  test.each([
    ['161 a', 'a'.repeat(161), 2],
    ['307 a', 'a'.repeat(307), 3],
    ['71 ê', 'ê'.repeat(71), 2],
    ['€ never split', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 3],
    ['an emoji never split', `${'ê'.repeat(66)}😉${'ê'.repeat(66)}`, 3],
    ['36 emoji', '😀'.repeat(36), 2],
    ['nothing', '', 1],
  ])('%s', (_, text, segments) => {
    expect(countSegments(text).segments).toBe(segments);
  });

  test('a decomposed é costs no more than é', () => {
    expect(countSegments('e\u0301')).toMatchObject({ encoding: 'gsm', segments: 1 });
  });

  test('counts as the calculator does, whatever stands beside what', () => {
    const pieces = fc.constantFrom(...'aé€^@ \nê’«œ👋😉❤🚀→12€', '❤️', '👏🏽', '🇫🇷', '👨‍👩‍👧', 'e\u0301', '\r\n');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 400 }), (parts) => {
        const text = parts.join('').normalize('NFC');
        const message = new SegmentedMessage(text);
        expect(countSegments(text)).toEqual({
          segments: Math.max(1, message.segmentsCount),
          encoding: message.encodingName === 'GSM-7' ? 'gsm' : 'ucs2',
          units: message.numberOfCharacters,
          costly: [...new Set(message.getNonGsmCharacters())],
        });
      }),
    );
    const lonely = fc.constantFrom(...'aé€^@ \nê’«œ👋😉🚀→12');
    fc.assert(
      fc.property(fc.array(lonely, { maxLength: 400 }), (parts) => {
        const text = parts.join('');
        const { segments, units } = countSegments(text);
        const message = new SegmentedMessage(text);
        expect({ segments, units }).toEqual({
          segments: Math.max(1, message.segmentsCount),
          units: message.numberOfCharacters,
        });
      }),
    );
  });

  test('names what makes a text cost double', () => {
    expect(countSegments('Ça y est, ça va être la fête 👋').costly).toEqual(['ç', 'ê', '👋']);
  });
});

describe('foldToGsm', () => {
  test.each([
    ['marks and ligatures', 'Ça va être la fête, cœur naïf où ?', 'Ça va etre la fete, coeur naif où ?'],
    ['quotes, dashes, dots', '« Oui » – “non” … l’été → ici', '" Oui " - "non" ... l\'été -> ici'],
    ['no-break spaces', 'Prêt\u202f? 10\u00a0€', 'Pret ? 10 €'],
    ['emoji at either end', '🚀 Camille, bravo 😱', 'Camille, bravo'],
    ['an emoji between words', 'bravo 👏🏽 à toi', 'bravo à toi'],
    ['an emoji of several', 'famille 👨‍👩‍👧 !', 'famille !'],
    ['lines stay', 'Salut ! 👋\nÀ bientôt', 'Salut !\nA bientot'],
  ])('%s', (_, text, folded) => {
    expect(foldToGsm(text)).toBe(folded);
    expect(countSegments(foldToGsm(text)).encoding).toBe('gsm');
  });

  test('digits and signs are no emoji', () => {
    expect(foldToGsm('100% #7 * 36180')).toBe('100% #7 * 36180');
  });

  test('folds what the calculator calls costly, and nothing else', () => {
    for (let code = 0x20; code < 0x2100; code++) {
      const letter = String.fromCodePoint(code).normalize('NFC');
      if (countSegments(letter).encoding === 'ucs2') expect(foldToGsm(letter), letter).not.toBe(letter);
      else if (letter.trim() !== '') expect(foldToGsm(letter), letter).toBe(letter);
    }
  });
});
