import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { badRequest, notFound } from '../errors.ts';
import type { Journal } from './carrier/journal.ts';
import { parseMime } from './mime.ts';

/** A mail that came in. */
export interface Mail {
  readonly id: string;
  /** Without brackets. */
  readonly messageId: string;
  readonly from: string;
  readonly replyTo: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly at: string;
}

export interface MailboxOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Where a URL of the product is really reached. */
  readonly dial: (url: string) => string;
  /** The product's own address, asked when it is needed. */
  readonly productUrl: () => string;
  /** Signs both mail webhooks. */
  readonly secret: string;
  /** Whether the mailbox reports each delivery, as a relay does. */
  readonly reportsDelivery?: boolean;
}

export type MailEventType = 'delivered' | 'bounced' | 'complained';

/** A mailbox that takes every address, and acts as the person behind it. Answers are HTTP statuses of the product. */
export interface Mailbox {
  /** Takes a mail as JSON, or raw with the type `message/rfc822`. */
  take(body: Buffer, contentType: string): Mail;
  list(address?: string): readonly Mail[];
  need(id: string): Mail;
  reply(
    id: string,
    answer: {
      text: string;
      from?: string;
      html?: string;
      headers?: Record<string, string>;
      messageId?: string;
    },
  ): Promise<number>;
  report(id: string, type: MailEventType, permanent?: boolean): Promise<number>;
  /** The one click of the mail program (RFC 8058). */
  unsubscribe(id: string): Promise<number>;
  listen(listener: (mail: Mail) => void): () => void;
  settle(): Promise<void>;
}

const bare = (id: string): string => id.trim().replace(/^</, '').replace(/>$/, '');
const inBrackets = (address: string): string =>
  (/<([^<>]+)>/.exec(address)?.[1] ?? address).trim().toLowerCase();

type Fields = Partial<
  Record<'messageId' | 'from' | 'replyTo' | 'to' | 'subject' | 'text' | 'html', string>
> & { headers?: Record<string, string> };

function lowerNames(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function fromMime(body: Buffer): Fields & { headers: Record<string, string> } {
  const { headers, text, html } = parseMime(body.toString('latin1'));
  return {
    messageId: headers['message-id'],
    from: headers.from,
    replyTo: headers['reply-to'],
    to: headers.to,
    subject: headers.subject,
    text: text ?? '',
    html: html ?? undefined,
    headers: { ...headers },
  };
}

function readFields(body: Buffer, contentType: string): Fields {
  if (contentType.startsWith('message/rfc822')) return fromMime(body);
  try {
    return JSON.parse(body.toString('utf8')) as Fields;
  } catch {
    throw badRequest('malformed_mail', 'The mail is neither JSON nor message/rfc822.');
  }
}

export function createMailbox(options: MailboxOptions): Mailbox {
  const { clock, journal, dial, productUrl, secret } = options;
  const mails: Mail[] = journal.replay('mail').map((line) => line as Mail);
  const listeners = new Set<(mail: Mail) => void>();
  const open = new Set<Promise<unknown>>();

  const post = async (path: string, value: unknown): Promise<number> => {
    const body = JSON.stringify(value);
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const answer = await fetch(dial(productUrl() + path), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-signature': signature },
    });
    return answer.status;
  };
  const need = (id: string): Mail => {
    const mail = mails.find((one) => one.id === id);
    if (!mail) throw notFound('mail_unknown', 'There is no such mail in the sandbox.');
    return mail;
  };
  const report: Mailbox['report'] = (id, type, permanent = true) => {
    const { messageId, to } = need(id);
    return post('/webhooks/email/events', {
      type,
      messageId,
      address: inBrackets(to),
      permanent,
      at: clock.now().toISOString(),
    });
  };
  const track = (work: Promise<unknown>): void => {
    const tracked = work.catch(() => undefined).finally(() => open.delete(tracked));
    open.add(tracked);
  };

  return {
    take: (body, contentType) => {
      const fields = readFields(body, contentType);
      if (!fields.messageId || !fields.from || !fields.to)
        throw badRequest('malformed_mail', 'A mail needs messageId, from and to.');
      const mail: Mail = {
        id: String(mails.length + 1),
        messageId: bare(fields.messageId),
        from: fields.from,
        replyTo: fields.replyTo ?? fields.from,
        to: fields.to,
        subject: fields.subject ?? '',
        text: fields.text ?? '',
        html: fields.html ?? null,
        headers: lowerNames(fields.headers),
        at: clock.now().toISOString(),
      };
      mails.push(mail);
      journal.append('mail', mail);
      for (const listener of listeners) listener(mail);
      if (options.reportsDelivery) track(report(mail.id, 'delivered'));
      return mail;
    },
    list: (address) =>
      mails.filter((mail) => !address || inBrackets(mail.to) === address.toLowerCase()).reverse(),
    need,
    reply: (id, { text, from, html, headers, messageId }) => {
      const mail = need(id);
      return post('/webhooks/email/inbound', {
        messageId: messageId ?? `<${randomUUID()}@example.org>`,
        inReplyTo: `<${mail.messageId}>`,
        from: from ?? mail.to,
        to: mail.replyTo,
        subject: `Re: ${mail.subject}`,
        text: `${text}\n\nLe ${mail.at.slice(0, 10)}, ${mail.from} a écrit :\n${mail.text.replace(/^/gm, '> ')}`,
        ...(html && { html }),
        ...(headers && { headers }),
      });
    },
    report,
    unsubscribe: async (id) => {
      const { headers } = need(id);
      const url = /<(https?:[^<>]+)>/.exec(headers['list-unsubscribe'] ?? '')?.[1];
      const word = headers['list-unsubscribe-post'];
      if (!url || !word) throw badRequest('no_one_click', 'This mail offers no one-click unsubscribe.');
      const answer = await fetch(dial(url), {
        method: 'POST',
        body: word,
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      return answer.status;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settle: async () => {
      while (open.size > 0) await Promise.all(open);
    },
  };
}
