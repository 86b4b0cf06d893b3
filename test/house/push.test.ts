import { createECDH, randomBytes } from 'node:crypto';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { createTokens } from '../../src/pipeline/tokens.ts';
import { endSubscription, subscriptionId } from '../../src/pipeline/subscribe.ts';
import { useApp } from '../support/app.ts';

const house = useApp();
const http = () => request(house.app.url);

const tokenOf = (contactId: string): string =>
  createTokens(house.config.secrets.session).sign({ kind: 'push', contactId });

/** A browser on the sandbox's own service that nobody opens: only what the product keeps of it matters. */
function aSubscription(
  endpoint = `${house.app.url.replace('localhost', '127.0.0.1')}/sandbox/push/${randomBytes(9).toString('base64url')}`,
) {
  const pair = createECDH('prime256v1');
  return {
    endpoint,
    expirationTime: null,
    keys: { p256dh: pair.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') },
  };
}

const subscribe = (body: object) => http().post('/push/subscriptions').send(body);
const shownTo = async (contactId: string): Promise<readonly Record<string, unknown>[]> =>
  (await house.ask('GET', `/api/sandbox/push/${contactId}`)).body.shown as Record<string, unknown>[];
const track = (userId: string, event: string, properties: object) =>
  http()
    .post('/v1/events')
    .set('Authorization', `Bearer ${house.config.secrets.apiKey}`)
    .send({
      type: 'track',
      userId,
      event,
      properties,
      messageId: randomBytes(8).toString('hex'),
      timestamp: new Date().toISOString(),
    });
const userOf = async (contactId: string): Promise<string> =>
  (await house.store.contacts.findOne({ _id: contactId }))?.userId ?? '';

describe('POST /push/subscriptions', () => {
  test('with the token of a page: the same endpoint twice is one, and their yes is consent, once', async () => {
    const subscription = aSubscription();
    const token = tokenOf('karim');
    expect((await subscribe({ ...subscription, token })).status).toBe(201);
    await house.app.settle();
    expect((await subscribe({ ...subscription, token })).status).toBe(201);
    await house.app.settle();
    expect(await house.store.pushSubscriptions.find({ 'owner.id': 'karim' }).toArray()).toMatchObject([
      { _id: subscriptionId(subscription.endpoint), owner: { kind: 'contact', id: 'karim' } },
    ]);
    expect(await house.store.consents.find({ contactId: 'karim', channel: 'push' }).toArray()).toMatchObject([
      { purpose: 'push', action: 'granted', source: 'page', actor: 'artist' },
    ]);
    expect(await house.store.addresses.findOne({ _id: 'push:karim' })).toMatchObject({ contactId: 'karim' });
  });

  test('a visit of a browser that said yes before is no new consent', async () => {
    const before = await house.store.consents.countDocuments({ contactId: 'jo', channel: 'push' });
    await subscribe({ ...aSubscription(), token: tokenOf('jo'), isRevisit: true });
    await house.app.settle();
    expect(await house.store.consents.countDocuments({ contactId: 'jo', channel: 'push' })).toBe(before);
  });

  test('with a session is the coach', async () => {
    const subscription = aSubscription();
    expect((await house.ask('POST', '/push/subscriptions', subscription)).status).toBe(201);
    expect(
      await house.store.pushSubscriptions.findOne({ _id: subscriptionId(subscription.endpoint) }),
    ).toMatchObject({ owner: { kind: 'coach', id: 'nina' } });
  });

  test('with neither is nobody; a forged token is nobody either', async () => {
    expect((await subscribe(aSubscription()).set('origin', house.app.url)).status).toBe(401);
    expect((await subscribe({ ...aSubscription(), token: `${tokenOf('karim')}x` })).status).toBe(404);
    expect((await subscribe({ ...aSubscription(), token: tokenOf('no-such-contact') })).status).toBe(404);
  });

  test.each([
    'https://169.254.169.254/latest',
    'https://localhost/x',
    'http://fcm.googleapis.com/x',
    'https://[::1]/x',
  ])('refuses to knock at %s', async (endpoint) => {
    const answer = await subscribe({ ...aSubscription(endpoint), token: tokenOf('karim') });
    expect([answer.status, (answer.body as { error: string }).error]).toEqual([422, 'Unprocessable Entity']);
  });

  test('refuses what is no subscription, and says each issue', async () => {
    const answer = await subscribe({ endpoint: 'https://x.example/y', keys: { p256dh: 'no', auth: '' } });
    expect(answer.status).toBe(400);
    expect((answer.body as { issues: unknown[] }).issues).toHaveLength(2);
  });

  test('a browser that was given another endpoint takes its old place', async () => {
    const old = aSubscription();
    const fresh = aSubscription();
    await subscribe({ ...old, token: tokenOf('ines') });
    expect((await subscribe({ ...fresh, replaces: old.endpoint })).status).toBe(201);
    expect((await subscribe({ ...aSubscription(), replaces: old.endpoint })).status).toBe(404);
    const left = await house.store.pushSubscriptions.find({ 'owner.id': 'ines' }).toArray();
    expect(left.map(({ _id }) => _id)).toEqual([subscriptionId(fresh.endpoint)]);
  });
});

test('the preference page asks only where its script finds that it may: the section is hidden until then', async () => {
  const token = createTokens(house.config.secrets.session).sign({
    kind: 'unsubscribe',
    contactId: 'noa',
    flow: null,
  });
  const { text } = await http().get(`/u/${token}`);
  expect(text).toContain(
    `<section id="push" hidden data-token="${tokenOf('noa')}" data-key="${house.config.vapid.publicKey}"`,
  );
  expect(text).toContain('data-on="no"');
  expect(text).toContain('<script src="/push/ask.js" defer>');
  expect((await http().get('/push/key')).body).toEqual({ key: house.config.vapid.publicKey });
});

describe('a subscription that is over', () => {
  test('is forgotten, unless it was renewed meanwhile; with the last one its contact is out of reach (§19.19)', async () => {
    const gone = aSubscription();
    const renewed = { ...aSubscription(), endpoint: gone.endpoint };
    await subscribe({ ...gone, token: tokenOf('camille') });
    await subscribe({ ...renewed, token: tokenOf('camille') });
    await endSubscription(house.store, gone);
    expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'camille' })).toBe(1);
    await endSubscription(house.store, renewed);
    expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'camille' })).toBe(0);
    expect(await house.store.addresses.findOne({ _id: 'push:camille' })).toBeNull();
  });
});

describe('what a flow says by push', () => {
  test('arrives on the device, and a dead device ends the subscription', async () => {
    const noon = new Date();
    noon.setUTCDate(noon.getUTCDate() + 1);
    noon.setUTCHours(12, 0, 0, 0);
    await house.ask('POST', '/api/sandbox/clock', { to: noon.toISOString() });
    await house.ask('POST', '/api/sandbox/push/lea', { isOn: true });
    await house.app.settle();
    const userId = await userOf('lea');
    await track(userId, 'Mona Score Updated', { score: 70, delta: 3 });
    await house.app.settle();
    expect(await shownTo('lea')).toMatchObject([{ title: 'Ton score MONA : 70 pts', topic: 'score' }]);

    await house.ask('POST', '/api/sandbox/push/lea', { isOn: false });
    await track(userId, 'Connection Requested', { from: 'Noa', connectionId: 'k1' });
    await house.app.settle();
    expect(await shownTo('lea')).toHaveLength(1);
    expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'lea' })).toBe(0);
    expect(await house.store.addresses.findOne({ _id: 'push:lea' })).toBeNull();
    expect(
      await house.store.outbox.findOne({ contactId: 'lea', stepKey: 'connection-request-push' }),
    ).toMatchObject({ status: 'failed', code: 'no_subscription' });
  });
});
