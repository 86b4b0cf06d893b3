import { describe, expect, test } from 'vitest';
import { fold } from '../../../src/core/intent/characters.ts';
import { createLexicon } from '../../../src/core/intent/lexicon.ts';
import { anchorOf, createPatternParser, findPattern } from '../../../src/core/intent/pattern.ts';

const groups = { texts: ['sms', 'texto', 'textos'] };

function found(source: string, text: string, aside: { head?: number; tail?: number } = {}): boolean {
  const { parse, kinds } = createPatternParser(groups, fold);
  const pattern = parse(source);
  const lexicon = createLexicon([...kinds.values()]);
  const tokens = text.split(' ').map((word) => ({ word: fold(word), lexeme: lexicon(fold(word)) }));
  const line = { tokens, head: aside.head ?? 0, tail: aside.tail ?? tokens.length };
  const anchor = anchorOf(pattern, () => 1);
  return tokens.some(
    ({ word }, at) =>
      (anchor.literals.includes(word) || anchor.stems.some((stem) => word.startsWith(stem))) &&
      findPattern(pattern, anchor, line, at) !== null,
  );
}

describe('the small language of the lists', () => {
  test.each([
    ['plus de sms', 'plus de sms merci', true],
    ['plus|pas de sms', 'pas de sms', true],
    ['plus|pas de sms', 'plus sms', false],
    ['ras_le_bol|marre de', 'ras le bol de vous', true],
    ['ras_le_bol|marre de', 'ras de', false],
    ['arret* ..2 @texts', 'arretez avec vos textos', true],
    ['arret* ..1 @texts', 'arretez avec tous vos textos', false],
    ['stop *er|*ir', 'stop hesiter', true],
    ['stop *er|*ir', 'stop maintenant', false],
    ['stop les *', 'stop les clashs', true],
    ['stop les *', 'stop les', false],
    ['ne? veux plus', 'veux plus', true],
    ['^ stop', 'je dis stop', false],
    ['stop $', 'stop hesiter', false],
    ['comment arreter $|ca', 'comment arreter', true],
    ['comment arreter $|ca', 'comment arreter la clope', false],
  ])('"%s" in "%s": %s', (source, text, is) => {
    expect(found(source, text)).toBe(is);
  });

  test('the first and the last word are counted without courtesy', () => {
    expect(found('^ stop', 'bonjour stop', { head: 1 })).toBe(true);
    expect(found('stop $', 'stop merci', { tail: 1 })).toBe(true);
  });

  test.each([
    ['merci? svp?', 'would match anything'],
    ['@absent', 'not declared'],
    ['a ..9 b ..9 c ..9 d', 'spans more than'],
    ['*er', 'names no word'],
  ])('"%s" is refused: %s', (source, why) => {
    expect(() => anchorOf(createPatternParser(groups, fold).parse(source), () => 1)).toThrow(why);
  });
});
