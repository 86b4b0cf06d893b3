import { createPublicKey, verify, type KeyObject } from 'node:crypto';

const longestS = 24 * 3_600;

function keyOf(raw: string): KeyObject | null {
  const point = Buffer.from(raw, 'base64url');
  if (point.length !== 65) return null;
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
}

interface Said {
  readonly aud?: string;
  readonly exp?: number;
}

/**
 * Who pushes, as a push service reads it (RFC 8292): `vapid t=<jwt>, k=<key>`. The key, where the token is signed with it, is
 * for this origin and not over; else null.
 */
export function vapidKeyOf(authorization: string | undefined, origin: string, now: Date): string | null {
  const parts = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization ?? '');
  const [, head = '', body = '', signature = '', raw = ''] = parts ?? [];
  const key = keyOf(raw);
  if (!key) return null;
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const { aud, exp = 0 } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Said;
  const leftS = exp - now.getTime() / 1000;
  return isSigned && aud === origin && leftS > 0 && leftS <= longestS + 60 ? raw : null;
}
