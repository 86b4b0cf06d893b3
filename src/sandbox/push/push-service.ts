import { randomBytes } from 'node:crypto';
import { Router, type Request } from 'express';
import type { Clock } from '../../clock.ts';
import { notFound, unavailable } from '../../errors.ts';
import type { Journal } from '../carrier/journal.ts';
import { decrypt, makeKeys, type NewKeys } from './decrypt.ts';
import { vapidKeyOf } from './vapid.ts';

/** A browser of the cast that may be told. */
interface Browser extends NewKeys {
  readonly id: string;
  readonly contactId: string;
  /** The key it subscribed with: nobody else may push to it. */
  readonly key: string;
  readonly isGone: boolean;
}

/** A notification as the phone shows it. */
export interface Shown {
  readonly id: string;
  readonly contactId: string;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  /** A later one of the same topic has taken the place of the earlier. */
  readonly topic: string;
  readonly urgency: string;
  readonly ttlS: number;
  readonly at: string;
}

export type PushFault = 'throttles' | 'fails' | 'refuses' | 'hangs' | 'hangs up' | 'loses the answer';

export interface PushServiceOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Where a browser finds the service: the base of its endpoints. */
  readonly baseUrl: () => string;
  /** The product, as a browser calls it. */
  readonly dial: (url: string) => string;
  readonly productUrl: () => string;
  /** The signed token that the contact's own page holds. */
  readonly tokenOf: (contactId: string) => string;
}

/** A push service and the browsers behind it: it takes what a real one takes, and opens it as a browser does. */
export interface PushService {
  /** The endpoints, at `baseUrl`. */
  readonly router: Router;
  /** The contact says yes on their page: a new browser is theirs. Answers the product's status. */
  allow(contactId: string): Promise<number>;
  /** Somebody's own browser subscribes with the product's key; the product hears of it from the page it shows. */
  open(ownerId: string, key: string): BrowserSubscription;
  /** Their browsers go away without a word: the next message to them finds nobody. */
  leave(contactId: string): void;
  isOn(contactId: string): boolean;
  list(contactId: string): readonly Shown[];
  /** What it does with the next message. */
  next(fault: PushFault): void;
  listen(listener: (shown: Shown) => void): () => void;
}

/** `PushSubscription.toJSON()`. */
export interface BrowserSubscription {
  readonly endpoint: string;
  readonly expirationTime: null;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

const mostBytes = 4_096;

export function createPushService(options: PushServiceOptions): PushService {
  const { clock, journal, baseUrl } = options;
  const browsers = new Map<string, Browser>();
  for (const line of journal.replay('browser')) keep(browsers, line as Browser);
  const shown: Shown[] = journal.replay('shown').map((line) => line as Shown);
  const listeners = new Set<(one: Shown) => void>();
  let fault: PushFault | null = null;

  const note = (browser: Browser): void => {
    keep(browsers, browser);
    journal.append('browser', browser);
  };
  const of = (contactId: string): Browser[] =>
    [...browsers.values()].filter((one) => one.contactId === contactId && !one.isGone);
  const born = (contactId: string, key: string): Browser => ({
    ...makeKeys(randomBytes(16)),
    id: randomBytes(18).toString('base64url'),
    contactId,
    key,
    isGone: false,
  });
  const show = (one: Shown): void => {
    shown.push(one);
    journal.append('shown', one);
    for (const listener of listeners) listener(one);
  };

  const router = Router();
  router.post('/:id', async (request, response) => {
    const body = await readBody(request);
    const does = fault;
    fault = null;
    if (does === 'hangs') return;
    if (does === 'throttles') return void response.status(429).end();
    if (does === 'fails') return void response.status(503).end();
    if (does === 'refuses') return void response.status(400).end();
    if (does === 'hangs up') return void request.socket.destroy();
    const answer = take(request, body, browsers.get(request.params.id), clock.now());
    if (typeof answer === 'number') return void response.status(answer).end();
    show(answer);
    if (does === 'loses the answer') return void request.socket.destroy();
    response.status(201).location(`${baseUrl()}/messages/${answer.id}`).end();
  });

  return {
    router,
    async allow(contactId) {
      const [standing] = of(contactId);
      const key = await keyOf(options);
      const browser = standing ?? born(contactId, key);
      if (!standing) note(browser);
      return post(options, contactId, browser);
    },
    open(ownerId, key) {
      const browser = born(ownerId, key);
      note(browser);
      return subscriptionOf(options, browser);
    },
    leave: (contactId) => {
      for (const browser of of(contactId)) note({ ...browser, isGone: true });
    },
    isOn: (contactId) => of(contactId).length > 0,
    list: (contactId) => shown.filter((one) => one.contactId === contactId).reverse(),
    next: (does) => {
      fault = does;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function keep(browsers: Map<string, Browser>, browser: Browser): void {
  browsers.set(browser.id, browser);
}

/** As it came: its content encoding is the encryption, which no body parser knows. What is too long is read no further. */
async function readBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= 2 * mostBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The notification, or the status with which a push service turns it away. */
function take(request: Request, body: Buffer, browser: Browser | undefined, now: Date): Shown | number {
  const { authorization, ttl, urgency, topic } = request.headers;
  if (!browser) return 404;
  if (browser.isGone) return 410;
  const origin = `http://${request.headers.host ?? ''}`;
  const key = vapidKeyOf(authorization, origin, new Date());
  if (key === null) return 401;
  if (key !== browser.key) return 403;
  if (!/^\d+$/.test(String(ttl ?? '')) || String(topic ?? '').length > 32) return 400;
  if (body.length > mostBytes) return 413;
  const told = JSON.parse(decrypt(body, browser)) as Record<'title' | 'body' | 'url' | 'topic', string>;
  return {
    id: randomBytes(9).toString('base64url'),
    contactId: browser.contactId,
    title: told.title,
    body: told.body,
    url: told.url,
    topic: told.topic,
    urgency: String(urgency ?? 'normal'),
    ttlS: Number(ttl),
    at: now.toISOString(),
  };
}

const subscriptionOf = (
  { baseUrl }: PushServiceOptions,
  { id, p256dh, auth }: Browser,
): BrowserSubscription => ({
  endpoint: `${baseUrl()}/${id}`,
  expirationTime: null,
  keys: { p256dh, auth },
});

async function keyOf({ dial, productUrl }: PushServiceOptions): Promise<string> {
  const answer = await fetch(dial(`${productUrl()}/push/key`));
  if (!answer.ok) throw unavailable('no_push', `/push/key answered ${String(answer.status)}.`);
  return ((await answer.json()) as { key: string }).key;
}

async function post(options: PushServiceOptions, contactId: string, browser: Browser): Promise<number> {
  const { dial, productUrl, tokenOf } = options;
  const answer = await fetch(dial(`${productUrl()}/push/subscriptions`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...subscriptionOf(options, browser), token: tokenOf(contactId) }),
  });
  if (answer.status === 404) throw notFound('contact_unknown', 'The product knows nobody of that name.');
  return answer.status;
}
