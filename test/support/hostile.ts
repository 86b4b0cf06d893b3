/*
 * Requests as somebody with bad intentions sends them: seeded, so that a failing one comes again.
 */

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** The same seed gives the same numbers (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** No half of a surrogate pair: what UTF-8 can say. */
export const isWhole = (text: string): boolean => !/\p{Cs}/u.test(text);
const whole = (text: string): string => text.replace(/\p{Cs}/gu, '?');

export const payloads: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  "javascript:alert('1')",
  '{"$gt":""}',
  '$where: sleep(5000)',
  "'; return true; var x='",
  '__proto__',
  'constructor.prototype.isAdmin',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '\u0000',
  '%E0%A4%A',
  '%',
  '\u202etxt.exe',
  '\ud800',
  '\r\nSet-Cookie: mona=1',
  '%0d%0aSet-Cookie:%20mona=1',
  '=cmd|calc!A1',
  '{{constructor.constructor("return 1")()}}',
  '${7*7}',
  '//evil.example',
  'https://evil.example/',
  'http://169.254.169.254/latest/meta-data/',
  '-1',
  '1e309',
  'NaN',
  '9'.repeat(400),
  'a'.repeat(3_000),
  '👩‍👩‍👧‍👦'.repeat(50),
  '(a+)+$',
  '+33639980001',
  '',
];

const paths: readonly string[] = [
  '/webhooks/twilio/inbound',
  '/webhooks/twilio/status',
  '/webhooks/email/inbound',
  '/webhooks/email/events',
  '/webhooks/X',
  '/v1/events',
  '/v1/X',
  '/l/X',
  '/o/X.gif',
  '/a/X',
  '/u/X',
  '/push/subscriptions',
  '/healthz',
  '/readyz',
  '/openapi.json',
  '/api/session',
  '/api/me',
  '/api/threads',
  '/api/threads/X',
  '/api/threads/X/items',
  '/api/threads/X/messages',
  '/api/threads/X/claim',
  '/api/threads/X/handback',
  '/api/threads/X/drafts/reply',
  '/api/contacts',
  '/api/contacts/X',
  '/api/sequences/X',
  '/api/sequences/X/pause',
  '/api/experiments',
  '/api/compliance',
  '/api/items/X/why',
  '/api/presence',
  '/api/sync',
  '/api/invitation/look',
  '/api/invitation/accept',
  '/api/password/forgot',
  '/api/password/look',
  '/api/password/reset',
  '/api/me/password',
  '/api/me/sessions/X',
  '/api/team',
  '/api/team/X',
  '/api/team/X/leave',
  '/api/offers',
  '/api/offers/X',
  '/api/offers/import',
  '/api/X',
  '/X',
];

const methods = ['GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const;
const kinds = [
  'application/json',
  'application/json; charset=utf-7',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'text/xml',
  'application/octet-stream',
  'a/b/c',
] as const;
const queryNames = [
  'q',
  'after',
  'queue',
  'to',
  'segment',
  'before',
  '$where',
  'o',
  'a',
  '__proto__',
] as const;
const fields = [
  'type',
  'userId',
  'event',
  'properties',
  'timestamp',
  'messageId',
  'batch',
  'email',
  'password',
  'secret',
  'name',
  'role',
  'csv',
  'From',
  'To',
  'Body',
  'MessageSid',
  'AccountSid',
  'NumMedia',
  'MediaUrl0',
  'MessageStatus',
  'from',
  'to',
  'subject',
  'text',
  'html',
  'headers',
  'token',
  'endpoint',
  'keys',
  'choice',
  'clientId',
  'rev',
  'seen',
  'channel',
  '__proto__',
  '$set',
] as const;

/** One hostile request to an address of the product, `X` in its path replaced. */
export function hostileRequest(random: () => number): HostileRequest {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const asPath = (text: string): string =>
    random() < 0.6
      ? encodeURIComponent(whole(text)).slice(0, 2_000)
      : text.replace(/[^\x21-\x7e]/g, '').slice(0, 2_000) || '%';
  const value = (depth: number): unknown => {
    const which = random();
    if (which < 0.45) return pick(payloads);
    if (which < 0.55) return Math.floor(random() * 1e18) - 5e17;
    if (which < 0.6) return null;
    if (which < 0.65) return random() < 0.5;
    if (depth > 3) return { $ne: null };
    if (which < 0.8) return Array.from({ length: Math.floor(random() * 5) }, () => value(depth + 1));
    if (which < 0.85) return { [pick(['$gt', '$ne', '$regex', '$where', '$expr'])]: value(depth + 1) };
    return thing(depth + 1);
  };
  const thing = (depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: 1 + Math.floor(random() * 6) }, () => [pick(fields), value(depth)]),
    );
  const body = (): Buffer => {
    const which = random();
    if (which < 0.5) return Buffer.from(JSON.stringify(thing(0)));
    if (which < 0.7)
      return Buffer.from(
        Array.from(
          { length: 1 + Math.floor(random() * 10) },
          () => `${pick(fields)}=${encodeURIComponent(whole(pick(payloads)))}`,
        ).join('&'),
      );
    if (which < 0.75) return Buffer.from('['.repeat(2_000));
    if (which < 0.8)
      return Buffer.from(`--x\r\nContent-Disposition: form-data; name="${pick(fields)}"\r\n\r\n`);
    if (which < 0.85) return Buffer.from('{"a":1');
    return Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256)));
  };
  const method = pick(methods);
  const query = random() < 0.4 ? `?${pick(queryNames)}=${asPath(pick(payloads))}` : '';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const headers: Record<string, string> = {};
  if (hasBody) headers['content-type'] = pick(kinds);
  if (random() < 0.05) headers['content-encoding'] = pick(['gzip', 'br', 'zip']);
  if (random() < 0.2) headers['x-twilio-signature'] = 'c2lnbmF0dXJl';
  if (random() < 0.2)
    headers['x-signature'] = pick(['sha256=00', 'sha256=', `sha256=${'a'.repeat(64)}`, 'x']);
  if (random() < 0.2)
    headers.authorization = pick(['Bearer x', 'Bearer ', 'Basic eDp5', 'Bearer [object Object]']);
  if (random() < 0.2) headers.cookie = pick(['mona=x', 'mona=', '__Host-mona=%', 'mona[$ne]=1']);
  return {
    method,
    path: `${pick(paths).replace('X', () => asPath(pick(payloads)))}${query}`,
    headers,
    body: hasBody ? body() : null,
  };
}
