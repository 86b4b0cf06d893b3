import { describe, expect, test } from 'vitest';
import { fileTypeOf, maySendType } from '../../src/core/file-type.ts';
import { mp3, page, pdf, png } from '../support/pictures.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const boxed = (brand: string): Uint8Array => bytes(`\0\0\0\x18ftyp${brand}`);

describe('what a file is, by its content', () => {
  test.each([
    ['a picture', png, 'image/png'],
    ['a photo', bytes('\xff\xd8\xff\xe0'), 'image/jpeg'],
    ['a sticker', bytes('RIFF\0\0\0\0WEBPVP8 '), 'image/webp'],
    ['a contract', pdf, 'application/pdf'],
    ['a song', mp3, 'audio/mpeg'],
    ['a song without a head', bytes('\xff\xfb\x90\x00'), 'audio/mpeg'],
    ['a stream of AAC', bytes('\xff\xf1\x50\x80'), 'audio/aac'],
    ["an iPhone's voice note", boxed('M4A '), 'audio/mp4'],
    ["WhatsApp's voice note", bytes('OggS\0'), 'audio/ogg'],
    ['a film', boxed('isom'), 'video/mp4'],
    ["an old phone's film", boxed('3gp4'), 'video/3gpp'],
  ])('%s', (_, content, type) => {
    expect(fileTypeOf(content)).toBe(type);
  });

  test.each([
    ['a page', page],
    ['a drawing that may hold a script', bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>')],
    ['a program', bytes('MZ\x90\x00')],
    ['an archive', bytes('PK\x03\x04')],
    ['nothing', new Uint8Array()],
    ['a sound of no layer', bytes('\xff\xe1')],
  ])('%s is shown as nothing', (_, content) => {
    expect(fileTypeOf(content)).toBeNull();
  });

  test('a coach sends what every carrier takes', () => {
    expect(maySendType('image/png')).toBe(true);
    expect(maySendType('video/mp4')).toBe(false);
    expect(maySendType(null)).toBe(false);
  });
});
