import { describe, expect, test } from 'vitest';
import { smsLength } from '../../src/web/sms-length.ts';

describe('the length of a text message', () => {
  test.each([
    ['nothing', '', { segments: 0, encoding: 'gsm', culprit: null }],
    ['160 plain characters', 'a'.repeat(160), { segments: 1, encoding: 'gsm', culprit: null }],
    ['161 plain characters', 'a'.repeat(161), { segments: 2, encoding: 'gsm', culprit: null }],
    ['80 euros, two places each', '€'.repeat(80), { segments: 1, encoding: 'gsm', culprit: null }],
    ['81 euros', '€'.repeat(81), { segments: 2, encoding: 'gsm', culprit: null }],
    ['accents the alphabet has', 'é è à ù ì ò É Ç', { segments: 1, encoding: 'gsm', culprit: null }],
    ['a cedilla it has not', 'ça va', { segments: 1, encoding: 'ucs2', culprit: 'ç' }],
    ['70 with a cedilla', 'ç' + 'a'.repeat(69), { segments: 1, encoding: 'ucs2', culprit: 'ç' }],
    ['71 with a cedilla', 'ç' + 'a'.repeat(70), { segments: 2, encoding: 'ucs2', culprit: 'ç' }],
    ['an emoji', 'Salut 👋', { segments: 1, encoding: 'ucs2', culprit: '👋' }],
  ])('counts %s', (_, text, expected) => {
    expect(smsLength(text)).toMatchObject(expected);
  });

  test('counts an emoji as one character', () => {
    expect(smsLength('👋').characters).toBe(1);
  });
});
