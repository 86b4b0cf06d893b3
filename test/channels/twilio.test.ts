import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actionOf, knownCodes, retriesOf } from '../../src/channels/twilio/error-codes.ts';
import { createTwilio, type RawRequest } from '../../src/channels/twilio/index.ts';
import type { Fault } from '../../src/sandbox/carrier/faults.ts';
import { sign } from '../../src/sandbox/carrier/webhook.ts';
import { silentLog } from '../../src/log.ts';
import { channelContract, type FarSide } from './contract.ts';
import type { Heard } from './support/webhook-listener.ts';
import {
  accountSid,
  aRow,
  authToken,
  lea,
  openWorld,
  sending,
  smsFrom,
  type TestWorld,
  whatsappFrom,
} from './support/world.ts';

const faultFor = {
  refuses: '4xx:21211',
  throttles: '429',
  hangs: 'hang',
  fails: '500-after-accept',
  'loses the answer': 'drop-after-accept',
} as const;

async function openFarSide(name: 'sms' | 'whatsapp'): Promise<FarSide> {
  const world = await openWorld();
  const address = name === 'sms' ? lea : `whatsapp:${lea}`;
  return {
    channel: world.channels[name],
    taken: () => world.carrier.world.book.all.map((message) => message.body),
    next: (does) =>
      world.carrier.world.faults.set({ script: [{ address, faults: [faultFor[does] as Fault] }] }),
    leave: () => world.leave(),
    stop: () => world.stop(),
  };
}

channelContract('SMS', () => openFarSide('sms'), {});
channelContract('WhatsApp', () => openFarSide('whatsapp'), { channel: 'whatsapp', sender: whatsappFrom });

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.stop());

const raw = (post: Heard | undefined): RawRequest => ({
  url: post?.url ?? '',
  headers: post?.headers ?? {},
  form: post?.form ?? {},
});

function signed(
  form: Record<string, string>,
  token = authToken,
  url = '/webhooks/twilio/inbound',
): RawRequest {
  return { url, form, headers: { 'x-twilio-signature': sign(token, world.listener.url + url, form) } };
}

describe('sending', () => {
  test('the row comes back in the receipt, under the signature', async () => {
    const row = aRow({ attempt: 3 });
    const { sid } = await world.channels.sms.send(row, sending(120));
    const [sent, delivered] = await world.listener.until(2);
    expect(world.channels.parseReceipt(raw(sent))).toEqual({
      sid,
      rowId: row.id,
      attempt: 3,
      status: 'sent',
      code: null,
      at: world.clock.now(),
      raw: 'sent',
    });
    expect(world.channels.parseReceipt(raw(delivered)).status).toBe('delivered');
    expect(world.carrier.world.book.find(sid)).toMatchObject({ to: lea, from: smsFrom, validityS: 120 });
  });

  test('buttons become one content per set of buttons, and a tap names its message', async () => {
    const buttons = [
      { id: 'yes', label: 'OUI' },
      { id: 'no', label: 'NON' },
    ];
    await world.carrier.receive({ from: `whatsapp:${lea}`, text: 'coucou' }).posted;
    const row = aRow({
      channel: 'whatsapp',
      sender: whatsappFrom,
      body: { text: 'Tu veux\nun appel ?', buttons },
    });
    const { sid } = await world.channels.whatsapp.send(row, sending());
    await world.channels.whatsapp.send({ ...row, body: { ...row.body, text: 'Et demain ?' } }, sending());
    expect(world.carrier.world.contents.list()).toHaveLength(1);
    expect(world.carrier.world.book.find(sid)).toMatchObject({
      body: 'Tu veux\nun appel ?',
      buttons: [
        { id: 'yes', title: 'OUI' },
        { id: 'no', title: 'NON' },
      ],
    });
    await world.carrier.receive({
      from: `whatsapp:${lea}`,
      text: '',
      button: { payload: 'yes', text: 'OUI' },
      repliedTo: sid,
    }).posted;
    const post = world.listener.heard.findLast((one) => one.form.ButtonPayload);
    expect(world.channels.parseInbound(raw(post)).inbound).toMatchObject({
      button: { payload: 'yes', text: 'OUI' },
      repliedTo: sid,
      text: 'OUI',
    });
  });

  test('an SMS with buttons is its text', async () => {
    await world.channels.sms.send(
      aRow({ body: { text: 'OUI ou NON ?', buttons: [{ id: 'yes', label: 'OUI' }] } }),
      sending(),
    );
    expect(world.carrier.world.book.all[0]).toMatchObject({ body: 'OUI ou NON ?', contentSid: null });
  });

  test('a template is sent by its name; one the carrier does not know is a refusal', async () => {
    await world.channels.templates.push({
      name: 'j1:fr',
      language: 'fr',
      category: 'UTILITY',
      body: 'Salut {{1}} !',
      samples: { 1: 'Léa' },
    });
    const row = aRow({
      channel: 'whatsapp',
      sender: whatsappFrom,
      body: { text: '', template: { name: 'j1:fr', variables: { 1: 'Karim' } } },
    });
    await world.channels.whatsapp.send(row, sending());
    expect(world.carrier.world.book.all[0]?.body).toBe('Salut Karim !');
    const unknown = { ...row, body: { ...row.body, template: { name: 'none', variables: {} } } };
    await expect(world.channels.whatsapp.send(unknown, sending())).rejects.toMatchObject({
      code: 'template_unknown',
      retry: false,
    });
  });

  test('a content that cannot be made sent nothing', async () => {
    await world.leave();
    const row = aRow({
      channel: 'whatsapp',
      sender: whatsappFrom,
      body: { text: 'x', buttons: [{ id: 'a', label: 'A' }] },
    });
    await expect(world.channels.whatsapp.send(row, sending())).rejects.toMatchObject({
      name: 'SendError',
      retry: true,
    });
  });

  test('a code of the refusal is kept', async () => {
    await world.carrier.receive({ from: lea, text: 'STOP' }).posted;
    await expect(world.channels.sms.send(aRow(), sending())).rejects.toMatchObject({
      code: '21610',
      retry: false,
    });
  });
});

describe('asking', () => {
  test('find lists what was sent to an address, newest first, since an instant', async () => {
    await world.channels.sms.send(aRow({ body: { text: 'old' } }), sending());
    world.clock.advance(60_000);
    const since = world.clock.now();
    await world.channels.sms.send(aRow({ body: { text: 'one' } }), sending());
    await world.channels.sms.send(aRow({ body: { text: 'two' } }), sending());
    await world.carrier.settle();
    const found = await world.channels.sms.find?.(lea, since);
    expect(found?.map(({ body, status, direction, to }) => [body, status, direction, to])).toEqual([
      ['two', 'delivered', 'out', lea],
      ['one', 'delivered', 'out', lea],
    ]);
    expect(await world.channels.whatsapp.find?.(lea, since)).toEqual([]);
  });

  test('find reads more than a page', async () => {
    const since = world.clock.now();
    for (let number = 0; number < 250; number += 1) await world.channels.sms.send(aRow(), sending());
    expect(await world.channels.sms.find?.(lea, since)).toHaveLength(250);
  });

  test('what was lost on the way is read back under the same arrival id', async () => {
    const since = world.clock.now();
    const { message } = world.carrier.receive({ from: lea, text: 'perdu', faults: ['lose-inbound'] });
    world.carrier.receive({ from: `whatsapp:${lea}`, text: 'ailleurs', faults: ['lose-inbound'] });
    const read = await world.channels.sms.listInbound?.(since);
    expect(read).toEqual([
      expect.objectContaining({
        arrivalId: `twilio:${accountSid}:${message.sid}`,
        inbound: expect.objectContaining({
          text: 'perdu',
          address: lea,
          sender: `sms:${smsFrom}`,
          channel: 'sms',
          sid: message.sid,
        }) as unknown,
      }),
    ]);
  });
});

describe('listening', () => {
  test('an SMS', async () => {
    const { message } = world.carrier.receive({
      from: lea,
      text: 'Salut',
      media: [{ url: 'x', type: 'image/png' }],
    });
    const [post] = await world.listener.until(1);
    const { arrivalId, inbound } = world.channels.parseInbound(raw(post));
    expect(arrivalId).toBe(`twilio:${accountSid}:${message.sid}`);
    expect(inbound).toMatchObject({
      channel: 'sms',
      sender: `sms:${smsFrom}`,
      address: lea,
      text: 'Salut',
      optOutType: null,
      button: null,
    });
    expect(inbound.media).toEqual([
      { url: expect.stringContaining('/Media/ME') as string, type: 'image/png' },
    ]);
  });

  test('a WhatsApp person without a phone number, and fields nobody told us about', async () => {
    await world.carrier.receive({
      from: 'whatsapp:FR.1502576394655843',
      text: 'hey',
      profileName: 'Léa',
      extra: { Brand: 'new' },
    }).posted;
    expect(world.channels.parseInbound(raw(world.listener.heard[0])).inbound).toMatchObject({
      channel: 'whatsapp',
      address: 'FR.1502576394655843',
      sender: whatsappFrom,
      profileName: 'Léa',
    });
  });

  test('STOP that the carrier has answered', async () => {
    await world.carrier.receive({ from: lea, text: 'STOP', faults: ['stop-handled-by-carrier'] }).posted;
    expect(world.channels.parseInbound(raw(world.listener.heard[0])).inbound.optOutType).toBe('STOP');
  });

  test('a number of our Messaging Service speaks for the service', () => {
    const service = createTwilio({
      accountSid,
      authToken,
      apiBaseUrl: world.url,
      messagingServiceSid: 'MG7',
      publicUrl: world.listener.url,
      log: silentLog,
    });
    const form = {
      MessageSid: 'SM1',
      AccountSid: accountSid,
      From: lea,
      To: '+33639980077',
      Body: 'x',
      MessagingServiceSid: 'MG7',
    };
    expect(service.parseInbound(signed(form)).inbound.sender).toBe('sms:MG7');
    expect(service.sms.senders).toEqual(['sms:MG7']);
  });

  const form = { MessageSid: 'SM1', AccountSid: accountSid, From: lea, To: smsFrom, Body: ' a ', Empty: '' };
  const statusOf = (request: RawRequest): unknown => {
    try {
      world.channels.parseInbound(request);
      return 200;
    } catch (error) {
      return (error as { output: { statusCode: number } }).output.statusCode;
    }
  };

  test('403 for a missing, wrong, or foreign signature, a changed field, a dropped one, an added one', () => {
    const good = signed(form);
    const changed: RawRequest[] = [
      { ...good, headers: {} },
      { ...good, headers: { 'x-twilio-signature': 'x' } },
      signed(form, 'other-token'),
      { ...good, form: { ...form, Body: 'a' } },
      { ...good, form: { MessageSid: 'SM1', AccountSid: accountSid, From: lea, To: smsFrom, Body: ' a ' } },
      { ...good, form: { ...form, Added: '1' } },
      { ...good, url: '/webhooks/twilio/inbound/' },
      signed({ ...form, AccountSid: 'AC2' }),
    ];
    expect(statusOf(good)).toBe(200);
    expect(changed.map(statusOf)).toEqual(changed.map(() => 403));
  });

  test('400 for a signed form that lacks what is always there', () => {
    expect(statusOf(signed({ AccountSid: accountSid, From: lea, To: smsFrom, Body: 'a' }))).toBe(400);
  });

  test('during a rotation the previous token signs too', () => {
    const rotated = createTwilio({
      accountSid,
      authToken: 'new',
      previousToken: authToken,
      apiBaseUrl: world.url,
      smsFrom,
      publicUrl: world.listener.url,
      log: silentLog,
    });
    expect(rotated.parseInbound(signed(form)).inbound.text).toBe(' a ');
    expect(rotated.parseInbound(signed(form, 'new')).inbound.text).toBe(' a ');
  });

  test('a status nobody knows says that the carrier has it, and keeps its word', () => {
    const url = '/webhooks/twilio/status?o=r%2F0&a=1';
    const receipt = world.channels.parseReceipt(
      signed({ MessageSid: 'SM1', MessageStatus: 'partially_delivered' }, authToken, url),
    );
    expect(receipt).toMatchObject({ status: 'sent', raw: 'partially_delivered', rowId: 'r/0', attempt: 1 });
  });

  test('undelivered is failed, with its code', () => {
    const receipt = world.channels.parseReceipt(
      signed({ MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30003' }, authToken, '/s'),
    );
    expect(receipt).toMatchObject({ status: 'failed', code: '30003', rowId: null, attempt: null });
  });
});

describe('error codes', () => {
  test.each([
    ['20429', 'retry', 2],
    ['30003', 'retry-later', 2],
    ['30008', 'retry-later', 1],
    ['63049', 'retry-next-day', 2],
    ['21610', 'suppress', 0],
    ['30005', 'suppress-after-two', 0],
    ['63016', 'use-template', 0],
    ['63041', 'stop-template', 0],
    ['20003', 'stop-sender', 0],
    ['35117', 'our-bug', 0],
    ['30036', 'if-still-relevant', 0],
    ['30410', 'unknown', 0],
    ['63032', 'other-channel', 0],
    ['99999', null, 0],
  ] as const)('%s is %s', (code, action, retries) => {
    expect(actionOf(code)).toBe(action);
    expect(retriesOf(code)).toBe(retries);
  });

  test('no code stands in two rows', () => {
    expect(new Set(knownCodes).size).toBe(knownCodes.length);
    expect(knownCodes).toHaveLength(68);
  });
});
