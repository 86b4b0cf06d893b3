import twilio, { type Twilio } from 'twilio';
import { type Clock, systemClock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Arrived, Channel, Receipt } from '../channel.ts';
import { createTwilioChannel } from './channel.ts';
import { TwilioHttp } from './http-client.ts';
import { readInbound } from './inbound.ts';
import { fetchMedia, type Fetched } from './media.ts';
import { readReceipt } from './receipt.ts';
import { type RawRequest, verifySignature } from './signature.ts';
import { createTemplates, type Templates } from './templates.ts';

export type { RawRequest } from './signature.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** While a token is being rotated: signatures made with it are accepted too. */
  readonly previousToken?: string | null;
  /** `https://api.twilio.com`, or the address of a stand-in that gets every call. */
  readonly apiBaseUrl: string;
  /** `+33…` */
  readonly smsFrom?: string | null;
  readonly messagingServiceSid?: string | null;
  /** `whatsapp:+33…` */
  readonly whatsappFrom?: string | null;
  readonly publicUrl: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface TwilioCarrier {
  readonly sms: Channel;
  readonly whatsapp: Channel;
  readonly templates: Templates;
  /** Throws Boom 403 for a bad or missing signature, 400 for a form we cannot read. */
  parseInbound(request: RawRequest): Arrived;
  /** As above. */
  parseReceipt(request: RawRequest): Receipt;
  /** A file that an artist sent. Never rejects. */
  fetchMedia(address: string): Promise<Fetched>;
  /** Deletes a message's media at the carrier; its text stays. */
  dropMedia(sid: string): Promise<void>;
  /** Blanks a message's text and deletes its media at the carrier (erasure). */
  redact(sid: string): Promise<void>;
  /** What the carrier last said of our calls in progress there. */
  concurrentRequests(): number;
  close(): Promise<void>;
}

/** Calls in flight a channel, and its sockets (reliability.md §5). */
const callsInFlight = 20;
const timeoutMs = 8_000;

function smsSenders({ messagingServiceSid, smsFrom }: TwilioOptions): string[] {
  return [messagingServiceSid, smsFrom].flatMap((sender) => (sender ? [`sms:${sender}`] : []));
}

function whatsappSenders({ whatsappFrom }: TwilioOptions): string[] {
  return whatsappFrom ? [`whatsapp:${whatsappFrom.replace(/^whatsapp:/, '')}`] : [];
}

/** The carrier: two channels, the readers of its webhooks, and its templates. */
export function createTwilio(options: TwilioOptions): TwilioCarrier {
  const { accountSid, authToken, previousToken, clock = systemClock } = options;
  const publicUrl = options.publicUrl.replace(/\/$/, '');
  const https: TwilioHttp[] = [];
  const connect = (): { client: Twilio; http: TwilioHttp } => {
    const http = new TwilioHttp({ apiBaseUrl: options.apiBaseUrl, sockets: callsInFlight, timeoutMs });
    https.push(http);
    return { http, client: twilio(accountSid, authToken, { httpClient: http, autoRetry: false }) };
  };
  const asking = connect().client;
  const templates = createTemplates(asking);
  const serviceSid = options.messagingServiceSid ?? null;
  const channel = (name: 'sms' | 'whatsapp', senders: readonly string[]): Channel =>
    createTwilioChannel({
      name,
      senders,
      accountSid,
      serviceSid,
      publicUrl,
      asking,
      templates,
      ...connect(),
    });
  const dropMedia = async (sid: string): Promise<void> => {
    const media = await asking.messages(sid).media.list({ limit: 10 });
    await Promise.all(media.map((one) => asking.messages(sid).media(one.sid).remove()));
  };
  const signature = { publicUrl, tokens: previousToken ? [authToken, previousToken] : [authToken] };

  return {
    sms: channel('sms', smsSenders(options)),
    whatsapp: channel('whatsapp', whatsappSenders(options)),
    templates,
    parseInbound: (request) => {
      verifySignature(request, signature);
      return readInbound(request.form, { accountSid, serviceSid }, clock.now());
    },
    parseReceipt: (request) => {
      verifySignature(request, signature);
      return readReceipt(request, clock.now());
    },
    fetchMedia: (address) => fetchMedia(address, options),
    dropMedia,
    redact: async (sid) => {
      await dropMedia(sid);
      await asking.messages(sid).update({ body: '' });
    },
    concurrentRequests: () => Math.max(...https.map((http) => http.concurrentRequests)),
    close: async () => {
      for (const http of https) http.close();
    },
  };
}
