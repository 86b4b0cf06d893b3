import type { Browser, BrowserContext, CDPSession, Page, Worker } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subscriptionId } from '../../src/pipeline/subscribe.ts';
import { createTokens } from '../../src/pipeline/tokens.ts';
import { useApp } from '../support/app.ts';
import { findChromium, openBrowser, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';

/*
 * Web push in a real browser: its permission, its service worker, its notifications. What lies between, the push service
 * of the browser's maker, is the sandbox's: it hands out the endpoint and opens what comes, and the browser's own debugging
 * port delivers it to the service worker.
 */

/** A subscription as the sandbox's service hands it out. */
interface Made {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly key: string;
}

interface Told {
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly topic: string;
}

describe.skipIf(findChromium() === null)('push, in a browser', () => {
  const house = useApp({}, { webDir: builtPages() });
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    const noon = new Date();
    noon.setUTCDate(noon.getUTCDate() + 1);
    noon.setUTCHours(12, 0, 0, 0);
    await house.ask('POST', '/api/sandbox/clock', { to: noon.toISOString() });
  });
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser.close();
  });

  const preferencesOf = (contactId: string): string =>
    `${house.app.url}/u/${createTokens(house.config.secrets.session).sign({ kind: 'unsubscribe', contactId, flow: null })}`;
  const happens = async (userId: string, event: string, properties: object): Promise<void> => {
    await house.ask('POST', '/api/sandbox/enter', { userId, event, properties });
    await house.app.settle();
  };
  const toldTo = async (ownerId: string): Promise<readonly Told[]> =>
    (await house.ask('GET', `/api/sandbox/push/${ownerId}`)).body['shown'] as Told[];

  /** Somebody's browser, with the sandbox behind its push manager. */
  async function open(ownerId: string, permission: 'granted' | 'denied'): Promise<Device> {
    const context = await browser.newContext({ locale: 'fr-FR' });
    contexts.push(context);
    if (permission === 'granted')
      await context.grantPermissions(['notifications'], { origin: house.app.url });
    const page = await context.newPage();
    const device = new Device(page, house.app.url);
    await page.exposeFunction('atPushService', async (does: string, key?: string) => {
      if (does === 'leave') device.made = null;
      if (does === 'subscribe' && key) {
        const { body } = await house.ask('POST', `/api/sandbox/push/${ownerId}/browsers`, { key });
        device.made = { ...(body as unknown as Omit<Made, 'key'>), key };
      }
      return device.made;
    });
    await page.addInitScript(servePush);
    return device;
  }

  describe('of an artist, on the page of their preferences', () => {
    let phone: Device;
    const question = () => phone.page.locator('#push');

    test('they are asked in the page, say yes, and are told: title, words, topic', async () => {
      phone = await open('lea', 'granted');
      await phone.page.goto(preferencesOf('lea'));
      await question().getByRole('button').click();
      await question().getByText("C'est fait").waitFor();
      await house.app.settle();
      const kept = await house.store.pushSubscriptions.findOne({
        _id: subscriptionId(phone.made?.endpoint ?? ''),
      });
      expect(kept?.owner).toEqual({ kind: 'contact', id: 'lea' });
      expect(
        await house.store.consents.findOne({ contactId: 'lea', channel: 'push', purpose: 'push' }),
      ).toMatchObject({ action: 'granted', source: 'page' });

      await happens('lea', 'Mona Score Updated', { score: 70, delta: 3 });
      const [told] = await toldTo('lea');
      expect(told?.title).toBe('Ton score MONA : 70 pts');
      await phone.receive(told);
      expect(await phone.shown()).toMatchObject([{ title: told?.title, body: told?.body, tag: 'score' }]);
    });

    test('a later one of the same topic takes its place', async () => {
      await house.ask('POST', '/api/sandbox/clock', { byMs: 21 * 3_600_000 });
      await happens('lea', 'Mona Score Updated', { score: 73, delta: 3 });
      await phone.receive((await toldTo('lea'))[0]);
      expect((await phone.shown()).map(({ title }) => title)).toEqual(['Ton score MONA : 73 pts']);
    });

    test('tapped it closes, and opens the link of the message', async () => {
      const [told] = await toldTo('lea');
      expect(await phone.tap()).toEqual([told?.url]);
      expect(await phone.shown()).toEqual([]);
      await phone.page.goto(told?.url ?? '');
      expect(new URL(phone.page.url()).pathname).toBe('/sandbox/partner/stats');
    });

    test('seen again it is asked nothing, and its subscription is told anew', async () => {
      const id = subscriptionId(phone.made?.endpoint ?? '');
      await house.store.pushSubscriptions.updateOne({ _id: id }, { $set: { seenAt: new Date(0) } });
      const told = phone.page.waitForResponse((response) => response.url().endsWith('/push/subscriptions'));
      await phone.page.goto(preferencesOf('lea'));
      expect((await told).status()).toBe(201);
      expect(await question().isHidden()).toBe(true);
      const seen = await house.store.pushSubscriptions.findOne({ _id: id });
      expect(seen?.seenAt.getTime()).toBeGreaterThan(0);
      expect(
        await house.store.consents.countDocuments({ contactId: 'lea', channel: 'push', purpose: 'push' }),
      ).toBe(1);
    });

    test('a browser that went away is dropped at the next message, and asked again when it comes back', async () => {
      await house.ask('POST', '/api/sandbox/push/lea', { isOn: false });
      await happens('lea', 'Connection Requested', { from: 'Noa', connectionId: 'k1' });
      expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'lea' })).toBe(0);
      expect(await house.store.addresses.findOne({ _id: 'push:lea' })).toBeNull();
      phone.made = null;
      await phone.page.goto(preferencesOf('lea'));
      await question().getByRole('button').click();
      await question().getByText("C'est fait").waitFor();
      expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'lea' })).toBe(1);
    });

    test('whoever refuses is not asked again, there or at the next visit, and nothing is kept of them', async () => {
      const other = await open('karim', 'denied');
      await other.page.goto(preferencesOf('karim'));
      const asked = other.page.locator('#push');
      if (await asked.isVisible()) {
        await asked.getByRole('button').click();
        await asked.waitFor({ state: 'hidden' });
      }
      await other.page.reload({ waitUntil: 'load' });
      expect(await asked.isHidden()).toBe(true);
      expect(await house.store.pushSubscriptions.countDocuments({ 'owner.id': 'karim' })).toBe(0);
    });
  });

  test('a coach presses the button, hears who waits, and the notification opens the thread', async () => {
    const desk = await open('nina', 'granted');
    const { app } = house;
    if (!app.demo) throw new Error('The sandbox has a demo coach.');
    await signIn(desk.page, app.url, app.demo);
    const openOwn = () =>
      desk.page.locator('button[aria-haspopup=dialog]').filter({ hasText: 'Nina' }).click();
    const isDone = () => desk.page.getByRole('button', { name: 'Cet appareil sera prévenu' }).waitFor();
    await openOwn();
    await desk.page.getByRole('button', { name: 'Me prévenir sur cet appareil' }).click();
    await isDone();
    await house.store.coaches.updateOne({ _id: 'nina' }, { $set: { status: 'available' } });
    await house.ask('POST', `/api/sandbox/phones/sms/${encodeURIComponent('+33639980001')}/messages`, {
      text: 'COACH',
    });
    await app.settle();
    const [told] = await toldTo('nina');
    expect(told).toMatchObject({ title: 'Léa Martin attend une réponse', body: 'COACH' });
    await desk.receive(told);
    expect(await desk.tap()).toEqual([`${app.url}/inbox/todo/lea`]);
    await desk.page.reload();
    await openOwn();
    await isDone();
  });
});

/** A browser of somebody's, and what its service worker shows. */
class Device {
  readonly page: Page;
  readonly #origin: string;
  #port: Promise<CDPSession> | null = null;
  #registration: Promise<string> | null = null;
  made: Made | null = null;

  constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
  }

  async #worker(): Promise<Worker> {
    const context = this.page.context();
    return (
      context.serviceWorkers().find((one) => one.url().endsWith('/push/sw.js')) ??
      (await context.waitForEvent('serviceworker'))
    );
  }

  /** The push service delivers it. */
  async receive(told: Told | undefined): Promise<void> {
    if (!told) throw new Error('there is nothing to deliver');
    const port = await (this.#port ??= this.page.context().newCDPSession(this.page));
    const registrationId = await (this.#registration ??= registrationOf(port));
    const before = JSON.stringify(await this.shown());
    await port.send('ServiceWorker.deliverPushMessage', {
      origin: this.#origin,
      registrationId,
      data: JSON.stringify(told),
    });
    await expect.poll(async () => JSON.stringify(await this.shown())).not.toBe(before);
  }

  async shown(): Promise<readonly { readonly title: string; readonly body: string; readonly tag: string }[]> {
    return (await this.#worker()).evaluate(async () => {
      const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
      const all = await registration.getNotifications();
      return all.map(({ title, body, tag }) => ({ title, body, tag }));
    });
  }

  /** The person taps what is shown; the addresses it opens. A window opens only under a real finger: here it is noted. */
  async tap(): Promise<readonly string[]> {
    return (await this.#worker()).evaluate(async () => {
      const scope = globalThis as unknown as {
        registration: ServiceWorkerRegistration;
        clients: { openWindow: (url: string) => Promise<null> };
        dispatchEvent: (event: Event) => boolean;
        NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
      };
      const opened: string[] = [];
      scope.clients.openWindow = (url) => {
        opened.push(url);
        return Promise.resolve(null);
      };
      for (const notification of await scope.registration.getNotifications())
        scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
      return opened;
    });
  }
}

async function registrationOf(port: CDPSession): Promise<string> {
  const found = new Promise<string>((resolve) => {
    port.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.endsWith('/push/'));
      if (own) resolve(own.registrationId);
    });
  });
  await port.send('ServiceWorker.enable');
  return found;
}

/** Runs in the page: its push manager speaks to the sandbox's service instead of its maker's. */
function servePush(): void {
  const { atPushService } = window as unknown as {
    atPushService: (does: string, key?: string) => Promise<Made | null>;
  };
  const bytes = (text: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
  const base64url = (source: BufferSource | string | null | undefined): string =>
    typeof source === 'string'
      ? source
      : btoa(String.fromCharCode(...new Uint8Array(source as ArrayBuffer)))
          .replaceAll('+', '-')
          .replaceAll('/', '_')
          .replaceAll('=', '');
  const subscriptionOf = ({ endpoint, keys, key }: Made) => ({
    endpoint,
    options: { userVisibleOnly: true, applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: async () => (await atPushService('leave')) === null,
  });
  const standing = async (does: string, key?: string) => {
    const made = await atPushService(does, key);
    return made && subscriptionOf(made);
  };
  Object.assign(PushManager.prototype, {
    getSubscription: () => standing('look'),
    subscribe: (options: PushSubscriptionOptionsInit) => {
      if (Notification.permission !== 'granted') throw new DOMException('no permission', 'NotAllowedError');
      return standing('subscribe', base64url(options.applicationServerKey));
    },
  });
}
