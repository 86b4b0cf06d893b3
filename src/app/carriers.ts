import type { Channel, Paced } from '../channels/channel.ts';
import { openFrame } from '../channels/email/frame.ts';
import { createEmail, type EmailCarrier } from '../channels/email/index.ts';
import { pace } from '../channels/pace.ts';
import { createPush, type PushCarrier } from '../channels/push/index.ts';
import { createTwilio, type TwilioCarrier } from '../channels/twilio/index.ts';
import type { Clock } from '../clock.ts';
import type { Config, TwilioConfig } from '../config.ts';
import type { Row } from '../core/row.ts';
import type { Channel as ChannelName } from '../core/vocabulary.ts';
import type { Log } from '../log.ts';
import { endSubscription, subscriptionsOf } from '../pipeline/subscribe.ts';
import type { MailToken, Tokens } from '../pipeline/tokens.ts';
import type { Store } from '../store/connect.ts';

/** Our senders on the sandbox: numbers of the range kept for fiction. */
export const sandboxSenders = { sms: '+33639980100', whatsapp: '+33639980101' } as const;

export interface Carriers {
  readonly twilio: TwilioCarrier;
  readonly email: EmailCarrier;
  readonly push: PushCarrier;
  readonly channels: Partial<Record<ChannelName, Channel>>;
  readonly paced: Partial<Record<ChannelName, Paced>>;
  /** Every sender of ours, the default of each channel first. */
  readonly senders: readonly { readonly key: string; readonly channel: ChannelName }[];
  stop(): Promise<void>;
}

export interface CarrierOptions {
  readonly config: Config;
  readonly twilio: TwilioConfig;
  readonly publicUrl: string;
  /** Where the sandbox takes mail; null with a relay. */
  readonly mailboxUrl: string | null;
  /** Base of the sandbox's push service; null where browsers are told by their makers' own. */
  readonly pushUrl: string | null;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
}

const wayOut = ({ contactId, guard }: Row): MailToken => ({
  kind: 'unsubscribe',
  contactId,
  flow: guard.flow ?? null,
});

export async function openCarriers({
  config,
  twilio: account,
  publicUrl,
  mailboxUrl,
  pushUrl,
  store,
  tokens,
  clock,
  log,
}: CarrierOptions): Promise<Carriers> {
  const twilio = createTwilio({ ...account, publicUrl, log, clock });
  const email = createEmail({
    from: config.email.from,
    replyTo: config.email.replyTo,
    tokenFor: (row, mark) =>
      tokens.sign(
        mark === 'unsubscribe'
          ? wayOut(row)
          : { kind: 'answer', rowId: row.id, contactId: row.contactId, choice: mark.slice('answer:'.length) },
      ),
    unsubscribeUrl: (row) =>
      row.class === 'marketing' ? `${publicUrl}/u/${tokens.sign(wayOut(row))}` : null,
    frame: await openFrame(),
    smtpUrl: config.email.smtpUrl,
    sandboxUrl: mailboxUrl,
    dkim: config.email.dkim,
    webhookSecret: config.email.webhookSecret,
    clock,
  });
  const push = createPush({
    vapid: config.vapid,
    publicUrl,
    subscriptionsOf: (address) => subscriptionsOf(store, { kind: 'contact', id: address }),
    ended: (subscription) => endSubscription(store, subscription),
    trusted: pushUrl,
    log,
    clock,
  });
  const channels = Object.fromEntries(
    [twilio.sms, twilio.whatsapp, email.channel, push.channel]
      .filter(({ senders }) => senders.length > 0)
      .map((channel) => [channel.name, channel]),
  ) as Carriers['channels'];
  const rate: Readonly<Record<ChannelName, number>> = {
    sms: config.mps.sms,
    whatsapp: config.mps.whatsapp,
    email: config.mps.email,
    push: 0,
  };
  const paced = Object.fromEntries(
    Object.values(channels).map((channel) => [
      channel.name,
      pace(channel, { mps: rate[channel.name], redisUrl: config.redisUrl, log }),
    ]),
  ) as Carriers['paced'];
  return {
    twilio,
    email,
    push,
    channels,
    paced,
    senders: Object.values(channels).flatMap(({ name, senders }) =>
      senders.map((key) => ({ key, channel: name })),
    ),
    async stop() {
      await Promise.all(Object.values(paced).map((one) => one.stop()));
      await Promise.all([twilio.close(), email.channel.close?.()]);
    },
  };
}
