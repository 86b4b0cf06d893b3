import twilio, { type Twilio } from 'twilio';
import { createTwilio, type TwilioCarrier, type TwilioOptions } from '../../../src/channels/twilio/index.ts';
import type { Clock } from '../../../src/clock.ts';
import type { Row } from '../../../src/core/row.ts';
import { silentLog } from '../../../src/log.ts';
import type { CarrierOptions } from '../../../src/sandbox/carrier/carrier.ts';
import { startCarrierServer, type CarrierServer } from '../../../src/sandbox/carrier/server.ts';
import { TwilioHttp } from '../../../src/channels/twilio/http-client.ts';
import { openListener, type Listener } from './webhook-listener.ts';

export const accountSid = 'AC11111111111111111111111111111111';
export const authToken = 'a-token-of-the-sandbox';
export const smsFrom = '+33639980099';
export const whatsappFrom = 'whatsapp:+33639980098';
export const lea = '+33639980001';

/** A clock moved by hand. */
export class HandClock implements Clock {
  #at: number;
  constructor(at = '2026-03-03T12:00:00Z') {
    this.#at = Date.parse(at);
  }
  now(): Date {
    return new Date(this.#at);
  }
  advance(ms: number): void {
    this.#at += ms;
  }
}

export interface TestWorld extends CarrierServer {
  readonly clock: HandClock;
  readonly listener: Listener;
  readonly channels: TwilioCarrier;
  /** The SDK as it comes, with nothing of ours but the address. */
  readonly sdk: Twilio;
  /** The carrier stops listening; nothing else does. */
  leave(): Promise<void>;
}

export async function openWorld(
  options: Partial<CarrierOptions> = {},
  ours: Partial<TwilioOptions> = {},
): Promise<TestWorld> {
  const clock = new HandClock();
  const listener = await openListener();
  const server = await startCarrierServer({
    accountSid,
    authToken,
    clock,
    log: silentLog,
    senders: [{ address: smsFrom, optOut: 'default' }, { address: whatsappFrom }],
    webhooks: { inboundUrl: `${listener.url}/webhooks/twilio/inbound` },
    ...options,
  });
  let left: Promise<void> | null = null;
  const leave = (): Promise<void> => (left ??= server.stop());
  const http = new TwilioHttp({ apiBaseUrl: server.url, sockets: 5, timeoutMs: 8_000 });
  const channels = createTwilio({
    accountSid,
    authToken,
    apiBaseUrl: server.url,
    smsFrom,
    whatsappFrom,
    publicUrl: listener.url,
    log: silentLog,
    clock,
    ...ours,
  });
  return {
    ...server,
    clock,
    listener,
    channels,
    sdk: twilio(accountSid, authToken, { httpClient: http }),
    leave,
    stop: async () => {
      await channels.close();
      http.close();
      await leave();
      await listener.close();
    },
  };
}

/** An outbox row ready to be sent. */
export function aRow(change: Partial<Row> = {}): Row {
  const at = new Date('2026-03-03T12:00:00Z');
  return {
    id: 'wake:run1:2026-03-03T12:00:00.000Z/0',
    contactId: 'c1',
    class: 'service',
    channel: 'sms',
    sender: `sms:${smsFrom}`,
    address: lea,
    priority: 1,
    words: null,
    body: { text: 'Salut Léa' },
    status: 'sending',
    notBefore: at,
    expiresAt: new Date(at.getTime() + 3_600_000),
    attempt: 1,
    lapses: 0,
    history: [],
    itemId: 'i1',
    again: 0,
    by: 'bot',
    guard: { exclusive: false, asksQuestion: false, expectsReply: false },
    createdAt: at,
    ...change,
  };
}

/** Options of a call that may take as long as it likes. */
export const sending = (validForS = 3_600): { signal: AbortSignal; validForS: number } => ({
  signal: new AbortController().signal,
  validForS,
});
