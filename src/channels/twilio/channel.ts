import type { Twilio } from 'twilio';
import type {
  MessageInstance,
  MessageListInstanceCreateOptions,
} from 'twilio/lib/rest/api/v2010/account/message.js';
import type { Row, RowBody } from '../../core/row.ts';
import {
  type Accepted,
  type Arrived,
  type Channel,
  type Listed,
  SendError,
  type SendOptions,
} from '../channel.ts';
import type { TwilioHttp } from './http-client.ts';
import { arrivalIdOf, bareAddress, senderKey } from './inbound.ts';
import { sendFailure } from './send-failure.ts';
import { listedStatusOf } from './status.ts';
import type { Templates } from './templates.ts';

export interface TwilioChannelParts {
  readonly name: 'sms' | 'whatsapp';
  /** Keys of our senders: `sms:+33…`, `sms:MG…`, `whatsapp:+33…`. */
  readonly senders: readonly string[];
  readonly accountSid: string;
  readonly serviceSid: string | null;
  readonly publicUrl: string;
  /** For sending: as many sockets as turns. */
  readonly client: Twilio;
  readonly http: TwilioHttp;
  /** For questions, so that they never stand in front of a message. */
  readonly asking: Twilio;
  readonly templates: Templates;
}

type Asked = MessageListInstanceCreateOptions;

const validityS = { least: 1, most: 36_000 };

function wire(channel: 'sms' | 'whatsapp', address: string): string {
  return channel === 'whatsapp' ? `whatsapp:${address}` : address;
}

/** Where the carrier reports; the row and the attempt are under its signature. */
function callbackUrl(publicUrl: string, row: Row): string {
  return `${publicUrl}/webhooks/twilio/status?o=${encodeURIComponent(row.id)}&a=${row.attempt}`;
}

function senderOf(row: Row): Pick<Asked, 'from' | 'messagingServiceSid'> {
  const address = row.sender.slice(row.sender.indexOf(':') + 1);
  return address.startsWith('MG')
    ? { messagingServiceSid: address }
    : { from: wire(row.channel as 'sms', address) };
}

function plainContent({ text, mediaUrl }: RowBody): Partial<Asked> {
  return { body: text, ...(mediaUrl && { mediaUrl: [mediaUrl] }) };
}

/** A content filled with values: an approved template, or the buttons of a WhatsApp message under its text. */
async function filledContent(
  { text, template, buttons = [] }: RowBody,
  templates: Templates,
): Promise<Partial<Asked>> {
  if (!template)
    return { contentSid: await templates.buttonsSid(buttons), contentVariables: JSON.stringify({ 1: text }) };
  const contentSid = await templates.sidOf(template.name);
  if (contentSid === null) throw new SendError('template_unknown', false);
  return { contentSid, contentVariables: JSON.stringify(template.variables) };
}

/** Finding and making contents comes before the message is asked for: a failure there sent nothing. */
async function prepare(row: Row, templates: Templates): Promise<Partial<Asked>> {
  try {
    return await filledContent(row.body, templates);
  } catch (error) {
    if (error instanceof SendError) throw error;
    const known = sendFailure(error);
    throw known instanceof SendError ? known : new SendError('content_unavailable', true, { cause: error });
  }
}

/** An SMS has no buttons: it says its choices in words. */
function isFilled(row: Row): boolean {
  return Boolean(row.body.template) || (row.channel === 'whatsapp' && (row.body.buttons?.length ?? 0) > 0);
}

function listed(message: MessageInstance): Listed {
  return {
    sid: message.sid,
    to: bareAddress(message.to),
    body: message.body ?? '',
    createdAt: message.dateCreated,
    direction: message.direction === 'inbound' ? 'in' : 'out',
    status: listedStatusOf(message.status),
    code: message.errorCode ? String(message.errorCode) : null,
  };
}

const pageSize = 200;

/** The carrier's dates have whole seconds. */
const wholeSecond = (at: Date): number => Math.floor(at.getTime() / 1000) * 1000;

/**
 * The carrier's list is newest first: reads on until a message is older than asked. Its date filter is not used, as it
 * reads the sent date, which is empty until the message left.
 */
async function listSince(client: Twilio, query: { to?: string }, since: Date): Promise<MessageInstance[]> {
  const found: MessageInstance[] = [];
  let page: Pick<Awaited<ReturnType<typeof client.messages.page>>, 'instances' | 'nextPage'> | undefined =
    await client.messages.page({ ...query, pageSize });
  while (page) {
    for (const message of page.instances) {
      if (message.dateCreated.getTime() < wholeSecond(since)) return found;
      found.push(message);
    }
    page = await page.nextPage();
  }
  return found;
}

async function mediaOf(client: Twilio, message: MessageInstance): Promise<Arrived['inbound']['media']> {
  if (Number(message.numMedia) === 0) return [];
  const media = await client.messages(message.sid).media.list({ limit: 10 });
  return media.map(({ uri, contentType }) => ({
    url: `https://api.twilio.com${uri.replace(/\.json$/, '')}`,
    type: contentType,
  }));
}

/** A message read back knows neither buttons nor what it answers: the list does not carry them. */
async function readBack(message: MessageInstance, parts: TwilioChannelParts): Promise<Arrived> {
  return {
    arrivalId: arrivalIdOf(parts.accountSid, message.sid),
    receivedAt: message.dateCreated,
    inbound: {
      sid: message.sid,
      channel: parts.name,
      sender: senderKey(message.to, message.messagingServiceSid ?? undefined, parts.serviceSid),
      address: bareAddress(message.from),
      text: message.body ?? '',
      media: await mediaOf(parts.asking, message),
      button: null,
      repliedTo: null,
      optOutType: null,
      profileName: null,
    },
  };
}

/** Which of our addresses to ask the list for; a Messaging Service has numbers we do not know, so all are asked. */
function inboundQueries(parts: TwilioChannelParts): { to?: string }[] {
  const addresses = parts.senders.map((key) => key.slice(key.indexOf(':') + 1));
  if (addresses.some((address) => address.startsWith('MG'))) return [{}];
  return addresses.map((address) => ({ to: wire(parts.name, address) }));
}

function isOurs(message: MessageInstance, parts: TwilioChannelParts): boolean {
  if (message.direction !== 'inbound') return false;
  return parts.senders.includes(
    senderKey(message.to, message.messagingServiceSid ?? undefined, parts.serviceSid),
  );
}

/** SMS and WhatsApp over the carrier's API: one channel each, which differ in the address on the wire. */
export function createTwilioChannel(parts: TwilioChannelParts): Channel {
  const create = async (
    row: Row,
    content: Partial<Asked>,
    { signal, validForS }: SendOptions,
  ): Promise<Accepted> => {
    const asked: Asked = {
      ...content,
      ...senderOf(row),
      to: wire(parts.name, row.address),
      statusCallback: callbackUrl(parts.publicUrl, row),
      validityPeriod: Math.min(validityS.most, Math.max(validityS.least, Math.floor(validForS))),
    };
    try {
      const { sid, status } = await parts.http.under(signal, () => parts.client.messages.create(asked));
      if (!sid) throw new Error('The carrier answered without a sid.');
      return { sid, status: listedStatusOf(status) === 'queued' ? 'queued' : 'sent' };
    } catch (error) {
      throw sendFailure(error);
    }
  };
  return {
    name: parts.name,
    senders: parts.senders,
    send: async (row, options) => {
      // Nothing is awaited before the call of a plain text: it begins in the turn in which its deadline was checked.
      const content = isFilled(row) ? await prepare(row, parts.templates) : plainContent(row.body);
      if (options.signal.aborted) throw new SendError('not_begun', true);
      return create(row, content, options);
    },
    find: async (to, since) => {
      const messages = await listSince(parts.asking, { to: wire(parts.name, to) }, since);
      return messages.filter((message) => message.direction !== 'inbound').map(listed);
    },
    listInbound: async (since) => {
      const lists = await Promise.all(
        inboundQueries(parts).map((query) => listSince(parts.asking, query, since)),
      );
      return Promise.all(
        lists
          .flat()
          .filter((message) => isOurs(message, parts))
          .map((message) => readBack(message, parts)),
      );
    },
  };
}
