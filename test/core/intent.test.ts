import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  figuresOf,
  isMisread,
  readAll,
  readLabelled,
  type Read,
} from '../../src/cli/understanding-figures.ts';
import { chanceFrom, pick } from '../../src/cli/understanding-phrases.ts';
import { createUnderstand, type UnderstandContext } from '../../src/core/intent.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';

const understand = createUnderstand(readIntentLists(join(import.meta.dirname, '../../locales')));

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

const readFile = (file: string): Read[] =>
  readAll(readLabelled(join(import.meta.dirname, 'intent', file)), understand);
const report = (lines: readonly Read[]): string =>
  lines
    .map(({ id, text, got, rule, expected }) => `${id} "${text}": ${got} (${rule}), not ${expected}`)
    .join('\n');
const misread = (file: string): string[] => {
  const wrong = readFile(file).filter(isMisread);
  return wrong.length === 0 ? [] : report(wrong).split('\n');
};

describe('a text is understood', () => {
  test('as the shared samples are labelled', () => {
    expect(misread('samples.jsonl')).toEqual([]);
  });

  test('as people text every day, refusals and traps', () => {
    expect(misread('everyday.jsonl')).toEqual([]);
  });

  // heldout.jsonl is kept aside and second.jsonl never taught; on all the others the lists are tuned and the classifier is
  // taught.
  test.each([
    ['dev.jsonl', { recall: 0.995, falseStops: 0.002, macroF1: 0.99 }],
    ['round-1.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-2.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-3.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-4.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-5.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-6.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['final.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-7.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['unseen.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['round-8.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.97 }],
    ['apart.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.97 }],
    ['fresh.jsonl', { recall: 0.995, falseStops: 0.005, macroF1: 0.98 }],
    ['heldout.jsonl', { recall: 0.99, falseStops: 0.01, macroF1: 0.97 }],
    // Never taught. Not the targets, which are missed: what is reached, so that it is not lost (docs/understanding.md).
    ['second.jsonl', { recall: 0.97, falseStops: 0.04, macroF1: 0.86 }],
  ])('%s: refusals are heard, what only looks like one is not, the rest is told apart', (file, least) => {
    const lines = readFile(file);
    const { refusals, missed, innocent, falseStops, macroF1 } = figuresOf(lines);
    expect(1 - missed.length / refusals, report(missed)).toBeGreaterThanOrEqual(least.recall);
    expect(falseStops.length / innocent, report(falseStops)).toBeLessThanOrEqual(least.falseStops);
    expect(macroF1, report(lines.filter(isMisread))).toBeGreaterThanOrEqual(least.macroF1);
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

  test.each([
    'S.TOP',
    'S T O P',
    'ST OP',
    '$top',
    'ЅТОР',
    'ꜱᴛᴏᴘ',
    '🇸🇹🇴🇵',
    'st\u200bop',
    's\u0336t\u0336o\u0336p',
    'ＳＴＯＰ',
  ])('"%s" is STOP in disguise', (text) => {
    expect(understand(text, asked('none'))).toMatchObject({ intent: 'stop', rule: 'word:stop' });
  });

  test.each([
    ['arrete2menvoyé', 'none'],
    ['arretedemecrire', 'none'],
    ['lachemoi', 'upsell-sms-j1'],
    ['plu2sms', 'none'],
    ['stoplessms svp', 'none'],
  ])('"%s" is typed without spaces', (text, context) => {
    expect(understand(text, asked(context)).intent).toBe('stop');
  });

  test.each(['nonstop', 'les radios ne rappellent jamais', 'enfin fini', '😂😂 stop', 'arrête je rougis'])(
    '"%s" refuses nothing',
    (text) => {
      expect(understand(text, asked('none')).intent).not.toBe('stop');
    },
  );

  test('not today is no limit', () => {
    expect(understand("non, pas aujourd'hui", asked('nurture-sms-j1-help')).tags).not.toContain('fewer');
    expect(understand("pas de sms aujourd'hui svp", asked('none')).tags).toContain('fewer');
  });

  test.each(['basta', 'stopp', 'parar', 'alto', 'dur', 'стоп', 'توقف', '停止'])(
    '"%s" refuses in another language',
    (text) => {
      expect(understand(text, asked('none'))).toMatchObject({ intent: 'stop', confidence: 1 });
    },
  );

  test('the same words answer a question and refuse where none was asked', () => {
    expect(understand("j'en veux pas", asked('nurture-sms-j15-advice')).intent).toBe('no');
    expect(understand("j'en veux pas", asked('none')).intent).toBe('stop');
    expect(understand("NON, J'ARRÊTE", asked('winback-j0-dreams')).intent).toBe('no');
  });

  test('a limit is a limit, and a refusal beside it is a refusal', () => {
    expect(understand('plus de sms après 21h', asked('none')).tags).toContain('fewer');
    expect(understand('uniquement par mail et stop les sms', asked('none')).intent).toBe('stop');
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
    // Spoken of in a question it is not chosen yet.
    expect(understand('la 390 ?', asked('x', { question }))).toMatchObject({
      rule: 'choice:plan390',
      confidence: 0.75,
    });
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

  test('a hundred thousand hostile strings are read in a few seconds (HOSTILE=… sends as many)', () => {
    const pieces = [
      ...[
        'stop',
        'arrête',
        'de',
        'm’',
        'plus',
        'pas',
        'ne',
        'no',
        'don’t',
        '$',
        '@',
        '#',
        '"',
        '«',
        'a.b@c',
        '\u200b',
      ],
      ...[
        '(((',
        '\\\\',
        '.*+',
        '🙂',
        'م',
        '+',
        's.t',
        '\n',
        '....',
        '0',
        'http://',
        'éé',
        'S',
        'T',
        '!?',
        'x'.repeat(30),
      ],
    ];
    const chance = chanceFrom(7);
    const count = Number(process.env['HOSTILE'] ?? 100_000);
    const started = process.cpuUsage();
    let unread = 0;
    for (let made = 0; made < count; made += 1) {
      const length = made % 1_000 === 0 ? 200 : 1 + Math.floor(chance() * 8);
      const glue = chance() < 0.5 ? ' ' : '';
      const text = Array.from({ length }, () => pick(pieces, chance)).join(glue);
      if (!(understand(text, asked(made % 2 === 0 ? 'none' : 'x')).confidence <= 1)) unread += 1;
    }
    expect(unread).toBe(0);
    // A hang would be seconds for one; the bound only tells one from a slow machine.
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / count).toBeLessThan(150);
  });

  test('no text makes it think for long', () => {
    const hostile = [
      'stop les '.repeat(220),
      'je '.repeat(660),
      '"'.repeat(2_000),
      'a b c d e f g h '.repeat(120),
      'comment on fait pour ne plus '.repeat(68),
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
