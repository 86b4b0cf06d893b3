import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createUnderstand, type UnderstandContext } from '../../src/core/intent.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';

const understand = createUnderstand(readIntentLists(join(import.meta.dirname, '../../locales')));

interface Labelled {
  readonly id: string;
  readonly text: string;
  readonly locale: string;
  readonly context: string;
  readonly expected: string;
  readonly also?: readonly string[];
}

const labelled = (file: string): Labelled[] =>
  readFileSync(join(import.meta.dirname, 'intent', file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Labelled);

const asked = (context: string, more: Partial<UnderstandContext> = {}): UnderstandContext => ({
  locale: 'fr',
  channel: 'sms',
  question:
    context === 'none'
      ? null
      : { choices: [], offersHelp: context.includes('help'), isNegative: false, name: context },
  hasPendingAppointment: false,
  ...more,
});

const misread = (file: string): string[] =>
  labelled(file).flatMap(({ id, text, context, expected, also = [] }) => {
    const { intent, rule } = understand(text, asked(context));
    return intent === expected || also.includes(intent)
      ? []
      : [`${id} "${text}": ${intent} (${rule}), not ${expected}`];
  });

describe('a text is understood', () => {
  test('as the shared samples are labelled', () => {
    expect(misread('samples.jsonl')).toEqual([]);
  });

  test('as people text every day, refusals and traps', () => {
    expect(misread('everyday.jsonl')).toEqual([]);
  });

  test.each([
    ['STOP', 1, 'word:stop'],
    ['Stop svp', 0.98, 'word:stop'],
    ['sotp', 0.9, 'typo:stop'],
    ['arrêtez de m’écrire', 0.95, 'refusal:stop-writing'],
  ])('"%s" is a refusal of confidence %d by %s', (text, confidence, rule) => {
    expect(understand(text, asked('none'))).toMatchObject({ intent: 'stop', confidence, rule });
  });

  test.each(['shop', 'step', 'spot'])('"%s" is a word, not a slip for STOP', (word) => {
    expect(understand(word, asked('none')).intent).not.toBe('stop');
  });

  test('a refusal names what it covers', () => {
    expect(
      understand('yes pour les conseils mais par mail, les sms vous arrêtez', asked('x')).tags,
    ).toContain('scope:sms');
    expect(understand('stop tout', asked('x')).tags).toContain('scope:all');
    expect(understand('effacez mes coordonnées', asked('x')).tags).toEqual(
      expect.arrayContaining(['erase', 'scope:all']),
    );
    expect(understand('STOP', asked('x')).tags).toEqual([]);
  });

  test('an emoji answers a question, and means nothing where none was asked', () => {
    expect(understand('👍', asked('x')).intent).toBe('yes');
    expect(understand('👍', asked('none')).intent).toBe('other');
    expect(understand('🛑', asked('none')).confidence).toBeLessThan(0.85);
  });

  test('ANNULER stops, unless an appointment may be meant', () => {
    expect(understand('ANNULER', asked('none')).intent).toBe('stop');
    expect(understand('ANNULER', asked('none', { hasPendingAppointment: true }))).toMatchObject({
      intent: 'other',
      tags: ['cancel_ambiguous'],
    });
  });

  test('words of a choice of the open question are that choice', () => {
    const question = {
      choices: [
        { id: 'solo', words: ['1', 'solo', 'seul'] },
        { id: 'plan390', words: ['2', '390'] },
      ],
      offersHelp: false,
      isNegative: false,
      name: null,
    };
    expect(understand('2', asked('x', { question }))).toMatchObject({
      rule: 'choice:plan390',
      confidence: 1,
    });
    expect(understand('je prends la 390 merci', asked('x', { question }))).toMatchObject({
      rule: 'choice:plan390',
      confidence: 0.95,
    });
    expect(understand('STOP', asked('x', { question })).intent).toBe('stop');
  });

  test('"c\'est bon, merci" is a thank-you that ends a wait; "ok merci" is not', () => {
    expect(understand("c'est bon, merci", asked('x')).tags).toContain('thanks');
    expect(understand('ok merci', asked('x')).tags).not.toContain('thanks');
  });

  test('what cannot be read is other, and nothing is thrown', () => {
    for (const text of [
      '',
      '   ',
      '\u200b\u200d',
      'مرحبا كيف الحال',
      '🙂'.repeat(800),
      'a'.repeat(1_600),
      '?!…',
      '«',
      '$where: 1',
      '((((((((((',
    ]) {
      expect(understand(text, asked('x')).intent).toBe('other');
    }
  });

  test('no text makes it think for long', () => {
    const hostile = [
      'arrete '.repeat(230),
      'stop de m '.repeat(160),
      'ne plus '.repeat(200),
      'je veux plus recevoir '.repeat(72),
      's t o p '.repeat(200),
    ];
    const started = performance.now();
    for (const text of hostile) understand(text, asked('x'));
    // A hang would be seconds; the bound only tells one from a slow machine.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
