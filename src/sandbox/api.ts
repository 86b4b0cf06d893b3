import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../clock.ts';
import { badRequest, notFound, unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Carrier, createCarrier, type Pace } from './carrier/carrier.ts';
import type { Fault, Script } from './carrier/faults.ts';
import { carrierHandler } from './carrier/handler.ts';
import type { FromPhone } from './carrier/inbound.ts';
import { type Journal, noJournal, openJournal } from './carrier/journal.ts';
import type { Message } from './carrier/message.ts';
import type { SenderSettings } from './carrier/sender.ts';
import { dialler, openMailHouse } from './mail-house.ts';
import type { Mail, Mailbox, MailEventType } from './mailbox.ts';
import { partnerRouter, type PartnerLocale, type PartnerWords, type Tracked } from './partner.ts';
import { createPushService, type PushFault, type PushService } from './push/push-service.ts';
import { createStream, type Stream } from './stream.ts';

/** A phone of the cast. */
export interface Phone {
  readonly key: string;
  readonly name: string;
  readonly channel: 'sms' | 'whatsapp' | 'email';
  /** Without channel prefix. */
  readonly address: string;
  readonly contactId: string;
  readonly userId: string | null;
  readonly locale: PartnerLocale;
}

export type Travel = { readonly byMs: number } | { readonly to: Date } | 'next';

export interface SandboxOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly clock: Clock;
  readonly log: Log;
  /** `DATA_DIR`: everything is found again at the next start. Null keeps nothing. */
  readonly dataDir: string | null;
  /** `PUBLIC_URL`, known once the server listens. */
  readonly productUrl: () => string;
  /** Where the product is really reached from here, whatever `PUBLIC_URL` says. Default: there. */
  readonly localUrl?: () => string;
  readonly emailSecret: string;
  /** The token that a contact's own page would subscribe their browser with. */
  readonly pushTokenOf: (contactId: string) => string;
  readonly apiKey: string;
  readonly senders: readonly SenderSettings[];
  readonly words: Readonly<Record<PartnerLocale, PartnerWords>>;
  readonly cast: () => Promise<readonly Phone[]>;
  /** Flows one can be entered into by an event. */
  readonly flows: () => Promise<
    readonly {
      readonly id: string;
      readonly event: string | null;
      readonly properties?: Record<string, unknown>;
    }[]
  >;
  readonly aheadMs: () => number;
  /** Moves the product's clock and lets the skipped time play. */
  readonly travel: (to: Travel) => Promise<unknown>;
  readonly pace?: Partial<Pace>;
}

export interface Sandbox {
  readonly carrier: Carrier;
  readonly mailbox: Mailbox;
  readonly pushService: PushService;
  /** At `/sandbox/carrier`, before any body parser: what `TWILIO_API_BASE_URL` points to. */
  readonly carrierRouter: RequestHandler;
  /** At `/sandbox/mail`: takes the product's mail at `mailPath`, whose key only the product knows. */
  readonly mailRouter: Router;
  readonly mailPath: string;
  /** At `pushPath`: the endpoints of the cast's browsers. */
  readonly pushRouter: Router;
  readonly pushPath: string;
  /** At `/api/sandbox`, behind the coach's sign-in. */
  readonly apiRouter: Router;
  /** At `/sandbox/partner`. */
  readonly partnerRouter: Router;
  /** Resolves once no text, receipt or mail is on its way. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const wire = (channel: string, address: string): string =>
  channel === 'whatsapp' ? `whatsapp:${address}` : address;
const bare = (address: string): string => address.replace(/^whatsapp:/, '');

/** A bubble as the phone shows it. */
function presentBubble(message: Message): Record<string, unknown> {
  const isTheirs = message.direction === 'inbound';
  const hasArrived = isTheirs || ['delivered', 'read', 'sent'].includes(message.status);
  return {
    sid: message.sid,
    channel: message.to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
    address: bare(isTheirs ? message.from : message.to),
    direction: isTheirs ? 'out' : 'in',
    byCarrier: message.direction === 'outbound-reply',
    text: message.body,
    buttons: message.buttons,
    media: message.media.map(({ sid, type }) => ({ url: `/api/sandbox/media/${sid}`, type })),
    repliedTo: message.repliedTo,
    status: message.status,
    errorCode: message.errorCode,
    hasArrived,
    at: new Date(message.createdAt).toISOString(),
  };
}

function presentMail({ id, from, to, subject, at, headers }: Mail): Record<string, unknown> {
  return { id, from, to, subject, at, hasOneClick: 'list-unsubscribe-post' in headers };
}

interface PhoneText {
  readonly text?: string;
  readonly repliedTo?: string;
  readonly button?: { readonly payload: string; readonly text: string };
  readonly media?: FromPhone['media'];
  readonly faults?: {
    readonly duplicate?: boolean;
    readonly swap?: boolean;
    readonly lose?: boolean;
    readonly forged?: boolean;
    readonly delayMs?: number;
    readonly optOutType?: 'STOP' | 'START' | 'HELP';
  };
}

function faultsOf({ duplicate, swap, lose, forged }: NonNullable<PhoneText['faults']>): Fault[] {
  const asked: [boolean | undefined, Fault][] = [
    [duplicate, 'duplicate-inbound'],
    [swap, 'swap-inbound'],
    [lose, 'lose-inbound'],
    [forged, 'forged'],
  ];
  return asked.flatMap(([isAsked, fault]) => (isAsked ? [fault] : []));
}

function channelOf(request: Request): 'sms' | 'whatsapp' {
  const { channel } = request.params;
  if (channel === 'sms' || channel === 'whatsapp') return channel;
  throw badRequest('channel_unknown', 'A phone has sms and whatsapp.');
}

/** What a mail may do in the window that shows it: nothing but look. */
const mailPolicy =
  "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox";

function travelOf(body: { byMs?: unknown; to?: unknown }): Travel {
  if (body.to === 'next') return 'next';
  if (typeof body.byMs === 'number' && body.byMs > 0) return { byMs: body.byMs };
  const to = typeof body.to === 'string' ? new Date(body.to) : null;
  if (to && !Number.isNaN(to.getTime())) return { to };
  throw badRequest(
    'travel_unknown',
    'Say {byMs}, {to: "2026-03-04T10:00:00Z"} or {to: "next"}; the clock goes forward only.',
  );
}

const shownTypes = /^(?:image\/(?:jpeg|png|gif|webp)|(?:audio|video)\/[\w.+-]+)$/;

/** What a phone was sent, or sent: pictures, sounds and films are shown, the rest is saved. */
function showMedia(carrier: Carrier, sid: string, response: Response): void {
  const bytes = carrier.world.media.find(sid);
  const type = carrier.world.book.all.flatMap(({ media }) => media).find((one) => one.sid === sid)?.type;
  if (!bytes || !type) throw notFound('no_such_media', 'No phone has this.');
  const isShown = shownTypes.test(type);
  response
    .set({
      'content-type': isShown ? type : 'application/octet-stream',
      'content-disposition': isShown ? 'inline' : 'attachment',
      'x-content-type-options': 'nosniff',
    })
    .send(Buffer.from(bytes));
}

interface Parts {
  readonly options: SandboxOptions;
  readonly carrier: Carrier;
  readonly mailbox: Mailbox;
  readonly pushService: PushService;
  readonly stream: Stream;
  readonly emit: (tracked: Tracked) => Promise<void>;
  /** Tells the carrier where the product listens, as someone would in its console. */
  readonly aim: () => void;
}

function phoneRoutes({ carrier, options, aim }: Parts): Router {
  const router = Router();
  router.get('/:channel/:address/messages', (request, response) => {
    const address = wire(channelOf(request), request.params.address);
    response.json({ messages: carrier.world.book.phone(address).map(presentBubble) });
  });
  router.post('/:channel/:address/messages', async (request, response) => {
    const { text = '', repliedTo, button, media, faults = {} } = (request.body ?? {}) as PhoneText;
    const address = request.params.address;
    const phone = (await options.cast()).find((one) => one.address === address);
    const asked = faultsOf(faults);
    aim();
    const { message, posted } = carrier.receive({
      from: wire(channelOf(request), address),
      text,
      profileName: phone?.name ?? null,
      repliedTo: repliedTo ?? null,
      button: button ?? null,
      media: media ?? [],
      ...(asked.length > 0 && { faults: asked }),
      ...(faults.delayMs && { delayMs: faults.delayMs }),
      optOutType: faults.optOutType ?? null,
    });
    // A message held back answers when it is written down; the others once the product has them.
    const isHeld = Boolean(faults.swap ?? faults.delayMs);
    const answers = isHeld ? [] : await posted;
    response.status(201).json({
      message: presentBubble(message),
      answers: answers.map(({ status, tries }) => ({ status, tries })),
    });
  });
  router.post('/:channel/:address/read', (request, response) => {
    const unread = carrier.world.book
      .phone(wire(channelOf(request), request.params.address))
      .filter(({ status }) => status === 'delivered');
    for (const { sid } of unread) carrier.read(sid);
    response.json({ read: unread.length });
  });
  return router;
}

function mailRoutes({ mailbox }: Parts): Router {
  const router = Router();
  router.get('/', (request, response) => {
    const to = typeof request.query.to === 'string' ? request.query.to : undefined;
    response.json({ mails: mailbox.list(to).map(presentMail) });
  });
  router.get('/:id', (request, response) => {
    response.json(mailbox.need(request.params.id));
  });
  router.get('/:id/html', (request, response) => {
    const { html, text } = mailbox.need(request.params.id);
    response.setHeader('content-security-policy', mailPolicy);
    response.type(html === null ? 'text/plain' : 'html').send(html ?? text);
  });
  router.post('/:id/reply', async (request, response) => {
    const { text, ...more } = (request.body ?? {}) as { text?: unknown; headers?: Record<string, string> };
    if (typeof text !== 'string') throw badRequest('text_missing', 'Say {text}.');
    response.json({ status: await mailbox.reply(request.params.id, { ...more, text }) });
  });
  router.post('/:id/events', async (request, response) => {
    const { type, permanent } = (request.body ?? {}) as { type: MailEventType; permanent?: boolean };
    response.json({ status: await mailbox.report(request.params.id, type, permanent) });
  });
  router.post('/:id/unsubscribe', async (request, response) => {
    response.json({ status: await mailbox.unsubscribe(request.params.id) });
  });
  return router;
}

/** The cast's browsers: what they were told, whether they may be, and what befalls them. */
function pushRoutes({ pushService }: Parts): Router {
  const router = Router();
  const stateOf = (contactId: string) => ({
    isOn: pushService.isOn(contactId),
    shown: pushService.list(contactId),
  });
  router.get('/:contactId', (request, response) => {
    response.json(stateOf(request.params.contactId));
  });
  router.post('/:ownerId/browsers', (request, response) => {
    const { key } = (request.body ?? {}) as { key?: unknown };
    if (typeof key !== 'string')
      throw badRequest('key_missing', 'Say {key}: what the browser subscribes with.');
    response.status(201).json(pushService.open(request.params.ownerId, key));
  });
  router.post('/:contactId', async (request, response) => {
    const { isOn } = (request.body ?? {}) as { isOn?: unknown };
    const { contactId } = request.params;
    if (isOn === false) pushService.leave(contactId);
    else await pushService.allow(contactId);
    response.json(stateOf(contactId));
  });
  return router;
}

function apiRoutes(parts: Parts): Router {
  const { options, carrier, stream, emit } = parts;
  const router = Router();
  // A phone sends its pictures as they are.
  router.use(express.json({ limit: '24mb' }));
  const clock = (): { now: string; aheadMs: number } => ({
    now: options.clock.now().toISOString(),
    aheadMs: options.aheadMs(),
  });
  router.get('/state', async (_, response) => {
    const [phones, flows] = await Promise.all([options.cast(), options.flows()]);
    response.json({
      clock: clock(),
      phones,
      flows,
      senders: carrier.world.senders.list(),
      stops: carrier.world.blocks.list(),
    });
  });
  router.use('/phones', phoneRoutes(parts));
  router.get('/media/:sid', (request, response) => {
    showMedia(carrier, request.params.sid, response);
  });
  router.use('/mail', mailRoutes(parts));
  router.use('/push', pushRoutes(parts));
  router.post('/clock', async (request, response) => {
    const travelled = await options.travel(
      travelOf((request.body ?? {}) as { byMs?: unknown; to?: unknown }),
    );
    stream.send('clock', clock());
    response.json({ clock: clock(), travelled });
  });
  router.post('/enter', async (request, response) => {
    const { userId, event, properties } = (request.body ?? {}) as Partial<Tracked>;
    if (!userId || !event) throw badRequest('event_incomplete', 'Say {userId, event, properties}.');
    await emit({ userId, event, properties: properties ?? {} });
    response.status(202).json({});
  });
  router.get('/faults', (_, response) => {
    response.json({
      ...carrier.world.faults.plan(),
      played: Object.fromEntries(carrier.world.faults.played),
    });
  });
  router.post('/faults', (request, response) => {
    const { clear, senders, push, ...change } = (request.body ?? {}) as {
      clear?: boolean;
      push?: PushFault;
      senders?: SenderSettings[];
      script?: Script[];
    };
    if (clear) carrier.world.faults.clear();
    if (push) parts.pushService.next(push);
    carrier.world.faults.set(change);
    for (const settings of senders ?? [])
      carrier.world.senders.set({ ...carrier.world.senders.of(settings.address), ...settings });
    response.json(carrier.world.faults.plan());
  });
  router.get('/stream', (request, response) => stream.serve(request, response));
  return router;
}

/** Where browsers of the sandbox are reached. */
const pushPath = '/sandbox/push';

type Dial = (url: string) => string;

/** Posts a product event to `/v1/events`, as a partner's server would. */
function emitter({ productUrl, apiKey, clock }: SandboxOptions, dial: Dial): Parts['emit'] {
  return async ({ userId, event, properties }) => {
    const answer = await fetch(dial(`${productUrl()}/v1/events`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({
        type: 'track',
        userId,
        event,
        properties,
        timestamp: clock.now().toISOString(),
        messageId: `sandbox:${randomUUID()}`,
      }),
    });
    if (!answer.ok) throw unavailable('event_refused', `/v1/events answered ${answer.status}.`);
  };
}

/** The outside world of the sandbox: a carrier with phones, a mailbox, partners, and the page's API to play with them. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock, dataDir, productUrl } = options;
  const dial = dialler(productUrl, options.localUrl);
  const file = (name: string): Journal =>
    dataDir === null ? noJournal : openJournal(join(dataDir, 'sandbox', name), options.log);
  const mediaDir = dataDir === null ? null : join(dataDir, 'sandbox', 'media');
  const mail = openMailHouse({ ...options, dial });
  const { mailbox } = mail;
  const pushJournal = file('push.jsonl');
  const carrier = createCarrier({ ...options, journal: file('carrier.jsonl'), mediaDir, dial });
  const pushService = createPushService({
    clock,
    journal: pushJournal,
    baseUrl: () => `${options.localUrl?.() ?? productUrl()}${pushPath}`,
    dial,
    productUrl,
    tokenOf: options.pushTokenOf,
  });
  const stream = createStream();
  carrier.world.book.listen(({ message }) => stream.send('message', presentBubble(message)));
  mailbox.listen((mail) => stream.send('mail', presentMail(mail)));
  pushService.listen((shown) => stream.send('push', shown));
  const emit = emitter(options, dial);
  const serve = carrierHandler(carrier, { hasControl: false });
  const aim = (): void => {
    const url = `${productUrl()}/webhooks/twilio/inbound`;
    carrier.world.inboundUrl ??= `${url}#rc=3&rp=5xx,ct,rt&ct=1000&rt=4000`;
    carrier.world.fallbackUrl ??= `${url}?fallback=1`;
  };
  const parts: Parts = { options, carrier, mailbox, pushService, stream, emit, aim };

  return {
    carrier,
    mailbox,
    pushService,
    carrierRouter: (request, response) => {
      aim();
      serve(request, response);
    },
    mailRouter: mail.router,
    mailPath: mail.path,
    pushRouter: pushService.router,
    pushPath,
    apiRouter: apiRoutes(parts),
    partnerRouter: partnerRouter({
      words: options.words,
      people: async () =>
        (await options.cast()).flatMap(({ userId, name }) => (userId === null ? [] : [{ userId, name }])),
      emit,
      now: () => clock.now(),
    }),
    settle: async () => {
      await carrier.settle();
      await mailbox.settle();
    },
    close: async () => {
      stream.close();
      await carrier.close();
      mail.close();
      pushJournal.close();
    },
  };
}
