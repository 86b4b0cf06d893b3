import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmail } from '../../src/channels/email/index.ts';
import { createTwilio } from '../../src/channels/twilio/index.ts';
import { isHttpError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createSandbox, type Sandbox, type SandboxOptions, type Travel } from '../../src/sandbox/api.ts';
import { parseMime } from '../../src/sandbox/mime.ts';
import type { PartnerWords } from '../../src/sandbox/partner.ts';
import {
  accountSid,
  aRow,
  authToken,
  HandClock,
  lea,
  sending,
  smsFrom,
  whatsappFrom,
} from './support/world.ts';

const page = { title: 'Formule {{plan}}', lead: '…', button: 'OK', done: 'Merci' };
const words: PartnerWords = {
  who: 'Qui ?',
  elsewhere: '…',
  pages: { booking: page, shop: page, villa: page, dashboard: page },
};
const publicUrl = 'https://mona.example';
const secret = 'mail-secret';

/** The product, as far as the sandbox sees it: it checks what it hears with the channels' own readers. */
interface House {
  readonly sandbox: Sandbox;
  readonly url: string;
  readonly clock: HandClock;
  readonly travelled: Travel[];
  readonly heard: { path: string; body: unknown; authorization?: string | undefined }[];
  readonly twilio: ReturnType<typeof createTwilio>;
  readonly email: ReturnType<typeof createEmail>;
  stop(): Promise<void>;
}

async function openHouse(dataDir: string | null): Promise<House> {
  const clock = new HandClock();
  const app = express();
  const server: Server = createServer(app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const travelled: Travel[] = [];
  const heard: House['heard'] = [];
  const options: SandboxOptions = {
    accountSid,
    authToken,
    clock,
    log: silentLog,
    dataDir,
    productUrl: () => publicUrl,
    localUrl: () => url,
    emailSecret: secret,
    pushTokenOf: (contactId) => contactId,
    apiKey: 'key',
    senders: [{ address: smsFrom, optOut: 'advanced' }, { address: whatsappFrom }],
    words: { fr: words, en: words },
    cast: async () => [
      {
        key: 'lea',
        name: 'Léa',
        channel: 'sms',
        address: lea,
        contactId: 'c1',
        userId: 'u-lea',
        locale: 'fr',
      },
    ],
    flows: async () => [{ id: 'welcome', event: 'Lead Created' }],
    aheadMs: () => 0,
    travel: async (to) => travelled.push(to),
  };
  const sandbox = createSandbox(options);
  const twilio = createTwilio({
    accountSid,
    authToken,
    apiBaseUrl: `${url}/sandbox/carrier`,
    smsFrom,
    whatsappFrom,
    publicUrl,
    log: silentLog,
    clock,
  });
  const email = createEmail({
    from: 'MONA <bonjour@mona.example>',
    replyTo: 'reponse@mona.example',
    sandboxUrl: url + sandbox.mailPath,
    webhookSecret: secret,
    clock,
    unsubscribeUrl: () => `${publicUrl}/u/token`,
    tokenFor: (_, mark) => mark,
    frame: ({ content }) => content,
  });
  app.use('/sandbox/carrier', sandbox.carrierRouter);
  app.use('/sandbox/mail', sandbox.mailRouter);
  app.use('/sandbox/partner', sandbox.partnerRouter);
  app.use('/api/sandbox', sandbox.apiRouter);
  app.post('/webhooks/twilio/inbound', express.urlencoded({ extended: false }), (asked, answer) => {
    heard.push({
      path: 'sms',
      body: twilio.parseInbound({
        url: asked.originalUrl,
        headers: asked.headers,
        form: asked.body as Record<string, string>,
      }),
    });
    answer.type('xml').send('<Response/>');
  });
  app.post('/webhooks/twilio/status', express.urlencoded({ extended: false }), (asked, answer) => {
    heard.push({
      path: 'status',
      body: twilio.parseReceipt({
        url: asked.originalUrl,
        headers: asked.headers,
        form: asked.body as Record<string, string>,
      }),
    });
    answer.end();
  });
  app.post('/webhooks/email/inbound', express.raw({ type: () => true }), async (asked, answer) => {
    heard.push({
      path: 'mail',
      body: await email.parseInbound({ headers: asked.headers, body: asked.body as Buffer }),
    });
    answer.end();
  });
  app.post('/webhooks/email/events', express.raw({ type: () => true }), async (asked, answer) => {
    heard.push({
      path: 'mail-event',
      body: await email.parseEvents({ headers: asked.headers, body: asked.body as Buffer }),
    });
    answer.end();
  });
  app.post('/u/token', express.text({ type: () => true }), (asked, answer) => {
    heard.push({ path: 'one-click', body: asked.body });
    answer.end();
  });
  app.post('/v1/events', express.json(), (asked, answer) => {
    heard.push({ path: 'event', body: asked.body, authorization: asked.headers.authorization });
    answer.status(202).end();
  });
  // As the product's own error handler does, for what the sandbox throws.
  const report: ErrorRequestHandler = (error, _asked, answer, next) => {
    if (isHttpError(error)) answer.status(error.output.statusCode).end();
    else next(error);
  };
  app.use(report);
  return {
    sandbox,
    url,
    clock,
    travelled,
    heard,
    twilio,
    email,
    stop: async () => {
      await sandbox.settle();
      await sandbox.close();
      await twilio.close();
      await email.channel.close?.();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

let house: House;
beforeEach(async () => {
  house = await openHouse(null);
});
afterEach(() => house.stop());

const heard = (path: string): unknown[] =>
  house.heard.filter((one) => one.path === path).map(({ body }) => body);
const phone = `/api/sandbox/phones/sms/${encodeURIComponent(lea)}/messages`;
const mailRow = {
  channel: 'email',
  sender: 'email:bonjour@mona.example',
  address: 'lea@example.org',
  body: { text: 'Salut', subject: 'Bienvenue', html: '<p>Salut</p>' },
} as const;

describe('phones', () => {
  test('what the phone sends reaches the product signed under its public address, and stands in the thread', async () => {
    const said = await request(house.url).post(phone).send({ text: 'Bonjour' }).expect(201);
    expect((said.body as { answers: unknown[] }).answers).toEqual([{ status: 200, tries: 1 }]);
    expect(heard('sms')).toMatchObject([
      { inbound: { text: 'Bonjour', address: lea, sender: `sms:${smsFrom}` } },
    ]);
    await house.twilio.sms.send(aRow(), sending());
    await house.sandbox.settle();
    expect(heard('status')).toMatchObject([{ status: 'sent' }, { status: 'delivered' }]);
    const shown = await request(house.url).get(phone).expect(200);
    expect((shown.body as { messages: unknown[] }).messages).toMatchObject([
      { direction: 'out', text: 'Bonjour' },
      { direction: 'in', text: 'Salut Léa', status: 'delivered', hasArrived: true },
    ]);
  });

  test('deliver twice, answered by the carrier', async () => {
    await request(house.url)
      .post(phone)
      .send({ text: 'a', faults: { duplicate: true } })
      .expect(201);
    await request(house.url)
      .post(phone)
      .send({ text: 'help', faults: { optOutType: 'HELP' } })
      .expect(201);
    expect(heard('sms')).toMatchObject([
      { inbound: { text: 'a' } },
      { inbound: { text: 'a' } },
      { inbound: { optOutType: 'HELP' } },
    ]);
  });

  test('a channel no phone has is a 400', async () => {
    await request(house.url).get('/api/sandbox/phones/fax/1/messages').expect(400);
  });

  test('faults by script, and back to none', async () => {
    await request(house.url)
      .post('/api/sandbox/faults')
      .send({ script: [{ address: lea, faults: ['4xx:21614'] }] })
      .expect(200);
    await expect(house.twilio.sms.send(aRow(), sending())).rejects.toMatchObject({ code: '21614' });
    await request(house.url)
      .post('/api/sandbox/faults')
      .send({ rates: { 429: 1 } })
      .expect(200);
    await expect(house.twilio.sms.send(aRow(), sending())).rejects.toMatchObject({
      code: '20429',
      retry: true,
    });
    await request(house.url).post('/api/sandbox/faults').send({ clear: true }).expect(200);
    await expect(house.twilio.sms.send(aRow(), sending())).resolves.toMatchObject({ status: 'queued' });
  });
});

describe('the mailbox', () => {
  test('takes a mail, shows it without letting it act, and reports the delivery', async () => {
    const { sid } = await house.email.channel.send(aRow(mailRow), sending());
    const { body } = await request(house.url).get('/api/sandbox/mail').expect(200);
    expect((body as { mails: unknown[] }).mails).toMatchObject([
      { id: '1', to: 'lea@example.org', subject: 'Bienvenue', hasOneClick: true },
    ]);
    const shown = await request(house.url).get('/api/sandbox/mail/1/html').expect(200);
    expect(shown.text).toBe('<p>Salut</p>');
    expect(shown.headers['content-security-policy']).toContain('sandbox');
    await house.sandbox.settle();
    expect(heard('mail-event')).toMatchObject([[{ status: 'delivered', sid }]]);
  });

  test('its key is needed', async () => {
    await request(house.url).post('/sandbox/mail/guess').send({}).expect(404);
  });

  test('an answer reaches the product as the answer to its row', async () => {
    const { sid } = await house.email.channel.send(aRow(mailRow), sending());
    await request(house.url)
      .post('/api/sandbox/mail/1/reply')
      .send({ text: 'Oui !' })
      .expect(200, { status: 200 });
    expect(heard('mail')).toMatchObject([
      {
        inbound: {
          text: 'Oui !',
          address: 'lea@example.org',
          repliedTo: sid,
          sender: 'email:bonjour@mona.example',
        },
      },
    ]);
  });

  test('one click is a POST, and nothing else', async () => {
    await house.email.channel.send(aRow(mailRow), sending());
    await request(house.url).post('/api/sandbox/mail/1/unsubscribe').expect(200, { status: 200 });
    expect(heard('one-click')).toEqual(['List-Unsubscribe=One-Click']);
  });

  test('a bounce, a mail nobody sent', async () => {
    await house.email.channel.send(aRow(mailRow), sending());
    await request(house.url).post('/api/sandbox/mail/1/events').send({ type: 'bounced' }).expect(200);
    expect(heard('mail-event').flat()).toContainEqual(expect.objectContaining({ code: 'hard_bounce' }));
    await request(house.url).get('/api/sandbox/mail/99').expect(404);
  });

  test('raw MIME is read too', () => {
    const raw = [
      'From: =?UTF-8?Q?L=C3=A9a?= <lea@example.org>',
      'Subject: =?utf-8?B?w4kgdG9p?=',
      'Content-Type: multipart/alternative; boundary="b1"',
      '',
      '--b1',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '=C3=A9t=\r\n=C3=A9',
      '--b1',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('<b>été</b>').toString('base64'),
      '--b1--',
      '',
    ].join('\r\n');
    const { headers, text, html } = parseMime(Buffer.from(raw).toString('latin1'));
    expect([headers.from, headers.subject, text, html]).toEqual([
      'Léa <lea@example.org>',
      'É toi',
      'été',
      '<b>été</b>',
    ]);
    const { id } = house.sandbox.mailbox.take(
      Buffer.from(`Message-ID: <m1@x>\r\nTo: a@b.c\r\n${raw}`),
      'message/rfc822',
    );
    expect(house.sandbox.mailbox.need(id)).toMatchObject({
      messageId: 'm1@x',
      subject: 'É toi',
      text: 'été',
    });
  });
});

describe('clock, entries, partners', () => {
  test('the clock goes where it is told, forward', async () => {
    await request(house.url).post('/api/sandbox/clock').send({ byMs: 3_600_000 }).expect(200);
    await request(house.url).post('/api/sandbox/clock').send({ to: 'next' }).expect(200);
    await request(house.url).post('/api/sandbox/clock').send({ to: '2026-03-04T10:00:00Z' }).expect(200);
    await request(house.url).post('/api/sandbox/clock').send({ byMs: -1 }).expect(400);
    expect(house.travelled).toEqual([{ byMs: 3_600_000 }, 'next', { to: new Date('2026-03-04T10:00:00Z') }]);
  });

  test('a contact enters a flow by its event, under the API key', async () => {
    await request(house.url)
      .post('/api/sandbox/enter')
      .send({ userId: 'u-lea', event: 'Lead Created', properties: { plan: null } })
      .expect(202);
    expect(house.heard[0]).toMatchObject({
      path: 'event',
      authorization: 'Bearer key',
      body: { type: 'track', userId: 'u-lea', event: 'Lead Created', properties: { plan: null } },
    });
    await request(house.url).post('/api/sandbox/enter').send({}).expect(400);
  });

  test.each([
    ['book-call', 'Call Booked', {}],
    ['pay-390', 'Subscription Started', { plan: 390 }],
    ['apply-spark', 'Spark Application Submitted', {}],
    ['dashboard', 'App Logged In', {}],
  ])('%s emits %s', async (name, event, properties) => {
    const shown = await request(house.url).get(`/sandbox/partner/${name}`).expect(200);
    expect(shown.text).toContain('<option value="u-lea">Léa</option>');
    await request(house.url)
      .post(`/sandbox/partner/${name}`)
      .type('form')
      .send({ userId: 'u-lea' })
      .expect(200);
    expect(heard('event')).toMatchObject([{ event, userId: 'u-lea', properties }]);
  });

  test('opening a page does nothing, and its address cannot write into it', async () => {
    const shown = await request(house.url).get('/sandbox/partner/shop?u=%22%3E%3Cscript%3E').expect(200);
    expect(shown.text).not.toContain('<script>');
    expect(house.heard).toEqual([]);
  });

  test('the state names phones, flows and clock', async () => {
    const { body } = await request(house.url).get('/api/sandbox/state').expect(200);
    expect(body).toMatchObject({
      clock: { now: '2026-03-03T12:00:00.000Z', aheadMs: 0 },
      phones: [{ key: 'lea' }],
      flows: [{ id: 'welcome' }],
    });
  });

  test('the stream tells of messages and mails as they come', async () => {
    const leave = new AbortController();
    const stream = await fetch(`${house.url}/api/sandbox/stream`, { signal: leave.signal });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await house.twilio.sms.send(aRow(), sending());
    await house.email.channel.send(aRow(mailRow), sending());
    let text = '';
    while (!text.includes('event: mail')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('event: message\ndata: {"sid":"SM');
    leave.abort();
  });
});

test('a second start finds messages, mails, templates and stops', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
  const first = await openHouse(dataDir);
  await first.twilio.sms.send(aRow(), sending());
  await first.twilio.templates.push({
    name: 't',
    language: 'fr',
    category: 'UTILITY',
    body: 'Salut {{1}} !',
    samples: { 1: 'Léa' },
  });
  await request(first.url)
    .post(`/api/sandbox/phones/whatsapp/${encodeURIComponent(lea)}/messages`)
    .send({ text: 'coucou' })
    .expect(201);
  await request(first.url).post(phone).send({ text: 'STOP' }).expect(201);
  await first.email.channel.send(aRow(mailRow), sending());
  await first.stop();
  const second = await openHouse(dataDir);
  const { world } = second.sandbox.carrier;
  expect(world.book.phone(lea).map(({ body, status }) => [body, status])[0]).toEqual([
    'Salut Léa',
    'delivered',
  ]);
  expect(await second.twilio.templates.status('t')).toMatchObject({ status: 'approved' });
  expect(world.blocks.has(smsFrom, lea)).toBe(true);
  expect(world.windows.has(`${whatsappFrom}|whatsapp:${lea}`)).toBe(true);
  expect(second.sandbox.mailbox.list()).toMatchObject([{ subject: 'Bienvenue' }]);
  await second.stop();
  rmSync(dataDir, { recursive: true });
});
