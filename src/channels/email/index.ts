import { type Clock, systemClock } from '../../clock.ts';
import { type Channel, SendError } from '../channel.ts';
import { bareMail, bareMessageId } from './address.ts';
import { compose, composeLetter, type ComposeOptions, type HouseLetter } from './compose.ts';
import { type MailEvent, readMailEvents } from './events.ts';
import { readFields } from './fields.ts';
import { type MailArrived, readMailInbound } from './inbound.ts';
import { type RawMail, verifyMail } from './signature.ts';
import { type Dkim, mailboxTransport, smtpTransport } from './transport.ts';

export type { RawMail } from './signature.ts';
export type { MailArrived } from './inbound.ts';
export type { MailEvent } from './events.ts';
export type { HouseLetter } from './compose.ts';

export type EmailOptions = ComposeOptions & {
  /** A relay; without it the sandbox's mailbox takes the mail. */
  readonly smtpUrl?: string | null;
  /** Where the sandbox takes mail by POST. */
  readonly sandboxUrl?: string | null;
  /** We sign; without it the relay does. */
  readonly dkim?: Dkim | null;
  /** Signs both mail webhooks. */
  readonly webhookSecret: string;
  readonly clock?: Clock;
};

export interface EmailCarrier {
  readonly channel: Channel;
  /** A mail to one of the house's own people. Rejects as `send` does. */
  post(letter: HouseLetter, signal: AbortSignal): Promise<void>;
  /** Throws Boom 403 for a bad or missing signature, 400 for a mail we cannot read. */
  parseInbound(raw: RawMail): Promise<MailArrived>;
  /** As above; every event is a receipt too. */
  parseEvents(raw: RawMail): Promise<readonly MailEvent[]>;
}

const connections = 5;

/** Mail: the channel, and the readers of its two webhooks. It cannot be asked what it took, so it has no `find`. */
export function createEmail(options: EmailOptions): EmailCarrier {
  const { smtpUrl, sandboxUrl, dkim = null, webhookSecret, clock = systemClock } = options;
  if (!smtpUrl && !sandboxUrl) throw new Error('Mail needs SMTP_URL or the sandbox mailbox.');
  const transport = smtpUrl ? smtpTransport(smtpUrl, dkim, connections) : mailboxTransport(sandboxUrl ?? '');
  const sender = `email:${bareMail(options.from)}`;
  const addresses = [options.from, options.replyTo ?? options.from].map(bareMail);
  return {
    channel: {
      name: 'email',
      senders: [sender],
      send: async (row, { signal }) => {
        if (signal.aborted) throw new SendError('not_begun', true);
        const mail = compose(row, options);
        await transport.deliver(mail, signal);
        return { sid: bareMessageId(mail.messageId), status: 'sent' };
      },
      close: async () => transport.close(),
    },
    post: (letter, signal) => transport.deliver(composeLetter(letter, options), signal),
    parseInbound: async (raw) => {
      verifyMail(raw, webhookSecret);
      return readMailInbound(await readFields(raw), { sender, addresses }, clock.now());
    },
    parseEvents: async (raw) => {
      verifyMail(raw, webhookSecret);
      return readMailEvents(await readFields(raw));
    },
  };
}
