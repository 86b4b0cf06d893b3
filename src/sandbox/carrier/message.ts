import { randomUUID } from 'node:crypto';

export type Direction = 'inbound' | 'outbound-api' | 'outbound-reply';

export type Status =
  | 'accepted'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'undelivered'
  | 'failed'
  | 'canceled'
  | 'read'
  | 'received';

export interface Media {
  readonly sid: string;
  readonly url: string;
  readonly type: string;
}

export interface Button {
  readonly id: string;
  readonly title: string;
}

/** One line of the carrier's book. Addresses as on the wire: `+33…` or `whatsapp:+33…`. */
export interface Message {
  /** Place in the book, from 0. */
  readonly index: number;
  readonly sid: string;
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  body: string;
  readonly serviceSid: string | null;
  readonly contentSid: string | null;
  readonly buttons: readonly Button[];
  media: readonly Media[];
  readonly segments: number;
  status: Status;
  errorCode: number | null;
  /** Milliseconds of the carrier's (the product's) clock. */
  readonly createdAt: number;
  updatedAt: number;
  sentAt: number | null;
  /** Milliseconds of the machine's clock at which the call came to the door; for a judge. */
  readonly calledAt: number;
  readonly callback: string | null;
  readonly validityS: number;
  /** For inbound: which message of ours was quoted or tapped. */
  readonly repliedTo: string | null;
  /** Faults played on it. */
  readonly faults: readonly string[];
}

/** A carrier's id: two letters and 32 hexadecimal digits. */
export function newSid(prefix: 'SM' | 'MM' | 'ME' | 'HX'): string {
  return prefix + randomUUID().replaceAll('-', '');
}

let lastSecond = -1;
let lastText = '';

/** "Sun, 22 Nov 2026 22:09:00 +0000": RFC 2822, as the carrier writes dates, to the second. */
export function rfc2822(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toUTCString().replace('GMT', '+0000');
  }
  return lastText;
}

/** The carrier's JSON of a message. Everything is a string but `error_code`; `price` is not known yet. */
export function presentMessage(message: Message, accountSid: string): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${message.sid}`;
  const isSegmented = message.serviceSid === null || message.sentAt !== null;
  return {
    sid: message.sid,
    account_sid: accountSid,
    messaging_service_sid: message.serviceSid,
    api_version: '2010-04-01',
    body: message.body,
    direction: message.direction,
    from: message.from,
    to: message.to,
    status: message.status,
    num_segments: isSegmented ? String(message.segments) : '0',
    num_media: String(message.media.length),
    price: null,
    price_unit: 'USD',
    error_code: message.errorCode,
    error_message: null,
    date_created: rfc2822(message.createdAt),
    date_updated: rfc2822(message.updatedAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  };
}
