import express, { Router, type Request } from 'express';
import { badRequest } from '../errors.ts';
import type { Inbound } from '../core/arrival.ts';
import type { Receipt } from '../channels/channel.ts';
import type { MailEvent } from '../channels/email/index.ts';

/** A request as it came, before anybody believes it. */
export interface RawForm {
  /** Path and query as the carrier called it: both are under the signature. */
  readonly url: string;
  readonly headers: Request['headers'];
  readonly form: Readonly<Record<string, string>>;
}

export interface RawMail {
  readonly headers: Request['headers'];
  readonly body: Buffer;
}

export interface MessageIn {
  readonly arrivalId: string;
  readonly inbound: Inbound;
  /** A mail that a program wrote, by its headers. */
  readonly isAutomatic?: boolean;
}

export interface WebhookDoors {
  /** Checks the signature and reads the post; throws 403 or 400, and then nothing is written. */
  readonly parseInbound: (request: RawForm) => MessageIn;
  readonly parseReceipt: (request: RawForm) => Receipt | null;
  readonly parseMail: (request: RawMail) => Promise<MessageIn>;
  readonly parseMailEvents: (request: RawMail) => Promise<readonly MailEvent[]>;
  /** Resolves once the arrival is stored with majority. */
  readonly arrive: (message: MessageIn) => Promise<unknown>;
  readonly takeReceipt: (receipt: Receipt) => Promise<void>;
  readonly takeMailEvent: (event: MailEvent) => Promise<void>;
}

const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** A key that comes twice makes an array, which no carrier sends and no signature covers the way we read it. */
function formOf(request: Request): RawForm {
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries((request.body ?? {}) as Record<string, unknown>)) {
    if (typeof value !== 'string')
      throw badRequest('repeated_parameter', `The parameter ${name} came more than once.`);
    form[name] = value;
  }
  return { url: request.originalUrl, headers: request.headers, form };
}

const mailOf = (request: Request): RawMail => ({
  headers: request.headers,
  body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
});

/** The carriers' doors: verify, write down, answer. Nothing else is awaited (reliability.md §4). */
export function webhooks(doors: WebhookDoors): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 400 });
  const raw = express.raw({ type: () => true, limit: '5mb' });

  router.post('/twilio/inbound', form, async (request, response) => {
    await doors.arrive(doors.parseInbound(formOf(request)));
    response.type('text/xml').send(emptyTwiml);
  });

  router.post('/twilio/status', form, async (request, response) => {
    const receipt = doors.parseReceipt(formOf(request));
    if (receipt) await doors.takeReceipt(receipt);
    response.status(204).end();
  });

  router.post('/email/inbound', raw, async (request, response) => {
    await doors.arrive(await doors.parseMail(mailOf(request)));
    response.json({ ok: true });
  });

  router.post('/email/events', raw, async (request, response) => {
    for (const event of await doors.parseMailEvents(mailOf(request))) await doors.takeMailEvent(event);
    response.json({ ok: true });
  });

  return router;
}
