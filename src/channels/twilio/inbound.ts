import type { Inbound } from '../../core/arrival.ts';
import { badRequest, forbidden } from '../../errors.ts';
import type { Arrived } from '../channel.ts';
import type { RawRequest } from './signature.ts';

/** `twilio:<AccountSid>:<MessageSid>` */
export function arrivalIdOf(accountSid: string, sid: string): string {
  return `twilio:${accountSid}:${sid}`;
}

const prefix = 'whatsapp:';

/** "whatsapp:+33…" and "whatsapp:FR.15…" to what is behind the prefix; a person on WhatsApp may have no number. */
export function bareAddress(address: string): string {
  return address.startsWith(prefix) ? address.slice(prefix.length) : address;
}

export function channelOf(address: string): 'sms' | 'whatsapp' {
  return address.startsWith(prefix) ? 'whatsapp' : 'sms';
}

/** Our key of one of our senders: a message to a number of our Messaging Service belongs to the service. */
export function senderKey(to: string, serviceSid: string | undefined, ours: string | null): string {
  if (channelOf(to) === 'sms' && ours !== null && serviceSid === ours) return `sms:${ours}`;
  return `${channelOf(to)}:${bareAddress(to)}`;
}

function need(form: RawRequest['form'], name: string): string {
  const value = form[name];
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest('malformed_webhook', `${name} is missing.`, {
    issues: [{ path: name, message: 'is required' }],
  });
}

const mostMedia = 10;

function mediaOf(form: RawRequest['form']): Inbound['media'] {
  const count = Math.min(mostMedia, Number.parseInt(form.NumMedia ?? '0', 10) || 0);
  return Array.from({ length: count }, (_, place) => ({
    url: form[`MediaUrl${place}`] ?? '',
    type: form[`MediaContentType${place}`] ?? '',
  })).filter((media) => media.url !== '');
}

const optOutTypes = ['STOP', 'START', 'HELP'] as const;

function buttonOf(form: RawRequest['form']): Inbound['button'] {
  if (!form.ButtonPayload) return null;
  return { payload: form.ButtonPayload, text: form.ButtonText ?? form.Body ?? '' };
}

/** Reads the form of a message. The carrier adds fields without notice: what we do not know is left alone. */
export function readInbound(
  form: RawRequest['form'],
  ours: { accountSid: string; serviceSid: string | null },
  now: Date,
): Arrived {
  const sid = need(form, 'MessageSid');
  const from = need(form, 'From');
  const to = need(form, 'To');
  if (need(form, 'AccountSid') !== ours.accountSid)
    throw forbidden('wrong_account', 'This message belongs to another account.');
  return {
    arrivalId: arrivalIdOf(ours.accountSid, sid),
    receivedAt: now,
    inbound: {
      sid,
      channel: channelOf(from),
      sender: senderKey(to, form.MessagingServiceSid, ours.serviceSid),
      address: bareAddress(from),
      text: form.Body ?? '',
      media: mediaOf(form),
      button: buttonOf(form),
      repliedTo: form.OriginalRepliedMessageSid || null,
      optOutType: optOutTypes.find((type) => type === form.OptOutType) ?? null,
      profileName: form.ProfileName || null,
    },
  };
}
