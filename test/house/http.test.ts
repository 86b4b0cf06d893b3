import { createHmac } from 'node:crypto';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { addApiKey, revokeApiKey } from '../../src/store/api-keys.ts';
import { useApp } from '../support/app.ts';

const house = useApp();
const http = () => request(house.app.url);
const token = (): string => house.config.sandbox?.authToken ?? '';
const account = `AC${'0'.repeat(32)}`;

let number = 0;
const textIn = (Body: string, more: Record<string, string> = {}): Record<string, string> => ({
  MessageSid: `SM${String((number += 1)).padStart(32, '0')}`,
  AccountSid: account,
  From: '+33639980001',
  To: '+33639980100',
  NumMedia: '0',
  NumSegments: '1',
  Body,
  ...more,
});

const post = (form: Record<string, string>, signature?: string, path = '/webhooks/twilio/inbound') =>
  http()
    .post(path)
    .type('form')
    .set(
      'X-Twilio-Signature',
      signature ?? getExpectedTwilioSignature(token(), `${house.app.url}${path}`, form),
    )
    .send(form);

describe('POST /webhooks/twilio/inbound', () => {
  test('answers with an empty TwiML once the text is stored', async () => {
    const form = textIn('bonjour');
    const answer = await post(form);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/xml');
    expect(answer.text).toContain('<Response/>');
    expect(
      await house.store.arrivals.countDocuments({ _id: `twilio:${account}:${form.MessageSid ?? ''}` }),
    ).toBe(1);
  });

  test('the same MessageSid fifty times at once is one text and one answer', async () => {
    const form = textIn('HELP', { From: '+33639980077' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(form)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    await house.app.settle();
    const [arrival] = await house.store.arrivals
      .find({ _id: `twilio:${account}:${form.MessageSid ?? ''}` })
      .toArray();
    const rows = await house.store.outbox.find({ contactId: arrival?.contactId ?? '' }).toArray();
    expect(rows.map(({ status, class: kind }) => [kind, status])).toEqual([
      [expect.stringMatching(/reply|compliance/), expect.stringMatching(/sent|delivered/)],
    ]);
  });

  test.each([
    ['a missing signature', ''],
    ['a forged signature', 'c2lnbmF0dXJl'],
  ])('refuses %s, and nothing is written', async (_, signature) => {
    const form = textIn('STOP', { From: '+33639980066' });
    const before = await house.store.arrivals.countDocuments();
    const answer = await post(form, signature);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ statusCode: 403, error: 'Forbidden' });
    expect(await house.store.arrivals.countDocuments()).toBe(before);
    expect(await house.store.addresses.findOne({ _id: 'sms:+33639980066' })).toBeNull();
  });

  test('refuses a post that lacks what every text has', async () => {
    const form = textIn('bonjour');
    delete form.MessageSid;
    expect((await post(form)).status).toBe(400);
  });

  test('refuses one over the size limit', async () => {
    expect((await post(textIn('a'.repeat(80_000)), 'any')).status).toBe(413);
  });
});

describe('POST /webhooks/twilio/status', () => {
  test('takes a receipt of a message it does not know without a fuss', async () => {
    const form = {
      MessageSid: `SM${'f'.repeat(32)}`,
      MessageStatus: 'delivered',
      AccountSid: account,
      From: '+33639980100',
      To: '+33639980001',
    };
    expect((await post(form, undefined, '/webhooks/twilio/status')).status).toBe(204);
    expect((await post(form, 'forged', '/webhooks/twilio/status')).status).toBe(403);
  });
});

describe('the mail webhooks', () => {
  const sign = (body: string): string =>
    `sha256=${createHmac('sha256', house.config.email.webhookSecret).update(body).digest('hex')}`;
  const mail = (path: string, body: unknown, signature?: string) => {
    const text = JSON.stringify(body);
    return http()
      .post(path)
      .set('content-type', 'application/json')
      .set('X-Signature', signature ?? sign(text))
      .send(text);
  };
  const answer = {
    messageId: '<a1@example.org>',
    from: 'Léa <lea@example.org>',
    to: 'bonjour@mona.example',
    subject: 'Re: bonjour',
    text: 'merci',
  };

  test('an answer by mail is an arrival, once', async () => {
    expect((await mail('/webhooks/email/inbound', answer)).status).toBe(200);
    expect((await mail('/webhooks/email/inbound', answer)).status).toBe(200);
    expect(await house.store.arrivals.countDocuments({ _id: 'mail:a1@example.org' })).toBe(1);
  });

  test('a bad signature and a malformed body are refused', async () => {
    expect((await mail('/webhooks/email/inbound', answer, 'sha256=00')).status).toBe(403);
    expect((await mail('/webhooks/email/inbound', { from: 'x' })).status).toBe(400);
    expect(
      (
        await mail('/webhooks/email/events', [
          {
            type: 'bounced',
            messageId: 'm1',
            address: 'lea@example.org',
            permanent: false,
            at: '2026-03-02T10:00:00Z',
          },
        ])
      ).status,
    ).toBe(200);
    expect((await mail('/webhooks/email/events', { type: 'lost' })).status).toBe(400);
  });
});

describe('POST /v1/events', () => {
  const send = (body: unknown, key = house.config.secrets.apiKey) =>
    http()
      .post('/v1/events')
      .set('authorization', `Bearer ${key}`)
      .send(body as object);
  const event = {
    type: 'track',
    userId: 'karim',
    event: 'App Logged In',
    properties: {},
    timestamp: '2026-11-20T10:00:00Z',
    messageId: 'ev-1',
  };

  test('takes an event once, whatever it is sent', async () => {
    for (const again of [1, 2, 3]) expect([again, (await send(event)).status]).toEqual([again, 202]);
    await house.app.settle();
    expect(await house.store.events.countDocuments({ _id: 'ev-1' })).toBe(1);
  });

  test('keeps the good ones of a batch and names the others by their place', async () => {
    const answer = await send({
      batch: [
        { ...event, messageId: 'ev-2' },
        { type: 'track', event: 'X' },
      ],
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ accepted: 1 });
    expect((answer.body as { issues: { path: string }[] }).issues.map(({ path }) => path)).toEqual([
      'batch[1].userId',
      'batch[1].messageId',
      'batch[1].timestamp',
    ]);
  });

  test('refuses what it could not keep: a score out of its range, consent without evidence', async () => {
    const answer = await send({
      batch: [
        { ...event, messageId: 'ev-20', event: 'Mona Score Updated', properties: { score: 121 } },
        { ...event, messageId: 'ev-21', event: 'Consent Granted', properties: { channel: 'sms' } },
        { ...event, messageId: 'ev-22', event: 'Mona Score Updated', properties: { score: 120 } },
      ],
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: 1,
      issues: [{ path: 'batch[0].properties.score' }, { path: 'batch[1].properties.evidence' }],
    });
    const alone = await send({
      ...event,
      messageId: 'ev-23',
      event: 'Mona Score Updated',
      properties: { score: -1 },
    });
    expect([alone.status, (alone.body as { issues: { path: string }[] }).issues[0]?.path]).toEqual([
      400,
      'properties.score',
    ]);
  });

  test('keeps the order of one person’s events, the clock of the sender corrected (§19.20)', async () => {
    const far = new Date(Date.now() + 3_600_000).toISOString();
    const scores = Array.from({ length: 12 }, (_, n) => n + 40);
    const batch = scores.map((score) => ({
      ...event,
      userId: 'orderly',
      event: 'Mona Score Updated',
      properties: { score, city: 'Orle\u0301ans' },
      timestamp: far,
      sentAt: far,
      messageId: `ev-order-${String(score)}`,
    }));
    expect((await send({ batch })).body).toEqual({ accepted: 12 });
    await house.app.settle();
    const contact = await house.store.contacts.findOne({ userId: 'orderly' });
    expect(contact?.mona?.score).toBe(51);
    const [kept] = await house.store.events.find({ _id: 'ev-order-40' }).toArray();
    expect(Math.abs((kept?.occurredAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(kept?.properties['city']).toBe('Orl\u00e9ans');
  });

  test('makes a contact of a person it does not know, without any consent', async () => {
    const identify = {
      type: 'identify',
      userId: 'newcomer',
      traits: { firstName: 'Noa', email: 'NewComer@example.org', phone: '06 39 98 00 55' },
      timestamp: '2026-11-20T10:00:00Z',
      messageId: 'ev-3',
    };
    expect((await send(identify)).status).toBe(202);
    await house.app.settle();
    const contact = await house.store.contacts.findOne({ userId: 'newcomer' });
    expect(contact?.firstName).toBe('Noa');
    const addresses = await house.store.addresses.find({ contactId: contact?._id ?? '' }).toArray();
    expect(addresses.map(({ _id }) => _id).sort()).toEqual([
      'email:newcomer@example.org',
      'sms:+33639980055',
    ]);
    expect(await house.store.consents.countDocuments({ contactId: contact?._id ?? '' })).toBe(0);
  });

  test('takes from a key what it was made for, and nothing once it is revoked', async () => {
    const at = new Date();
    const key = await addApiKey(house.store, 'analytics', ['track'], at);
    const identify = { ...event, type: 'identify', traits: { plan: '490' }, messageId: 'ev-scope-2' };
    const answer = await send({ batch: [{ ...event, messageId: 'ev-scope-1' }, identify] }, key);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: 1,
      issues: [{ path: 'batch[1].type', message: 'this key may not send identify' }],
    });
    expect((await house.store.apiKeys.findOne({ name: 'analytics' }))?.lastUsedAt).toBeInstanceOf(Date);
    expect(JSON.stringify(await house.store.apiKeys.find().toArray())).not.toContain(key);
    await revokeApiKey(house.store, 'analytics', at);
    expect((await send(event, key)).status).toBe(401);
  });

  test('refuses a wrong key, a shapeless body and one that is too large', async () => {
    expect((await send(event, 'wrong')).status).toBe(401);
    expect((await send({ type: 'track' })).status).toBe(400);
    expect((await send({ ...event, properties: { text: 'a'.repeat(1_100_000) } })).status).toBe(413);
  });
});

describe('the plain routes', () => {
  test('health, metrics and the API description answer', async () => {
    expect((await http().get('/healthz')).status).toBe(200);
    expect((await http().get('/readyz')).status).toBe(200);
    const metrics = (await http().get('/metrics')).text;
    expect(metrics).toContain('mona_process_cpu_seconds_total');
    expect(metrics).toContain('mona_database_up 1');
    expect(metrics).toMatch(/mona_waiting\{of="unsure"\} \d/);
    expect(metrics).toMatch(/mona_http_requests_total\{route="\/v1\/events",method="POST",status="202"\} \d/);
    const { body } = await http().get('/openapi.json');
    expect(Object.keys((body as { paths: object }).paths)).toEqual(
      expect.arrayContaining(['/webhooks/twilio/inbound', '/v1/events', '/api/threads/{id}/claim']),
    );
  });

  test('an unknown address is a 404 with a Boom payload', async () => {
    const answer = await http().get('/nothing/here').set('accept', 'application/json');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ statusCode: 404, error: 'Not Found' });
  });
});

describe('signing in', () => {
  test('the inbox is for a signed-in coach', async () => {
    expect((await http().get('/api/queues')).status).toBe(401);
    expect((await house.ask('GET', '/api/me')).body).toMatchObject({
      coach: { id: 'nina', role: 'manager' },
      isSandbox: true,
    });
  });

  test('a wrong password and an unknown address get the same answer', async () => {
    const attempt = (email: string) =>
      http().post('/api/session').set('origin', house.app.url).send({ email, password: 'not the password' });
    const [known, unknown] = [await attempt('nina@example.org'), await attempt('nobody@example.org')];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(known.status).toBe(401);
  });

  test('a request from another site is refused, with the cookie or without', async () => {
    const answer = await http()
      .post('/api/session')
      .set('origin', 'https://evil.example')
      .send({ email: 'nina@example.org', password: 'x' });
    expect(answer.status).toBe(403);
    expect((await http().post('/api/session').set('sec-fetch-site', 'cross-site').send({})).status).toBe(403);
  });
});

describe('a thread', () => {
  test('is taken once: the second coach learns who was first', async () => {
    await post(textIn('COACH', { From: '+33639980044' }));
    await house.app.settle();
    const [row] = (await house.ask('GET', '/api/threads?queue=todo')).body.rows as {
      id: string;
      rev: number;
      own: { rev: number };
    }[];
    if (!row) throw new Error('the thread is not in the queue');
    const first = await house.ask('POST', `/api/threads/${row.id}/claim`, {
      clientId: 'claim-000001',
      rev: row.own.rev,
    });
    const sam = request.agent(house.app.url);
    await sam
      .post('/api/session')
      .set('origin', house.app.url)
      .send({ email: 'sam@example.org', password: house.app.demo?.password });
    const second = await sam
      .post(`/api/threads/${row.id}/claim`)
      .set('origin', house.app.url)
      .send({ clientId: 'claim-000002', rev: row.own.rev });
    expect(first).toMatchObject({
      status: 200,
      body: { row: { state: 'coach', own: { ownerName: 'Nina' } } },
    });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ owner: { name: 'Nina' }, row: { state: 'coach' } });
  });

  test('a coach answers, the phone gets it; the same click twice is one message', async () => {
    const [row] = (await house.ask('GET', '/api/threads?queue=mine')).body.rows as {
      id: string;
      seq: number;
      own: { rev: number };
    }[];
    if (!row) throw new Error('the thread is not mine');
    const said = {
      clientId: 'message-00001',
      channel: 'sms',
      text: 'Je regarde ça avec toi.',
      seen: row.seq,
      rev: row.own.rev,
    };
    const first = await house.ask('POST', `/api/threads/${row.id}/messages`, said);
    expect(first).toMatchObject({ status: 201, body: { item: { kind: 'out', status: 'queued' } } });
    await house.ask('POST', `/api/threads/${row.id}/messages`, said);
    await house.ask('POST', '/api/sandbox/clock', { byMs: 10_000 });
    const { messages } = (await house.ask('GET', '/api/sandbox/phones/sms/%2B33639980044/messages')).body as {
      messages: { text: string }[];
    };
    expect(messages.filter(({ text }) => text.includes('Je regarde ça avec toi.'))).toHaveLength(1);
  });

  test('a send that did not see the last word is told what came', async () => {
    const [row] = (await house.ask('GET', '/api/threads?queue=mine')).body.rows as {
      id: string;
      seq: number;
      own: { rev: number };
    }[];
    if (!row) throw new Error('the thread is not mine');
    await post(textIn('attends', { From: '+33639980044' }));
    await house.app.settle();
    const stale = await house.ask('POST', `/api/threads/${row.id}/messages`, {
      clientId: 'message-00002',
      channel: 'sms',
      text: 'Alors ?',
      seen: row.seq,
      rev: row.own.rev,
    });
    expect(stale).toMatchObject({ status: 409, body: { code: 'changed' } });
    expect((stale.body.items as { text: string }[]).map(({ text }) => text)).toContain('attends');
  });

  test('opens with what was said, why, and what may be said', async () => {
    const [row] = (await house.ask('GET', '/api/threads?queue=mine')).body.rows as { id: string }[];
    const { body } = await house.ask('GET', `/api/threads/${row?.id ?? ''}`);
    expect(body).toMatchObject({
      can: { sms: true, email: { reason: 'no_address' } },
      drafts: { reply: null },
    });
    const heard = (body.items as { id: string; kind: string }[]).find(({ kind }) => kind === 'in');
    expect((await house.ask('GET', `/api/items/${heard?.id ?? ''}/why`)).body).toMatchObject({
      intent: 'human',
      confidence: 1,
    });
  });

  test('drafts, notes and tags are kept', async () => {
    const [row] = (await house.ask('GET', '/api/threads?queue=mine')).body.rows as { id: string }[];
    const id = row?.id ?? '';
    expect((await house.ask('PUT', `/api/threads/${id}/drafts/reply`, { text: 'brouillon' })).status).toBe(
      204,
    );
    expect((await house.ask('GET', `/api/threads/${id}`)).body).toMatchObject({
      drafts: { reply: 'brouillon' },
    });
    expect(
      (await house.ask('POST', `/api/threads/${id}/notes`, { clientId: 'note-0000001', text: 'à rappeler' }))
        .status,
    ).toBe(201);
    expect(
      (await house.ask('POST', `/api/threads/${id}/tags`, { clientId: 'tags-0000001', tags: ['clip'] })).body,
    ).toMatchObject({ row: { tags: ['clip'] } });
  });
});
