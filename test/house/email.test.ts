import { generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { signMail } from '../../src/channels/email/signature.ts';
import type { Purpose } from '../../src/core/contact.ts';
import { useApp } from '../support/app.ts';
import { askDkimpy, findDkimpy, verifyDkim } from '../support/dkim.ts';
import { startSmtp, type Letter } from '../support/smtp-process.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const smtp = await startSmtp();
const house = useApp({
  SMTP_URL: smtp.url,
  EMAIL_FROM: 'MONA <bonjour@mona.example>',
  DKIM_DOMAIN: 'mona.example',
  DKIM_SELECTOR: 's1',
  DKIM_PRIVATE_KEY: privateKey,
});
afterAll(() => smtp.stop());

const dayMs = 86_400_000;
/** A Tuesday of the next February, 09:00 in Paris. */
const start = new Date(Date.UTC(new Date(Date.now()).getUTCFullYear() + 1, 1, 1, 8));
start.setUTCDate(start.getUTCDate() + ((9 - start.getUTCDay()) % 7));

const jump = async (days: number): Promise<void> => {
  const to = new Date(start.getTime() + days * dayMs).toISOString();
  expect((await house.ask('POST', '/api/sandbox/clock', { to })).status).toBe(200);
};
const enter = async (userId: string, segment: string): Promise<void> => {
  await house.ask('POST', '/api/sandbox/enter', {
    userId,
    event: 'Segment Entered',
    properties: { segment },
  });
  await house.app.settle();
};
const headerOf = ({ raw }: Letter, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\\r$`, 'im').exec(raw.toString('latin1'))?.[1];
const bodyOf = ({ raw }: Letter): string =>
  raw
    .toString('latin1')
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
const sidOf = (letter: Letter): string => (headerOf(letter, 'Message-ID') ?? '').replace(/[<>]/g, '');
const post = (path: string, value: unknown): Promise<Response> => {
  const body = JSON.stringify(value);
  const signature = signMail(house.config.email.webhookSecret, body);
  const headers = { 'content-type': 'application/json', 'x-signature': signature };
  return fetch(`${house.app.url}${path}`, { method: 'POST', body, headers });
};
const suppressedFor = async (address: string): Promise<string[]> =>
  Object.keys(
    (await house.store.suppressions.findOne({ _id: house.store.suppressionId('email', address) }))?.reasons ??
      {},
  );
const consentOf = async (contactId: string, purpose: Purpose = 'marketing') =>
  (
    await house.store.consents
      .find({ contactId, channel: 'email', purpose })
      .sort({ at: -1, order: -1 })
      .next()
  )?.action;

describe('a mail over SMTP', () => {
  test('leaves signed, its two unsubscribe headers on one line each and under the signature (§19.19)', async () => {
    await jump(0);
    await enter('camille', 'dormant');
    await enter('sofia', 'upsell_open');
    await jump(1.5);
    const letter = await smtp.next('camille@example.org');
    expect(headerOf(letter, 'List-Unsubscribe')).toMatch(/^<http:\/\/localhost:\d+\/u\/[\w.-]{20,150}>$/);
    expect(headerOf(letter, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    const { isValid, covered } = verifyDkim(letter.raw, publicKey);
    expect(isValid).toBe(true);
    expect(covered).toEqual(expect.arrayContaining(['from', 'list-unsubscribe', 'list-unsubscribe-post']));
  });

  test('a byte changed on the way breaks the signature', async () => {
    const { raw } = await smtp.next('camille@example.org');
    const changed = Buffer.from(raw.toString('latin1').replace('One-Click', 'One-Clack'), 'latin1');
    expect(verifyDkim(changed, publicKey).isValid).toBe(false);
  });

  const dkimpy = findDkimpy();
  test.skipIf(dkimpy === null)('dkimpy, which is not ours, says the same (§19.19)', async () => {
    const letter = await smtp.next('camille@example.org');
    const { isValid, covered } = askDkimpy(dkimpy ?? '', letter.raw, publicKey);
    expect(isValid).toBe(true);
    expect(covered).toEqual(expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post']));
  });

  test('carries plain words beside the HTML, which knows a phone and the dark', async () => {
    const body = bodyOf(await smtp.next('camille@example.org'));
    expect(body).toContain('Content-Type: text/plain');
    expect(body).toContain('prefers-color-scheme: dark');
    expect(body).toContain('name="viewport"');
  });
});

describe('the way out of a mail', () => {
  const wayOut = async (): Promise<string> =>
    (headerOf(await smtp.next('camille@example.org'), 'List-Unsubscribe') ?? '').slice(1, -1);
  const oneClick = async (): Promise<Response> =>
    fetch(await wayOut(), {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });

  test('a GET shows what there is to choose, and changes nothing (§19.19)', async () => {
    const before = await house.store.arrivals.countDocuments();
    const page = await fetch(await wayOut());
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('value="sequence"');
    expect(html).toContain('value="fewer"');
    expect(html).toContain('value="all"');
    expect(await house.store.arrivals.countDocuments()).toBe(before);
    expect(await consentOf('camille')).toBe('granted');
  });

  test('one sequence may be left, and the others go on', async () => {
    const answer = await fetch(await wayOut(), {
      method: 'POST',
      body: new URLSearchParams({ choice: 'sequence' }),
    });
    expect(answer.status).toBe(200);
    await house.app.settle();
    const contact = await house.store.contacts.findOne({ _id: 'camille' });
    expect(contact?.traits['unsubscribedFlows']).toEqual(['winback']);
    expect(await consentOf('camille')).toBe('granted');
  });

  test('openings are measured only once they said so there, until they say no', async () => {
    for (const [choice, action] of [
      ['opens-on', 'granted'],
      ['opens-off', 'withdrawn'],
    ] as const) {
      expect(await (await fetch(await wayOut())).text()).toContain(`value="${choice}"`);
      await fetch(await wayOut(), { method: 'POST', body: new URLSearchParams({ choice }) });
      await house.app.settle();
      expect(await consentOf('camille', 'open_tracking')).toBe(action);
    }
  });

  test('one click ends mail marketing: 200, no cookie, no redirect, twice the same (§19.19)', async () => {
    for (const time of ['first', 'second']) {
      const answer = await oneClick();
      expect(answer.status, time).toBe(200);
      expect(answer.headers.get('set-cookie')).toBeNull();
      await house.app.settle();
      expect(await consentOf('camille')).toBe('withdrawn');
    }
    expect(await suppressedFor('camille@example.org')).toEqual(['stop']);
    const said = await house.store.consents.countDocuments({
      contactId: 'camille',
      action: 'withdrawn',
      purpose: 'marketing',
    });
    expect(said).toBe(1);
  });

  test('works for somebody since erased too', async () => {
    await house.store.contacts.updateOne({ _id: 'camille' }, { $set: { erasedAt: start } });
    expect((await oneClick()).status).toBe(200);
    await house.store.contacts.updateOne({ _id: 'camille' }, { $set: { erasedAt: null } });
  });

  test('a token that is not ours is a page that says so, and leads nowhere', async () => {
    for (const path of ['/u/nonsense', '/a/nonsense', `${new URL(await wayOut()).pathname}x`]) {
      const answer = await fetch(`${house.app.url}${path}`, { method: 'POST', redirect: 'manual' });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
  });
});

describe('what comes back of a mail', () => {
  const at = new Date(start.getTime() + 2 * dayMs).toISOString();
  const report = async (letter: Letter, type: string, more: object = {}): Promise<void> => {
    const address = letter.to[0];
    const messageId = sidOf(letter);
    const answer = await post('/webhooks/email/events', { type, messageId, address, at, ...more });
    expect(answer.status).toBe(200);
    await house.app.settle();
  };

  test('a complaint is an objection: suppressed, kept in the ledger, once', async () => {
    const letter = await smtp.next('sofia@example.org');
    await report(letter, 'complained');
    await report(letter, 'complained');
    await report(letter, 'delivered');
    expect(await suppressedFor('sofia@example.org')).toEqual(['complaint']);
    expect(await consentOf('sofia')).toBe('objected');
    expect(await house.store.consents.countDocuments({ contactId: 'sofia', action: 'objected' })).toBe(1);
    const pending = { contactId: 'sofia', channel: 'email', class: 'marketing', status: 'queued' } as const;
    expect(await house.store.outbox.countDocuments(pending)).toBe(0);
  });

  test('a complaint under a Message-ID of the relay itself is known by its address', async () => {
    const body = { type: 'complained', messageId: 'x@relay.example', address: 'Karim@example.org', at };
    await house.store.addresses.insertOne({
      _id: 'email:karim@example.org', contactId: 'karim', channel: 'email', value: 'karim@example.org', softFails: 0,
    }); // prettier-ignore
    await post('/webhooks/email/events', body);
    await house.app.settle();
    expect(await suppressedFor('karim@example.org')).toEqual(['complaint']);
    expect(await consentOf('karim')).toBe('objected');
  });

  test('of nobody we know: the address is on the list for whoever brings it', async () => {
    await post('/webhooks/email/events', {
      type: 'bounced', permanent: true, messageId: 'y@relay.example', address: 'nobody@example.org', at,
    }); // prettier-ignore
    expect(await suppressedFor('nobody@example.org')).toEqual(['bounce']);
  });

  test('the fifth soft bounce in a row ends an address; a delivery between them begins anew', async () => {
    const soft = (n: number) =>
      post('/webhooks/email/events', {
        type: 'bounced', permanent: false, messageId: `soft${String(n)}@relay.example`, address: 'noa@example.org', at,
      }); // prettier-ignore
    for (const n of [1, 2, 3, 4, 4, 4]) await soft(n);
    await house.app.settle();
    expect((await house.store.addresses.findOne({ _id: 'email:noa@example.org' }))?.softFails).toBe(4);
    expect(await suppressedFor('noa@example.org')).toEqual([]);
    await soft(5);
    await house.app.settle();
    expect(await suppressedFor('noa@example.org')).toEqual(['bounce']);
  });

  test('an answer by mail is read like a text', async () => {
    const letter = await smtp.next('sofia@example.org');
    const answer = await post('/webhooks/email/inbound', {
      messageId: '<answer-1@example.org>',
      inReplyTo: headerOf(letter, 'Message-ID'),
      from: 'Sofia <sofia@example.org>',
      to: 'bonjour@mona.example',
      text: 'COACH\n\nLe 3 mars 2026, MONA a écrit :\n> OUI',
    });
    expect(answer.status).toBe(200);
    await house.app.settle();
    const item = await house.store.items.findOne({ arrivalId: 'mail:answer-1@example.org' });
    expect(item).toMatchObject({ text: 'COACH', channel: 'email', understood: { intent: 'human' } });
    expect((await house.store.threads.findOne({ _id: 'sofia' }))?.own.state).toBe('waiting');
  });

  test('an answer button asks first, then acts once (§19.19)', async () => {
    const letter = await smtp.next('camille@example.org');
    const link = /href="(http:\/\/localhost:\d+\/a\/[\w.-]+)"/.exec(bodyOf(letter))?.[1] ?? '';
    expect((await fetch(link)).status).toBe(200);
    expect(await house.store.arrivals.countDocuments({ _id: /^mail:answer:/ })).toBe(0);
    for (const time of ['first', 'second'])
      expect((await fetch(link, { method: 'POST' })).status, time).toBe(200);
    await house.app.settle();
    expect(await house.store.arrivals.countDocuments({ _id: /^mail:answer:/ })).toBe(1);
  });
});
