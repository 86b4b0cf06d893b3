import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { leastCharacters } from '../core/password.ts';
import { unprocessable } from '../errors.ts';

/** inbox.md §11. Two hashes at a time: each takes 128 MB. */
const cost: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };
const keyLength = 32;
const atOnce = 2;

let underWay = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
    waiting.shift()?.();
  }
}

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, keyLength, cost, (error, key) => {
          if (error) reject(error);
          else resolve(key);
        });
      }),
  );

/** What is kept of a password. Throws 422 for one that is too short whoever it belongs to. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < leastCharacters)
    throw unprocessable('password_short', `A password takes at least ${String(leastCharacters)} characters.`);
  const salt = randomBytes(16);
  return `${salt.toString('base64')}.${(await derive(password, salt)).toString('base64')}`;
}

export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [salt = '', key = ''] = kept.split('.');
  const expected = Buffer.from(key, 'base64');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64')), expected);
}
