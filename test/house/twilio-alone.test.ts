import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { AddressInfo } from 'node:net';
import { useApp } from '../support/app.ts';

/*
 * Twilio's credentials and nothing else, as somebody first tries it for real: texts go to Twilio, mail is kept by us.
 */
const account = `AC${'1'.repeat(32)}`;
const token = 't'.repeat(32);
const said: string[] = [];

const carrier: Server = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    const form = new URLSearchParams(body);
    if (request.method === 'POST') said.push(form.get('Body') ?? '');
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        sid: `SM${String(said.length).padStart(32, '0')}`,
        status: 'queued',
        to: form.get('To'),
        from: form.get('From'),
        messages: [],
        contents: [],
        meta: {},
      }),
    );
  });
});
carrier.listen(0, '127.0.0.1');
await once(carrier, 'listening');
const carrierUrl = `http://127.0.0.1:${String((carrier.address() as AddressInfo).port)}`;

const house = useApp({
  TWILIO_ACCOUNT_SID: account,
  TWILIO_AUTH_TOKEN: token,
  TWILIO_SMS_FROM: '+33644640000',
  TWILIO_API_BASE_URL: carrierUrl,
});
afterAll(() => {
  carrier.closeAllConnections();
  carrier.close();
});

test('stands without a relay, and answers HELP once at the carrier', async () => {
  expect(house.config).toMatchObject({ sandbox: null, email: { smtpUrl: null } });
  expect((await fetch(`${house.app.url}/readyz`)).status).toBe(200);
  const url = `${house.app.url}/webhooks/twilio/inbound`;
  const form = {
    MessageSid: `SM${'7'.repeat(32)}`,
    AccountSid: account,
    From: '+33639981234',
    To: '+33644640000',
    NumMedia: '0',
    Body: 'HELP',
  };
  const post = () =>
    fetch(url, {
      method: 'POST',
      headers: { 'x-twilio-signature': getExpectedTwilioSignature(token, url, form) },
      body: new URLSearchParams(form),
    });
  expect((await Promise.all([post(), post()])).map(({ status }) => status)).toEqual([200, 200]);
  await house.app.settle();
  expect(said).toEqual([expect.stringContaining('MONA x SPARK')]);
});

test('answers nothing of the sandbox', async () => {
  expect((await fetch(`${house.app.url}/sandbox/carrier/2010-04-01`, { method: 'POST' })).status).toBe(404);
  expect((await house.ask('GET', '/api/sandbox/state')).status).toBe(401);
});
