import { Agent, request } from 'node:http';
import { stringify } from 'node:querystring';
import { systemClock } from '../src/clock.ts';
import { silentLog } from '../src/log.ts';
import { startCarrierServer } from '../src/sandbox/carrier/server.ts';
import type { Message } from '../src/sandbox/carrier/message.ts';
import { sign } from '../src/sandbox/carrier/webhook.ts';
import { account } from './account.ts';

/** The carrier and the phones, in the bench's own process: their CPU is nobody's. */
export interface Outside {
  readonly carrierUrl: string;
  readonly book: readonly Message[];
  /** Whether the carrier reports what becomes of messages. */
  reports(isOn: boolean): void;
  /** Resolves with the monotonic instant at which the carrier took the next message for this phone. */
  nextFor(address: string): Promise<number>;
  /** Resolves once the book holds that many messages; rejects when none came for `patienceMs`. */
  filled(count: number, patienceMs: number): Promise<void>;
  /** Empties the book. */
  reset(): void;
  close(): Promise<void>;
}

export async function openOutside(): Promise<Outside> {
  const server = await startCarrierServer({
    accountSid: account.sid,
    authToken: account.token,
    clock: systemClock,
    log: silentLog,
  });
  const { book, faults } = server.carrier.world;
  const waiting = new Map<string, ((at: number) => void)[]>();
  book.listen(({ type, message }) => {
    if (type === 'message') waiting.get(message.to)?.shift()?.(performance.now());
  });
  return {
    carrierUrl: server.url,
    book: book.all,
    reports: (isOn) => {
      faults.set({ rates: isOn ? {} : { 'no-status': 1 } });
    },
    nextFor: (address) =>
      new Promise((resolve) => {
        const line = waiting.get(address);
        if (line) line.push(resolve);
        else waiting.set(address, [resolve]);
      }),
    filled: async (count, patienceMs) => {
      let seen = -1;
      let seenAt = performance.now();
      while (book.all.length < count) {
        if (book.all.length !== seen) [seen, seenAt] = [book.all.length, performance.now()];
        if (performance.now() - seenAt > patienceMs)
          throw new Error(`the carrier has ${String(seen)} of ${String(count)} messages, and no more come`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    reset: () => {
      server.carrier.reset();
      waiting.clear();
    },
    close: () => server.stop(),
  };
}

/** A signed webhook, ready for the wire. */
export interface Letter {
  readonly address: string;
  readonly body: string;
  readonly signature: string;
}

const path = '/webhooks/twilio/inbound';
let written = 0;

/** As a phone's text reaches us: the fields of twilio-and-whatsapp.md §3, a sid of its own. */
export function write(address: string, text: string, publicUrl: string): Letter {
  written += 1;
  const sid = `SM${written.toString(16).padStart(32, '0')}`;
  const form = {
    AccountSid: account.sid,
    ApiVersion: '2010-04-01',
    MessageSid: sid,
    SmsSid: sid,
    SmsMessageSid: sid,
    SmsStatus: 'received',
    NumMedia: '0',
    NumSegments: '1',
    From: address,
    FromCountry: 'FR',
    To: account.sender,
    ToCountry: 'FR',
    Body: text,
  };
  return { address, body: stringify(form), signature: sign(account.token, publicUrl + path, form) };
}

const agent = new Agent({ keepAlive: true, maxSockets: 128 });

/** Posts a letter; resolves with the HTTP status once the answer has come. */
export function post(letter: Letter, publicUrl: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      publicUrl + path,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          'content-length': Buffer.byteLength(letter.body),
          'x-twilio-signature': letter.signature,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    asked.on('error', reject);
    asked.end(letter.body);
  });
}

export const closePhones = (): void => {
  agent.destroy();
};
