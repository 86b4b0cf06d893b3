import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compose, type ComposeOptions, messageIdOf } from '../../src/channels/email/compose.ts';
import {
  createEmail,
  type EmailCarrier,
  type EmailOptions,
  type RawMail,
} from '../../src/channels/email/index.ts';
import { newText, textOfHtml } from '../../src/channels/email/new-text.ts';
import { signMail } from '../../src/channels/email/signature.ts';
import { dkimOptions } from '../../src/channels/email/transport.ts';
import type { Row } from '../../src/core/row.ts';
import { channelContract, type FarSide } from './contract.ts';
import { aRow, HandClock, sending } from './support/world.ts';

const secret = 'a-secret';
const from = 'MONA <bonjour@mona.example>';
const unsubscribeUrl = (row: Row): string | null =>
  row.class === 'marketing' ? 'https://mona.example/u/abc' : null;
const parts: ComposeOptions = {
  from,
  replyTo: 'reponse@mona.example',
  unsubscribeUrl,
  tokenFor: (row, mark) => `token-of-${row.id}-${mark}`,
  frame: ({ content }) => `<main>${content}</main>`,
};
const mailRow: Partial<Row> = {
  channel: 'email',
  sender: 'email:bonjour@mona.example',
  address: 'lea@example.org',
  body: { text: 'Salut Léa', subject: 'Bienvenue' },
};

const email = (more: Partial<EmailOptions>): EmailCarrier =>
  createEmail({ ...parts, webhookSecret: secret, clock: new HandClock(), ...more });

type Next = Parameters<FarSide['next']>[0] | null;
const listening = async (server: Server | TcpServer): Promise<number> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
};

/** The sandbox's intake, as far as a channel sees it. */
async function openMailbox(): Promise<FarSide> {
  const taken: string[] = [];
  let next: Next = null;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const does = next;
      next = null;
      if (does === 'hangs') return;
      if (does === 'refuses') return void response.writeHead(422).end();
      if (does === 'throttles') return void response.writeHead(429).end();
      taken.push((JSON.parse(body) as { text: string }).text);
      if (does === 'loses the answer') return void request.socket.destroy();
      response.writeHead(does === 'fails' ? 500 : 202).end();
    });
  });
  const { channel } = email({ sandboxUrl: `http://127.0.0.1:${await listening(server)}/sandbox/mail/key` });
  return farSide(
    channel,
    taken,
    (does) => (next = does),
    server,
    () => server.closeAllConnections(),
  );
}

/** A relay that speaks just enough SMTP. */
async function openRelay(): Promise<FarSide> {
  const taken: string[] = [];
  let next: Next = null;
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let data: string | null = null;
    socket.write('220 relay\r\n');
    const answer = (line: string): void => {
      if (/^(EHLO|HELO)/.test(line)) socket.write('250 relay\r\n');
      else if (line.startsWith('RCPT') && next === 'refuses') socket.write('550 no such user\r\n');
      else if (line.startsWith('RCPT') && next === 'throttles') socket.write('450 later\r\n');
      else if (line === 'DATA') {
        data = '';
        socket.write('354 go\r\n');
      } else if (line === 'QUIT') socket.end('221 bye\r\n');
      else socket.write('250 ok\r\n');
    };
    const take = (mail: string): void => {
      taken.push(mail.split('\r\n\r\n')[1]?.trim() ?? '');
      if (next === 'hangs') return;
      if (next === 'fails' || next === 'loses the answer') socket.destroy();
      else socket.write('250 taken\r\n');
    };
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('utf8');
      for (let cut = rest.indexOf('\r\n'); cut >= 0; cut = rest.indexOf('\r\n')) {
        const line = rest.slice(0, cut);
        rest = rest.slice(cut + 2);
        if (data === null) answer(line);
        else if (line === '.') {
          take(data);
          data = null;
        } else data += `${line}\r\n`;
      }
    });
  });
  const { channel } = email({ smtpUrl: `smtp://127.0.0.1:${await listening(server)}` });
  return farSide(
    channel,
    taken,
    (does) => (next = does),
    server,
    () => sockets.forEach((socket) => socket.destroy()),
  );
}

function farSide(
  channel: FarSide['channel'],
  taken: string[],
  next: FarSide['next'],
  server: Server | TcpServer,
  cut: () => void,
): FarSide {
  let left: Promise<void> | null = null;
  const leave = (): Promise<void> =>
    (left ??= new Promise((done) => {
      server.close(() => done());
      cut();
    }));
  const stop = async (): Promise<void> => {
    await channel.close?.();
    await leave();
  };
  // The relay encodes "é": the text is compared as the reader sees it.
  return { channel, taken: () => taken.map((text) => text.replace('=C3=A9', 'é')), next, leave, stop };
}

channelContract('Mail to the sandbox', openMailbox, mailRow);
channelContract('Mail to a relay', openRelay, mailRow);

describe('a mail', () => {
  const marketing = aRow({
    ...mailRow,
    class: 'marketing',
    body: { text: 'Salut', subject: 'Hé', html: '<p>Salut</p>' },
  });

  test('has a Message-ID that its row decides', async () => {
    expect(messageIdOf('a/0', from)).toMatch(/^[0-9a-f]{32}@mona\.example$/);
    expect(messageIdOf('a/0', from)).toBe(messageIdOf('a/0', 'bonjour@mona.example'));
    expect(messageIdOf('a/1', from)).not.toBe(messageIdOf('a/0', from));
  });

  test('offers one click where it is marketing, and only there', () => {
    expect(compose(marketing, parts).headers).toHaveProperty('List-Unsubscribe-Post');
    expect(compose(aRow(mailRow), parts).headers).toEqual({});
  });

  test('carries the tokens of its own row, in text and frame alike', () => {
    const body = {
      text: 'https://x/a/{{answer:yes}}',
      subject: 'Hé',
      html: '<a href="https://x/u/{{unsubscribe}}">',
    };
    const { text, html } = compose(aRow({ ...mailRow, id: 'r', body }), parts);
    expect([text, html]).toEqual([
      'https://x/a/token-of-r-answer:yes',
      '<main><a href="https://x/u/token-of-r-unsubscribe"></main>',
    ]);
  });

  test('is signed over both unsubscribe headers, which stand on one line each', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const long = `https://mona.example/u/${'x'.repeat(120)}`;
    const mail = compose(marketing, { ...parts, unsubscribeUrl: () => long });
    const printer = createTransport({
      streamTransport: true,
      buffer: true,
      dkim: dkimOptions({ domain: 'mona.example', selector: 's1', privateKey }),
    } as Parameters<typeof createTransport>[0]);
    const { message } = (await printer.sendMail(mail)) as unknown as { message: Buffer };
    const raw = message.toString('utf8');
    const covered =
      /;\s*h=([^;]+);/
        .exec(raw.replace(/\r\n\s+/g, ''))?.[1]
        ?.toLowerCase()
        .split(':') ?? [];
    expect(covered).toEqual(
      expect.arrayContaining([
        'from',
        'to',
        'subject',
        'message-id',
        'list-unsubscribe',
        'list-unsubscribe-post',
      ]),
    );
    expect(raw).toContain(`List-Unsubscribe: <${long}>\r\n`);
    expect(raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
    expect(raw).toContain(`Message-ID: ${mail.messageId}`);
  });

  test('cannot be asked after', () => {
    expect(email({ sandboxUrl: 'http://127.0.0.1:9' }).channel.find).toBeUndefined();
  });
});

describe('answers by mail', () => {
  let carrier: EmailCarrier;
  beforeEach(() => {
    carrier = email({ sandboxUrl: 'http://127.0.0.1:9' });
  });
  afterEach(() => carrier.channel.close?.());
  const signed = (value: unknown): RawMail => {
    const body = Buffer.from(JSON.stringify(value));
    return { body, headers: { 'content-type': 'application/json', 'x-signature': signMail(secret, body) } };
  };
  const mail = {
    messageId: '<r1@example.org>',
    inReplyTo: '<row@mona.example>',
    from: 'Léa Martin <Lea@Example.org>',
    to: 'reponse@mona.example',
    text: 'Oui !\n\nLe 3 mars 2026, MONA a écrit :\n> STOP',
  };

  test('are arrivals like a text, without what they quote', async () => {
    const arrived = await carrier.parseInbound(signed(mail));
    expect(arrived).toMatchObject({
      arrivalId: 'mail:r1@example.org',
      isAutomatic: false,
      inbound: {
        channel: 'email',
        sender: 'email:bonjour@mona.example',
        address: 'lea@example.org',
        text: 'Oui !',
        repliedTo: 'row@mona.example',
        profileName: 'Léa Martin',
      },
    });
  });

  test('name the message they answer by the sid it was sent under', async () => {
    const row = aRow(mailRow);
    const { inbound } = await carrier.parseInbound(
      signed({ ...mail, inReplyTo: `<${messageIdOf(row.id, from)}>` }),
    );
    expect(inbound.repliedTo).toBe(messageIdOf(row.id, from));
  });

  test('come as multipart too', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(mail)) form.set(name, value);
    const request = new Request('http://127.0.0.1', { method: 'POST', body: form });
    const body = Buffer.from(await request.arrayBuffer());
    const headers = {
      'content-type': request.headers.get('content-type') ?? '',
      'x-signature': signMail(secret, body),
    };
    expect((await carrier.parseInbound({ body, headers })).inbound).toMatchObject({
      text: 'Oui !',
      sid: 'r1@example.org',
    });
  });

  test('of a program are marked', async () => {
    expect(
      (await carrier.parseInbound(signed({ ...mail, headers: { 'Auto-Submitted': 'auto-replied' } })))
        .isAutomatic,
    ).toBe(true);
    expect(
      (await carrier.parseInbound(signed({ ...mail, headers: '{"Precedence":"bulk"}' }))).isAutomatic,
    ).toBe(true);
    expect(
      (await carrier.parseInbound(signed({ ...mail, headers: { 'auto-submitted': 'no' } }))).isAutomatic,
    ).toBe(false);
  });

  test('403 for one byte more, 400 for what is no mail', async () => {
    const good = signed(mail);
    const longer = { ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) };
    await expect(carrier.parseInbound(longer)).rejects.toMatchObject({ output: { statusCode: 403 } });
    await expect(carrier.parseInbound({ ...good, headers: {} })).rejects.toMatchObject({
      output: { statusCode: 403 },
    });
    await expect(carrier.parseInbound(signed({ from: 'a@b.c' }))).rejects.toMatchObject({
      output: { statusCode: 400 },
    });
    const broken = Buffer.from('{');
    await expect(
      carrier.parseInbound({ body: broken, headers: { 'x-signature': signMail(secret, broken) } }),
    ).rejects.toMatchObject({ output: { statusCode: 400 } });
  });

  test('bounces and complaints, one or many', async () => {
    const at = '2026-03-03T12:00:00.000Z';
    const bounce = {
      type: 'bounced',
      messageId: '<row@mona.example>',
      address: 'Lea@example.org',
      permanent: true,
      at,
    };
    expect(await carrier.parseEvents(signed(bounce))).toMatchObject([
      {
        status: 'failed',
        code: 'hard_bounce',
        sid: 'row@mona.example',
        address: 'lea@example.org',
        at: new Date(at),
      },
    ]);
    const more = await carrier.parseEvents(
      signed([
        { ...bounce, permanent: false },
        { ...bounce, type: 'complained' },
        { ...bounce, type: 'delivered' },
      ]),
    );
    expect(more.map(({ status, code }) => [status, code])).toEqual([
      ['failed', 'soft_bounce'],
      ['delivered', 'complaint'],
      ['delivered', null],
    ]);
    await expect(carrier.parseEvents(signed({ ...bounce, type: 'eaten' }))).rejects.toMatchObject({
      output: { statusCode: 400 },
    });
  });
});

describe('what a person wrote', () => {
  test.each([
    ['Ok\n\nOn Tue, 3 Mar 2026 at 10:00, MONA <a@b.c> wrote:\n> STOP', 'Ok'],
    ['Ok\r\n\r\nLe mar. 3 mars 2026 à 10:00, MONA <bonjour@mona.example>\r\na écrit :\r\n> x', 'Ok'],
    ['Ok\n\n-----Message d’origine-----\nDe : MONA', 'Ok'],
    ['Ok\n-- \nLéa', 'Ok'],
    ['Ok\nEnvoyé de mon iPhone', 'Ok'],
    ['> question\nma réponse', 'ma réponse'],
    ['Le studio est prêt\nOn y va ?', 'Le studio est prêt\nOn y va ?'],
  ])('%j is %j', (text, own) => {
    expect(newText(text)).toBe(own);
  });

  test('HTML alone', () => {
    expect(newText(textOfHtml('<style>p{}</style><p>Oui &amp; merci</p><blockquote>STOP</blockquote>'))).toBe(
      'Oui & merci',
    );
  });
});

test('sending says the Message-ID as its sid', async () => {
  const far = await openMailbox();
  expect(await far.channel.send(aRow(mailRow), sending())).toEqual({
    sid: messageIdOf(aRow().id, from),
    status: 'sent',
  });
  await far.stop();
});
