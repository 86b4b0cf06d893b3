import { createHash, createHmac, randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { useApp } from '../support/app.ts';
import { dice, hostileRequest, isWhole, payloads, type HostileRequest } from '../support/hostile.ts';

/*
 * Everybody may send anything to every public address: nothing breaks, and nothing that is not signed is written.
 * HOSTILE=100000 sends as many, HOSTILE_SEED begins elsewhere.
 */

const howMany = Number(process.env['HOSTILE'] ?? 3_000);
const seed = Number(process.env['HOSTILE_SEED'] ?? 7);
const house = useApp({ ROLE: 'web' });
const agent = new Agent({ keepAlive: true, maxSockets: 40 });
afterAll(() => {
  agent.destroy();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly location: string | undefined;
  readonly body: string;
}

/** A connection that both sides kept may be closed by one as the other writes: that request goes again on its own. */
const send = (asked: HostileRequest, more: Record<string, string> = {}): Promise<Answer> =>
  sendOn(asked, more, agent).catch(() => sendOn(asked, more, false));

/** As raw as node lets it through: no address is tidied, no header is refused but by node itself. */
function sendOn(
  { method, path, headers, body }: HostileRequest,
  more: Record<string, string>,
  on: Agent | false,
): Promise<Answer> {
  const { hostname, port } = new URL(house.app.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method, path, agent: on, headers: { ...headers, ...more } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            location: response.headers.location,
            body: Buffer.concat(parts).toString('utf8'),
          });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

const told = ({ method, path, headers, body }: HostileRequest): string =>
  JSON.stringify([method, path.slice(0, 80), headers, body?.toString('latin1').slice(0, 120)]);

/** What each collection holds, as the server itself hashes it. */
async function fingerprint(): Promise<Record<string, string>> {
  const db = house.store.connection.getClient().db(house.store.connection.name);
  const { collections } = (await db.command({ dbHash: 1 })) as { collections: Record<string, string> };
  // Leases and clocks of the house itself.
  for (const own of ['agendaJobs', 'senders', 'settings']) Reflect.deleteProperty(collections, own);
  return collections;
}

async function inRounds(
  count: number,
  make: () => HostileRequest,
  look: (asked: HostileRequest, answer: Answer) => void,
  more?: Record<string, string>,
): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - done) }, async () => {
        const asked = make();
        const answer = await send(asked, more).catch((error: Error) => ({
          status: 0,
          type: '',
          location: undefined,
          body: `${error.message}: ${told(asked)}`,
        }));
        look(asked, answer);
      }),
    );
  }
}

describe('hostile requests', () => {
  test(
    `${String(howMany)} to every public address: no 500, no redirect elsewhere, nothing written`,
    { timeout: 60_000 + howMany * 20 },
    async () => {
      const random = dice(seed);
      const before = await fingerprint();
      const broken: string[] = [];
      const seen = new Map<number, number>();
      await inRounds(
        howMany,
        () => hostileRequest(random),
        (asked, { status, location, type, body }) => {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const isFine = status > 0 && status < 500 && status !== 202;
          // Readiness may say that it is not ready.
          if (!isFine && !(status === 503 && asked.path.startsWith('/readyz')))
            broken.push(`${String(status)} ${told(asked)} ${status === 0 ? body : ''}`);
          if (location?.includes('evil')) broken.push(`leads to ${location}: ${told(asked)}`);
          if (type.includes('html') && /<script>alert|<img src=x|<svg\/onload/.test(body))
            broken.push(`markup came back: ${told(asked)}`);
        },
      );
      expect(broken.slice(0, 5)).toEqual([]);
      expect(await fingerprint()).toEqual(before);
      expect(seen.get(403) ?? 0).toBeGreaterThan(0);
      expect(seen.get(401) ?? 0).toBeGreaterThan(0);
      console.log(
        `answers: ${JSON.stringify(Object.fromEntries([...seen].sort(([one], [two]) => one - two)))}`,
      );
    },
  );

  test('the same from a signed-in coach, and with a valid API key: refused or done, never a 500', async () => {
    const random = dice(seed + 1);
    const session = await fetch(`${house.app.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: house.app.url },
      body: JSON.stringify(house.app.demo),
    });
    const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const broken: string[] = [];
    await inRounds(
      Math.min(howMany, 2_000),
      () => {
        let asked = hostileRequest(random);
        // Signing out or off would end the test; the stream would never end.
        while (/^\/api\/(?:session|me|stream)/.test(asked.path)) asked = hostileRequest(random);
        return asked;
      },
      (asked, { status, body }) => {
        if (status >= 500 && !asked.path.startsWith('/readyz'))
          broken.push(`${String(status)} ${body.slice(0, 200)} ${told(asked)}`);
      },
      { cookie, origin: house.app.url, authorization: `Bearer ${house.config.secrets.apiKey}` },
    );
    expect(broken.slice(0, 5)).toEqual([]);
  });
});

describe('a hostile artist', () => {
  const account = `AC${'0'.repeat(32)}`;
  const signed = (form: Record<string, string>): HostileRequest => ({
    method: 'POST',
    path: '/webhooks/twilio/inbound',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': getExpectedTwilioSignature(
        house.config.sandbox?.authToken ?? '',
        `${house.app.url}/webhooks/twilio/inbound`,
        form,
      ),
    },
    body: Buffer.from(new URLSearchParams(form).toString()),
  });

  test('in text, name and media: it is stored as text and comes back as JSON, never as a page', async () => {
    const markup = ['constructor', 'toString valueOf', ...payloads].filter(
      (text) => text.length > 0 && isWhole(text),
    );
    for (const [index, text] of markup.entries()) {
      const { status } = await send(
        signed({
          MessageSid: `SM${randomUUID().replaceAll('-', '')}`,
          AccountSid: account,
          From: '+33639985201',
          To: '+33639980100',
          NumMedia: '1',
          MediaUrl0: 'http://169.254.169.254/latest/meta-data/',
          MediaContentType0: 'text/html',
          NumSegments: '1',
          ProfileName: text,
          Body: text,
        }),
      );
      expect([index, text.slice(0, 30), status]).toEqual([index, text.slice(0, 30), 200]);
    }
    await house.app.settle();
    const found = await house.store.addresses.findOne({ _id: 'sms:+33639985201' });
    expect(await house.store.arrivals.countDocuments({ state: { $ne: 'moved' }, tries: { $gt: 0 } })).toBe(0);
    const thread = await house.ask('GET', `/api/threads/${found?.contactId ?? ''}`);
    expect(thread.status).toBe(200);
    const items = await house.store.items.find({ contactId: found?.contactId ?? '', kind: 'in' }).toArray();
    expect(items.map(({ text }) => text)).toEqual(expect.arrayContaining([...markup]));
    const raw = await fetch(`${house.app.url}/api/threads`, { headers: { accept: 'text/html' } });
    expect(raw.headers.get('content-type')).toContain('application/json');
    expect(raw.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('by mail, signed: any body is an arrival or a refusal', async () => {
    const random = dice(seed + 2);
    const statuses = new Set<number>();
    for (let count = 0; count < 300; count += 1) {
      const body = hostileRequest(random).body ?? Buffer.from('{}');
      const signature = createHmac('sha256', house.config.email.webhookSecret).update(body).digest('hex');
      for (const path of ['/webhooks/email/inbound', '/webhooks/email/events']) {
        const { status } = await send({
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json', 'x-signature': `sha256=${signature}` },
          body,
        });
        statuses.add(status);
      }
    }
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  });
});

describe('what every page says to a browser', () => {
  test.each(['/', '/a/x', '/u/x'])(
    '%s runs no script that is not ours, and cannot be framed',
    async (path) => {
      const response = await fetch(`${house.app.url}${path}`, { headers: { accept: 'text/html' } });
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe("'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).toContain("object-src 'none'");
      expect(response.headers.get('x-powered-by')).toBeNull();
    },
  );

  test('the session is a hash in the database, and its cookie is out of reach of a script', async () => {
    const response = await fetch(`${house.app.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: house.app.url },
      body: JSON.stringify(house.app.demo),
    });
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const secret = /mona=([^;]+)/.exec(cookie)?.[1] ?? '';
    const kept = await house.store.sessions.findOne({
      _id: createHash('sha256').update(secret).digest('hex'),
    });
    expect(kept).not.toBeNull();
  });
});

describe('a door that is tried', () => {
  const post = (path: string, headers: Record<string, string>, body: unknown) =>
    send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(JSON.stringify(body)),
    });

  test.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin at all', {}],
  ])('a post from %s is refused before anything is read', async (_, headers) => {
    expect((await post('/api/session', headers, house.app.demo)).status).toBe(403);
  });

  test('five wrong passwords, and the sixth try waits, whatever it says', async () => {
    const guess = (password: string) =>
      post('/api/session', { origin: house.app.url }, { email: 'nobody@example.org', password });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await guess(`guess ${String(count)}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
