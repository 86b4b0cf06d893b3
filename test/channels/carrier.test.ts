import { spawn } from 'node:child_process';
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TwilioHttp } from '../../src/channels/twilio/http-client.ts';
import { callFaults, createFaults, inboundFaults } from '../../src/sandbox/carrier/faults.ts';
import { sign } from '../../src/sandbox/carrier/webhook.ts';
import {
  accountSid,
  aRow,
  authToken,
  lea,
  openWorld,
  smsFrom,
  type TestWorld,
  whatsappFrom,
} from './support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.stop());

const callback = (path = '/status'): string => world.listener.url + path;
const statuses = (posts: readonly { form: Record<string, string> }[]): (string | undefined)[] =>
  posts.map((post) => post.form.MessageStatus);

describe('the sandbox signs as the facts say', () => {
  test('the published vector', () => {
    const params = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    };
    expect(sign('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', params)).toBe(
      'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
    );
  });

  test('the SDK accepts what the carrier posts, query included, fragment left out', async () => {
    world.carrier.world.inboundUrl = `${world.listener.url}/in?x=1&y=%C3%A9#rc=2&rp=5xx`;
    await world.carrier.receive({ from: lea, text: "C'est moi 😉 [ok]" }).posted;
    const [post] = world.listener.heard;
    const isValid = twilio.validateRequest(
      authToken,
      String(post?.headers['x-twilio-signature']),
      world.listener.url + post?.url,
      post?.form ?? {},
    );
    expect(isValid).toBe(true);
  });
});

describe('create', () => {
  test('answers as Twilio does: RFC 2822 dates, segments as text, no price yet', async () => {
    const message = await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'a'.repeat(161) });
    expect(message).toMatchObject({
      status: 'queued',
      numSegments: '2',
      price: null,
      direction: 'outbound-api',
      errorCode: null,
    });
    expect(message.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(message.dateCreated).toEqual(world.clock.now());
  });

  test('a Messaging Service accepts first and counts segments later', async () => {
    const message = await world.sdk.messages.create({
      to: lea,
      messagingServiceSid: 'MG1',
      body: 'Salut',
      statusCallback: callback(),
    });
    expect(message).toMatchObject({ status: 'accepted', numSegments: '0' });
    expect(statuses(await world.listener.until(3))).toEqual(['queued', 'sent', 'delivered']);
  });

  test('a service speaks from its number, and hears on it', async () => {
    world.carrier.world.senders.set({ address: '+33639980077', serviceSid: 'MG7', optOut: 'default' });
    const message = await world.sdk.messages.create({ to: lea, messagingServiceSid: 'MG7', body: 'Salut' });
    expect(message).toMatchObject({ from: '+33639980077', messagingServiceSid: 'MG7' });
    await world.carrier.receive({ from: lea, text: 'STOP' }).posted;
    expect(world.listener.heard[0]?.form).toMatchObject({ To: '+33639980077', MessagingServiceSid: 'MG7' });
    await expect(
      world.sdk.messages.create({ to: lea, messagingServiceSid: 'MG7', body: 'x' }),
    ).rejects.toMatchObject({ code: 21610 });
  });

  test('the wrong token is refused with 20003', async () => {
    world.carrier.world.authToken = 'rotated';
    await expect(world.sdk.messages.create({ to: lea, from: smsFrom, body: 'Salut' })).rejects.toMatchObject({
      status: 401,
      code: 20003,
    });
  });

  test.each([
    ['no sender', { to: lea, body: 'x' }, 21603],
    ['no words', { to: lea, from: smsFrom }, 21619],
    ['too long', { to: lea, from: smsFrom, body: 'x'.repeat(1_601) }, 21617],
    ['no phone number', { to: '+33', from: smsFrom, body: 'x' }, 21211],
    ['a French landline', { to: '+33123456789', from: smsFrom, body: 'x' }, 21614],
    ['two channels', { to: `whatsapp:${lea}`, from: smsFrom, body: 'x' }, 21910],
    ['valid for too long', { to: lea, from: smsFrom, body: 'x', validityPeriod: 36_001 }, 20422],
    ['an unknown content', { to: lea, from: smsFrom, contentSid: 'HX00' }, 21655],
  ])('%s', async (_, asked, code) => {
    await expect(world.sdk.messages.create(asked)).rejects.toMatchObject({ status: 400, code });
  });
});

describe('receipts', () => {
  test('come in order, signed, with our query, and never for the first status', async () => {
    const message = await world.sdk.messages.create({
      to: lea,
      from: smsFrom,
      body: 'Salut',
      statusCallback: callback('/status?o=row%2F0&a=2'),
    });
    const posts = await world.listener.until(2);
    expect(statuses(posts)).toEqual(['sent', 'delivered']);
    expect(posts[1]?.url).toBe('/status?o=row%2F0&a=2');
    expect(posts[1]?.form).toMatchObject({
      MessageSid: message.sid,
      SmsSid: message.sid,
      AccountSid: accountSid,
      To: lea,
      From: smsFrom,
      RawDlrDoneDate: '2603031200',
    });
    expect(
      twilio.validateRequest(
        authToken,
        String(posts[1]?.headers['x-twilio-signature']),
        world.listener.url + posts[1]?.url,
        posts[1]?.form ?? {},
      ),
    ).toBe(true);
    expect((await world.sdk.messages(message.sid).fetch()).status).toBe('delivered');
  });

  test('a WhatsApp message that was read says so', async () => {
    await world.carrier.receive({ from: `whatsapp:${lea}`, text: 'hello' }).posted;
    const message = await world.sdk.messages.create({
      to: `whatsapp:${lea}`,
      from: whatsappFrom,
      body: 'Salut',
      statusCallback: callback(),
    });
    await world.carrier.settle();
    world.carrier.read(message.sid);
    const [read] = await world.listener.until(1, (post) => post.form.MessageStatus === 'read');
    expect(read?.form).toMatchObject({ EventType: 'READ', ChannelPrefix: 'whatsapp' });
  });

  test('doubled, missing, and before the answer', async () => {
    const { faults } = world.carrier.world;
    faults.set({
      script: [
        { address: lea, faults: ['duplicate-status', 'status-before-answer'] },
        { address: lea, faults: ['no-status'] },
      ],
    });
    await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'Salut', statusCallback: callback() });
    expect(world.listener.heard.length).toBeGreaterThan(0);
    expect(statuses(await world.listener.until(4))).toEqual(['sent', 'sent', 'delivered', 'delivered']);
    const silent = await world.sdk.messages.create({
      to: lea,
      from: smsFrom,
      body: 'Salut',
      statusCallback: callback(),
    });
    await world.carrier.settle();
    expect(world.carrier.world.book.find(silent.sid)?.status).toBe('delivered');
    expect(world.listener.heard).toHaveLength(4);
  });

  test('a code after acceptance', async () => {
    world.carrier.world.faults.set({ script: [{ address: lea, faults: ['failed:30003'] }] });
    await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'Salut', statusCallback: callback() });
    expect((await world.listener.until(1))[0]?.form).toMatchObject({
      MessageStatus: 'failed',
      ErrorCode: '30003',
    });
  });
});

describe('the sender’s queue', () => {
  test('what would leave after its validity fails with 30036', async () => {
    world.carrier.world.senders.set({ address: smsFrom, mps: 0.5 });
    const say = (body: string): Promise<unknown> =>
      world.sdk.messages.create({
        to: lea,
        from: smsFrom,
        body,
        validityPeriod: 1,
        statusCallback: callback(),
      });
    await say('first');
    await say('second');
    const [failed] = await world.listener.until(1, (post) => post.form.MessageStatus === 'failed');
    expect(failed?.form.ErrorCode).toBe('30036');
  });

  test('ten hours of its rate, then 30001', async () => {
    world.carrier.world.senders.set({ address: smsFrom, mps: 1 / 36_001 });
    const say = (): Promise<unknown> =>
      world.sdk.messages.create({ to: lea, from: smsFrom, body: 'x', statusCallback: callback() });
    await say();
    await say();
    expect(
      (await world.listener.until(1, (post) => post.form.MessageStatus === 'failed'))[0]?.form.ErrorCode,
    ).toBe('30001');
  });

  test('calls over the account’s concurrency get 429', async () => {
    const narrow = await openWorld({ maxConcurrent: 1 });
    narrow.carrier.world.faults.set({ script: [{ address: lea, faults: ['hang'] }] });
    const hanging = narrow.channels.sms;
    const stop = new AbortController();
    const first = hanging
      .send(aRow(), { signal: stop.signal, validForS: 60 })
      .catch((error: unknown) => error);
    await expect.poll(() => narrow.carrier.world.inProgress).toBe(1);
    await expect(narrow.sdk.messages.create({ to: lea, from: smsFrom, body: 'x' })).rejects.toMatchObject({
      status: 429,
      code: 20429,
    });
    stop.abort();
    await first;
    await narrow.stop();
  });
});

describe('WhatsApp’s window', () => {
  const say = (more: Record<string, string> = { body: 'Salut' }): Promise<unknown> =>
    world.sdk.messages.create({
      to: `whatsapp:${lea}`,
      from: whatsappFrom,
      statusCallback: callback(),
      ...more,
    });
  const statusOnly = (post: { url: string }): boolean => post.url === '/status';

  test('free text outside 24 h is accepted and fails with 63016; each inbound opens it again', async () => {
    await say();
    expect((await world.listener.until(1, statusOnly))[0]?.form).toMatchObject({
      MessageStatus: 'failed',
      ErrorCode: '63016',
      ChannelStatusMessage: 'Error 63016',
    });
    await world.carrier.receive({ from: `whatsapp:${lea}`, text: 'coucou' }).posted;
    world.clock.advance(24 * 3_600_000 - 1);
    await say();
    expect((await world.listener.until(2, statusOnly))[1]?.form.MessageStatus).toBe('sent');
    await world.carrier.settle();
    world.clock.advance(1);
    await say();
    expect((await world.listener.until(4, statusOnly))[3]?.form.ErrorCode).toBe('63016');
  });

  test('an approved template passes; its values are filled in; a bad one is rejected', async () => {
    const { templates } = world.channels;
    const good = {
      name: 'nurturing-j1:fr',
      language: 'fr',
      category: 'UTILITY' as const,
      body: 'Salut {{1}}, ton espace est prêt.',
      samples: { 1: 'Léa' },
    };
    const { contentSid, status } = await templates.push(good);
    expect(status).toBe('approved');
    await say({ contentSid, contentVariables: JSON.stringify({ 1: 'Karim' }) });
    expect(statuses(await world.listener.until(2, statusOnly))).toEqual(['sent', 'delivered']);
    expect(world.carrier.world.book.all.at(-1)?.body).toBe('Salut Karim, ton espace est prêt.');
    expect(await templates.push({ ...good, name: 'bad', body: '{{1}}, salut' })).toMatchObject({
      status: 'rejected',
    });
  });

  test('a tap brings payload, title and the message it answers', async () => {
    await world.carrier.receive({
      from: `whatsapp:${lea}`,
      text: '',
      button: { payload: 'yes', text: 'OUI' },
      repliedTo: 'SM9',
      profileName: 'Léa',
    }).posted;
    expect(world.listener.heard[0]?.form).toMatchObject({
      Body: 'OUI',
      ButtonText: 'OUI',
      ButtonPayload: 'yes',
      OriginalRepliedMessageSid: 'SM9',
      OriginalRepliedMessageSender: whatsappFrom,
      ProfileName: 'Léa',
      WaId: '33639980001',
      From: `whatsapp:${lea}`,
      To: whatsappFrom,
      NumMedia: '0',
      NumSegments: '1',
    });
  });
});

describe('inbound', () => {
  test('the parameters that are always there', async () => {
    const { message } = world.carrier.receive({
      from: lea,
      text: 'ê'.repeat(71),
      media: [{ url: 'x', type: 'image/png' }],
    });
    const [post] = await world.listener.until(1);
    expect(post?.form).toMatchObject({
      MessageSid: message.sid,
      SmsSid: message.sid,
      SmsMessageSid: message.sid,
      AccountSid: accountSid,
      From: lea,
      To: smsFrom,
      Body: 'ê'.repeat(71),
      NumSegments: '2',
      NumMedia: '1',
      MediaContentType0: 'image/png',
      FromCity: '',
    });
    expect(post?.headers['i-twilio-idempotency-token']).toBeTruthy();
  });

  test('by default a 5xx is not repeated', async () => {
    world.listener.answer(500);
    const [posted] = await world.carrier.receive({ from: lea, text: 'a' }).posted;
    expect(posted).toMatchObject({ status: 500, tries: 1 });
  });

  test('with #rc and #rp it is, under the same sid', async () => {
    world.carrier.world.inboundUrl += '#rc=3&rp=5xx,ct,rt&ct=1000&rt=4000';
    world.listener.answer(500, 'hangUp');
    const [posted] = await world.carrier.receive({ from: lea, text: 'a' }).posted;
    expect(posted).toMatchObject({ status: 200, tries: 3 });
    expect(new Set(world.listener.heard.map((post) => post.form.MessageSid)).size).toBe(1);
    expect(new Set(world.listener.heard.map((post) => post.headers['i-twilio-idempotency-token'])).size).toBe(
      1,
    );
  });

  test('a refused connection is tried once more, then the fallback URL', async () => {
    const { world: inside } = world.carrier;
    inside.inboundUrl = 'http://127.0.0.1:9/in';
    inside.fallbackUrl = `${world.listener.url}/fallback`;
    const [posted] = await world.carrier.receive({ from: lea, text: 'a' }).posted;
    expect(posted).toMatchObject({ status: 200, isFallback: true, tries: 3 });
    expect(world.listener.heard[0]).toMatchObject({
      url: '/fallback',
      form: { ErrorUrl: 'http://127.0.0.1:9/in' },
    });
  });

  test('doubled, lost, forged, swapped', async () => {
    const send = (
      text: string,
      ...faults: NonNullable<Parameters<typeof world.carrier.receive>[0]['faults']>
    ): Promise<unknown> => world.carrier.receive({ from: lea, text, faults }).posted;
    await send('twice', 'duplicate-inbound');
    await send('lost', 'lose-inbound');
    const swapped = send('one', 'swap-inbound');
    await Promise.all([send('two'), swapped]);
    await send('real', 'forged');
    expect(world.listener.heard.map((post) => post.form.Body)).toEqual([
      'twice',
      'twice',
      'two',
      'one',
      'real',
      'real',
    ]);
    const [forged, real] = world.listener.heard.slice(-2);
    expect(forged?.form.MessageSid).not.toBe(real?.form.MessageSid);
    expect(
      twilio.validateRequest(
        authToken,
        String(forged?.headers['x-twilio-signature']),
        world.listener.url + forged?.url,
        forged?.form ?? {},
      ),
    ).toBe(false);
    expect((await world.sdk.messages.list({ to: smsFrom })).map((message) => message.body)).toContain('lost');
  });
});

describe('STOP at the carrier', () => {
  const text = (body: string): Promise<unknown> => world.carrier.receive({ from: lea, text: body }).posted;
  const say = (): Promise<unknown> =>
    world.sdk.messages.create({ to: lea, from: smsFrom, body: 'x', statusCallback: callback() });

  test('a plain number: unmarked, answered, 21610 at once, until START', async () => {
    await text('stop');
    expect(world.listener.heard[0]?.form.OptOutType).toBeUndefined();
    expect(world.carrier.world.book.all.at(-1)).toMatchObject({ direction: 'outbound-reply', to: lea });
    await expect(say()).rejects.toMatchObject({ status: 400, code: 21610 });
    await text('HELP');
    expect(world.carrier.world.book.all.at(-1)?.direction).toBe('inbound');
    await text('Start');
    await expect(say()).resolves.toMatchObject({ status: 'queued' });
  });

  test('a word with another word is not matched', async () => {
    await text('STOP SVP');
    await expect(say()).resolves.toMatchObject({ status: 'queued' });
  });

  test('advanced: marked, and 21610 comes afterwards', async () => {
    world.carrier.world.senders.set({ address: smsFrom, optOut: 'advanced' });
    await text('STOP');
    expect(world.listener.heard[0]?.form.OptOutType).toBe('STOP');
    await expect(say()).resolves.toMatchObject({ status: 'queued' });
    expect(
      (await world.listener.until(1, (post) => post.form.MessageStatus === 'failed'))[0]?.form.ErrorCode,
    ).toBe('21610');
  });

  test('nobody at the carrier: the post is all there is', async () => {
    world.carrier.world.senders.set({ address: smsFrom, optOut: 'none' });
    await text('STOP');
    expect(world.carrier.world.book.all).toHaveLength(1);
    await expect(say()).resolves.toMatchObject({ status: 'queued' });
  });
});

describe('the list', () => {
  test('newest first, in pages, by address', async () => {
    for (let number = 0; number < 5; number += 1)
      await world.sdk.messages.create({ to: lea, from: smsFrom, body: String(number) });
    await world.sdk.messages.create({ to: '+33639980002', from: smsFrom, body: 'another' });
    const list = await world.sdk.messages.list({ to: lea, pageSize: 2 });
    expect(list.map((message) => message.body)).toEqual(['4', '3', '2', '1', '0']);
    expect(await world.sdk.messages.list({ from: smsFrom })).toHaveLength(6);
  });

  test('the date filter reads the sent date, which is empty until the message left', async () => {
    world.carrier.world.senders.set({ address: smsFrom, mps: 1 / 100 });
    const since = new Date(world.clock.now().getTime() - 60_000);
    await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'left', statusCallback: callback() });
    await world.listener.until(2);
    await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'waits' });
    expect(
      (await world.sdk.messages.list({ to: lea, dateSentAfter: since })).map((message) => message.body),
    ).toEqual(['left']);
  });

  test('lags when told to', async () => {
    world.carrier.world.faults.set({ script: [{ address: lea, faults: ['list-lags'] }] });
    await world.sdk.messages.create({ to: lea, from: smsFrom, body: 'late' });
    expect(await world.sdk.messages.list({ to: lea })).toHaveLength(0);
  });

  test('a text can be blanked, a medium deleted', async () => {
    const message = await world.sdk.messages.create({
      to: lea,
      from: smsFrom,
      body: 'secret',
      mediaUrl: ['https://example.org/a.jpg'],
    });
    await world.channels.redact(message.sid);
    const after = await world.sdk.messages(message.sid).fetch();
    expect(after).toMatchObject({ body: '', numMedia: '0' });
  });
});

describe('faults by rate', () => {
  test('the same seed plays the same faults, each near its rate, none starved by the others', () => {
    const play = (): string[] => {
      const faults = createFaults();
      const rates = Object.fromEntries([...callFaults, ...inboundFaults].map((name) => [name, 0.22]));
      faults.set({ seed: 7, rates });
      return Array.from({ length: 4_000 }, () => [...faults.forCall(lea)].join());
    };
    const first = play();
    expect(play()).toEqual(first);
    for (const name of callFaults) {
      const share = first.filter((played) => played === name).length / first.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.16);
    }
  });

  test('a script is used up, one entry a message, each direction its own', () => {
    const faults = createFaults();
    faults.set({
      script: [
        { address: lea, faults: ['429'] },
        { address: lea, faults: ['forged'] },
        { address: lea, faults: ['hang'] },
      ],
    });
    expect([...faults.forInbound(lea)]).toEqual(['forged']);
    expect([...faults.forCall(lea)]).toEqual(['429']);
    expect([...faults.forCall(lea)]).toEqual(['hang']);
    expect([...faults.forCall(lea)]).toEqual([]);
  });
});

test('as a process of its own it prints its address, takes calls, and is driven by its control API', async () => {
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    'src/sandbox/carrier/server.ts',
    '--port',
    '0',
    '--token',
    authToken,
    '--account',
    accountSid,
  ]);
  const url = await new Promise<string>((printed) =>
    child.stdout.once('data', (line: Buffer) => printed(line.toString('utf8').trim())),
  );
  const control = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(
      `${url}/control/${path}`,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    );
    return (await answer.json()) as Record<string, unknown>;
  };
  await control('webhooks', { inboundUrl: `${world.listener.url}/in` });
  await control('faults', { script: [{ address: lea, faults: ['no-status'] }] });
  const http = new TwilioHttp({ apiBaseUrl: url, sockets: 1, timeoutMs: 8_000 });
  await twilio(accountSid, authToken, { httpClient: http }).messages.create({
    to: lea,
    from: smsFrom,
    body: 'Salut',
    statusCallback: callback('/s?o=r'),
  });
  expect(await control('inbound', { from: lea, text: 'Bonjour' })).toMatchObject({
    answers: [{ status: 200 }],
  });
  await control('settle', {});
  expect(await control('book')).toMatchObject({
    total: 2,
    messages: [
      { body: 'Salut', to: lea, callback: callback('/s?o=r'), status: 'delivered' },
      { body: 'Bonjour', from: lea },
    ],
  });
  expect(await control('counters')).toMatchObject({
    accepted: 1,
    inbound: 1,
    callbacks: 0,
    faults: { 'no-status': 1 },
  });
  expect(world.listener.heard.map((post) => post.form.Body)).toEqual(['Bonjour']);
  await control('reset', {});
  expect(await control('book')).toMatchObject({ total: 0 });
  http.close();
  child.kill('SIGTERM');
  await new Promise((gone) => child.once('exit', gone));
}, 60_000);
