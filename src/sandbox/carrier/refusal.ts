import type { World } from './carrier.ts';
import { isWhatsapp } from './sender.ts';

/** The fields of a post; only `MediaUrl` and `PersistentAction` repeat. */
export type Form = Readonly<Record<string, string | undefined>> & { readonly MediaUrl?: string | undefined };

/** A call the carrier does not take. */
export interface Refusal {
  readonly http: number;
  readonly code: number;
  readonly message: string;
}

const refuse = (code: number, message: string, http = 400): Refusal => ({ http, code, message });

const isPhone = (address: string): boolean => /^\+[1-9]\d{6,14}$/.test(address);
const isFrenchLandline = (address: string): boolean => /^\+33[1-59]/.test(address);
/** A WhatsApp person may have a business-scoped id and no number. */
const isScopedId = (address: string): boolean => /^[A-Z]{2}\.[0-9A-Za-z]+$/.test(address);

function refuseAddresses(form: Form): Refusal | null {
  const { To: to, From: from } = form;
  if (!to) return refuse(21604, "A 'To' phone number is required.");
  if (!from && !form.MessagingServiceSid) return refuse(21603, "A 'From' phone number is required.");
  if (from && isWhatsapp(from) !== isWhatsapp(to))
    return refuse(21910, 'Invalid From and To pair. From and To should be of the same channel');
  const bare = to.replace(/^whatsapp:/, '');
  if (!isPhone(bare) && !(isWhatsapp(to) && isScopedId(bare)))
    return refuse(21211, "The 'To' number is not a valid phone number.");
  if (!isWhatsapp(to) && isFrenchLandline(to))
    return refuse(21614, "'To' number is not a valid mobile number");
  return null;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function refuseContent(world: World, form: Form): Refusal | null {
  const { Body: body, ContentSid: contentSid, ContentVariables: variables } = form;
  if (!body && !form.MediaUrl && !contentSid)
    return refuse(21619, 'A text message body or media urls must be specified.');
  if (body && [...body].length > 1_600)
    return refuse(21617, 'The concatenated message body exceeds the 1600 character limit.');
  if (!contentSid)
    return variables ? refuse(21654, 'The ContentSid parameter is required with ContentVariables.') : null;
  if (!world.contents.find(contentSid)) return refuse(21655, 'The ContentSid is invalid.');
  if (variables && !isJsonObject(variables))
    return refuse(21656, 'The ContentVariables parameter is invalid.');
  return null;
}

function refuseTiming(form: Form): Refusal | null {
  const validity = form.ValidityPeriod;
  if (validity === undefined) return null;
  const isRight = /^\d+$/.test(validity) && Number(validity) >= 1 && Number(validity) <= 36_000;
  return isRight ? null : refuse(20422, 'ValidityPeriod must be between 1 and 36000 seconds.');
}

function refuseStopped(world: World, form: Form): Refusal | null {
  const sender = form.From ?? world.senders.numberOf(form.MessagingServiceSid ?? '');
  if (!world.blocks.has(sender, form.To ?? '')) return null;
  // With advanced opt-out the call is accepted and fails afterwards; on a plain number it is refused at once.
  return world.senders.of(sender).optOut === 'advanced'
    ? null
    : refuse(21610, 'Attempt to send to unsubscribed recipient');
}

/** Why the carrier does not take this call, or null. */
export function refusalOf(world: World, form: Form): Refusal | null {
  return (
    refuseAddresses(form) ?? refuseContent(world, form) ?? refuseTiming(form) ?? refuseStopped(world, form)
  );
}
