import { randomBytes } from 'node:crypto';
import express from 'express';
import { expect, test, describe } from 'vitest';
import webPush from 'web-push';
import { isInnerAddress, readEndpoint } from '../../src/channels/push/endpoint.ts';
import { createPush, type Subscription, topicOf } from '../../src/channels/push/index.ts';
import type { Row } from '../../src/core/row.ts';
import { silentLog } from '../../src/log.ts';
import { noJournal } from '../../src/sandbox/carrier/journal.ts';
import { createPushService, type PushFault, type PushService } from '../../src/sandbox/push/push-service.ts';
import { channelContract, type FarSide } from './contract.ts';
import { aRow, HandClock, sending } from './support/world.ts';

const keys = webPush.generateVAPIDKeys();
const vapid = { ...keys, subject: 'mailto:bonjour@mona.example' };
const now = new HandClock();

interface World extends FarSide {
  readonly service: PushService;
  readonly kept: Subscription[];
  readonly ended: Subscription[];
  /** One more browser of Léa's. */
  allow(): Promise<void>;
}

const faults: Readonly<Record<Parameters<FarSide['next']>[0], PushFault>> = {
  refuses: 'refuses',
  throttles: 'throttles',
  hangs: 'hangs',
  fails: 'hangs up',
  'loses the answer': 'loses the answer',
};

/** The sandbox's push service on loopback, with as much of the product as its browsers ask for. */
async function openService(): Promise<World> {
  const app = express();
  const kept: Subscription[] = [];
  const ended: Subscription[] = [];
  const server = await new Promise<ReturnType<typeof app.listen>>((done) => {
    const listening = app.listen(0, '127.0.0.1', () => done(listening));
  });
  const address = server.address();
  const url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
  const service = createPushService({
    clock: now,
    journal: noJournal,
    baseUrl: () => `${url}/sandbox/push`,
    dial: (to) => to,
    productUrl: () => url,
    tokenOf: (contactId) => `token-of-${contactId}`,
  });
  app.use('/sandbox/push', service.router);
  app.get('/push/key', (_request, response) => void response.json({ key: keys.publicKey }));
  app.post('/push/subscriptions', express.json(), (request, response) => {
    kept.push(request.body as Subscription);
    response.status(201).json({});
  });
  await service.allow('c1');
  const { channel } = createPush({
    vapid,
    publicUrl: 'https://mona.example',
    subscriptionsOf: () => Promise.resolve(kept),
    ended: (one) => {
      ended.push(one);
      return Promise.resolve();
    },
    trusted: `${url}/sandbox/push`,
    log: silentLog,
    clock: now,
  });
  const leave = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return {
    channel,
    service,
    kept,
    ended,
    taken: () => service.list('c1').map(({ body }) => body),
    next: (does) => service.next(faults[does]),
    allow: async () => void (await service.allow(`c-${randomBytes(4).toString('hex')}`)),
    leave,
    stop: leave,
  };
}

const pushRow: Partial<Row> = {
  channel: 'push',
  sender: 'push:web',
  address: 'c1',
  body: { text: 'Ton score vient de monter.', subject: 'Ton score MONA : 72 pts' },
};

channelContract('Web push', openService, pushRow);

const within = async (work: (world: World) => Promise<void>): Promise<void> => {
  const world = await openService();
  try {
    await work(world);
  } finally {
    await world.stop();
  }
};

describe('a notification', () => {
  test('is opened by the browser it was meant for, with its title, its link and its topic', () =>
    within(async ({ channel, service }) => {
      const body = { text: 'Bravo Léa !', subject: '🎉 Cap des 75 pts', link: 'https://mona.example/l/abc' };
      await channel.send(aRow({ ...pushRow, body, topic: 'score' }), sending());
      expect(service.list('c1')).toMatchObject([
        {
          title: '🎉 Cap des 75 pts',
          body: 'Bravo Léa !',
          url: 'https://mona.example/l/abc',
          topic: 'score',
          urgency: 'normal',
          ttlS: 3_600,
        },
      ]);
    }));

  test('lives no longer than its text is true, and never longer than a day (§19.19)', () =>
    within(async ({ channel, service }) => {
      const at = now.now().getTime();
      const guard = { ...aRow().guard, perishAt: new Date(at + 600_000) };
      await channel.send(aRow({ ...pushRow, guard, expiresAt: new Date(at + 90_000_000) }), sending());
      await channel.send(aRow({ ...pushRow, id: 'b/0', expiresAt: new Date(at + 172_800_000) }), sending());
      expect(service.list('c1').map(({ ttlS, urgency }) => [ttlS, urgency])).toEqual([
        [86_400, 'normal'],
        [600, 'high'],
      ]);
    }));

  test('sent again is the same notification: its topic is the row, whatever the try', () => {
    expect(topicOf({ id: 'wake:r1/0+2' })).toBe(topicOf({ id: 'wake:r1/0' }));
    expect(topicOf({ id: 'wake:r1/1' })).not.toBe(topicOf({ id: 'wake:r1/0' }));
    expect(topicOf({ id: 'wake:r1/1' })).toMatch(/^[\w-]{32}$/);
  });

  test('to a browser that is gone ends the subscription; the others hear it (§19.19)', () =>
    within(async ({ channel, service, kept, ended, allow }) => {
      await allow();
      service.leave('c1');
      await expect(channel.send(aRow(pushRow), sending())).resolves.toMatchObject({ status: 'sent' });
      expect(ended).toEqual([kept[0]]);
    }));

  test('to nobody any more is a refusal', () =>
    within(async ({ channel, service, ended }) => {
      service.leave('c1');
      await expect(channel.send(aRow(pushRow), sending())).rejects.toMatchObject({
        code: 'no_subscription',
        retry: false,
      });
      expect(ended).toHaveLength(1);
    }));

  test('that a service has no room for now comes again: the topic makes a second one replace the first', () =>
    within(async ({ channel, service }) => {
      service.next('fails');
      await expect(channel.send(aRow(pushRow), sending())).rejects.toMatchObject({ retry: true });
    }));
});

describe('an endpoint', () => {
  const sandbox = 'http://127.0.0.1:3000/sandbox/push';

  test.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://93.184.216.34/abc',
  ])('on the open internet may be called: %s', (endpoint) => {
    expect(readEndpoint(endpoint, null)?.href).toBe(endpoint);
  });

  test.each([
    'http://fcm.googleapis.com/abc',
    'https://localhost/abc',
    'https://db.internal/abc',
    'https://intranet/abc',
    'https://127.0.0.1/abc',
    'https://0x7f.1/abc',
    'https://2130706433/abc',
    'https://10.1.2.3/abc',
    'https://192.168.0.1/abc',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/abc',
    'https://[::ffff:10.0.0.1]/abc',
    'https://[fd00::1]/abc',
    'https://user:secret@fcm.googleapis.com/abc',
    'ftp://fcm.googleapis.com/abc',
    'javascript:alert(1)',
    'no address',
    `${sandbox}/abc`,
  ])('that leads inside may not: %s', (endpoint) => {
    expect(readEndpoint(endpoint, null)).toBeNull();
  });

  test("of the sandbox's own service may, on the sandbox", () => {
    expect(readEndpoint(`${sandbox}/abc`, sandbox)).not.toBeNull();
    expect(readEndpoint('http://127.0.0.1:3000/api/abc', sandbox)).toBeNull();
    expect(readEndpoint('http://127.0.0.1:3000/sandbox/push/../../api/abc', sandbox)).toBeNull();
  });

  test('is looked at again as its name is resolved', () => {
    expect(
      ['127.0.0.1', '10.0.0.8', '::1', '::ffff:192.168.1.1', 'fe80::1', 'x'].map(isInnerAddress),
    ).toEqual([true, true, true, true, true, true]);
    expect(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'].map(isInnerAddress)).toEqual([
      false,
      false,
    ]);
  });
});
