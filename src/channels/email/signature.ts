import { createHmac, timingSafeEqual } from 'node:crypto';
import { forbidden } from '../../errors.ts';

/** A webhook of the mail relay as it came, its body untouched. */
export interface RawMail {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** `sha256=<hex HMAC-SHA256 of the raw body>` (contract.md, HTTP). */
export function signMail(secret: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** 403 unless `X-Signature` was made with our secret over exactly these bytes. */
export function verifyMail({ headers, body }: RawMail, secret: string): void {
  const given = Buffer.from(String(headers['x-signature'] ?? ''));
  const expected = Buffer.from(signMail(secret, body));
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw forbidden('bad_signature', 'The X-Signature header is missing or does not match.');
}
