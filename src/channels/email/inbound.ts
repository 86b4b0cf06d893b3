import { z } from 'zod';
import { badRequest } from '../../errors.ts';
import type { Arrived } from '../channel.ts';
import { bareMail, bareMessageId } from './address.ts';
import { newText, textOfHtml } from './new-text.ts';

const headers = z.record(z.string(), z.unknown());

/** The contract's fields; a relay may add others. Multipart brings `headers` as JSON text, or not at all. */
const shape = z.object({
  messageId: z.string().min(1),
  inReplyTo: z.string().nullish(),
  from: z.string().min(3),
  to: z.union([z.string(), z.array(z.string()).min(1)]),
  subject: z.string().nullish(),
  text: z.string().nullish(),
  html: z.string().nullish(),
  headers: z.union([headers, z.string()]).nullish(),
});

export interface MailArrived extends Arrived {
  /** An absence note or another program's answer: to be kept, never answered by a program. */
  readonly isAutomatic: boolean;
}

function readHeaders(given: z.infer<typeof shape>['headers']): Record<string, string> {
  let record: unknown = given;
  if (typeof given === 'string') {
    try {
      record = JSON.parse(given);
    } catch {
      record = {};
    }
  }
  const entries = headers.safeParse(record).data ?? {};
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** RFC 3834 and what programs did before it. */
function isAutomatic(given: Record<string, string>): boolean {
  const submitted = given['auto-submitted'];
  if (submitted !== undefined && !submitted.startsWith('no')) return true;
  return (
    /^(bulk|junk|auto_reply)$/i.test(given.precedence ?? '') ||
    'x-autoreply' in given ||
    'x-autorespond' in given
  );
}

/** Reads an answer by mail. 400 with every issue when it is malformed. */
export function readMailInbound(
  fields: unknown,
  ours: { sender: string; addresses: readonly string[] },
  now: Date,
): MailArrived {
  const read = shape.safeParse(fields);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw badRequest('malformed_webhook', 'The mail cannot be read.', { issues });
  }
  const mail = read.data;
  const sid = bareMessageId(mail.messageId);
  const to = [mail.to].flat().map(bareMail);
  const text = newText(mail.text ?? textOfHtml(mail.html ?? ''));
  return {
    arrivalId: `mail:${sid}`,
    receivedAt: now,
    isAutomatic: isAutomatic(readHeaders(mail.headers)),
    inbound: {
      sid,
      channel: 'email',
      sender: to.some((address) => ours.addresses.includes(address)) ? ours.sender : `email:${to[0] ?? ''}`,
      address: bareMail(mail.from),
      // A mail program's unsubscribe by mail has its word in the subject alone.
      text: text === '' ? (mail.subject ?? '') : text,
      media: [],
      button: null,
      repliedTo: mail.inReplyTo ? bareMessageId(mail.inReplyTo) : null,
      optOutType: null,
      profileName: /^\s*"?([^"<]+?)"?\s*</.exec(mail.from)?.[1] ?? null,
    },
  };
}
