import type { World } from './carrier.ts';
import type { Fault } from './faults.ts';
import { newSid, type Direction, type Message } from './message.ts';
import { optOutTypeOf, type OptOutType } from './opt-out.ts';
import { countSegments } from './segments.ts';
import { isWhatsapp } from './sender.ts';
import type { Params, Posted } from './webhook.ts';

/** What a person does with a phone. Addresses as on the wire. */
export interface FromPhone {
  readonly from: string;
  /** Ours. Default: whoever wrote last to that phone, else the first declared sender of the channel. */
  readonly to?: string | null;
  readonly text: string;
  readonly profileName?: string | null;
  readonly repliedTo?: string | null;
  readonly button?: { readonly payload: string; readonly text: string } | null;
  /** `data`: the bytes, in base64. */
  readonly media?: readonly { readonly url?: string; readonly type: string; readonly data?: string }[];
  /** Faults of this message, instead of drawn ones. */
  readonly faults?: readonly Fault[];
  /** Milliseconds before it is posted. */
  readonly delayMs?: number;
  /** The carrier has answered it already, whatever the sender's settings say. */
  readonly optOutType?: OptOutType | null;
  /** Other parameters, which the carrier may add without notice. */
  readonly extra?: Params;
}

export interface Received {
  readonly message: Message;
  /** The webhook's answers, once all were had. Empty when the message was lost on the way. */
  readonly posted: Promise<readonly Posted[]>;
}

function senderFor(world: World, from: string): string {
  const last = world.book.phone(from).findLast((message) => message.direction !== 'inbound');
  if (last) return last.from;
  const declared = world.senders.list().find((sender) => isWhatsapp(sender.address) === isWhatsapp(from));
  return declared?.address ?? (isWhatsapp(from) ? 'whatsapp:+33700000000' : '+33700000000');
}

function enter(
  world: World,
  direction: Direction,
  from: string,
  to: string,
  text: string,
  more: Partial<Message> = {},
): Message {
  const now = world.clock.now().getTime();
  return world.book.add({
    sid: newSid(more.media?.length ? 'MM' : 'SM'),
    direction,
    from,
    to,
    body: text,
    serviceSid: null,
    contentSid: null,
    buttons: [],
    media: [],
    segments: isWhatsapp(from) ? 1 : countSegments(text),
    status: direction === 'inbound' ? 'received' : 'delivered',
    errorCode: null,
    createdAt: now,
    updatedAt: now,
    sentAt: now,
    calledAt: Date.now(),
    callback: null,
    validityS: 0,
    repliedTo: null,
    faults: [],
    ...more,
  });
}

const isNumber = (address: string): boolean => /^\+\d+$/.test(address);

function whatsappParams(text: FromPhone, to: string): Params {
  const bare = text.from.replace(/^whatsapp:/, '');
  return {
    ProfileName: text.profileName ?? 'Artiste',
    ...(isNumber(bare) ? { WaId: bare.slice(1) } : { ExternalUserId: bare }),
    MessageType: text.button ? 'button' : text.media?.length ? 'image' : 'text',
    ...(text.button && { ButtonText: text.button.text, ButtonPayload: text.button.payload }),
    ...(text.repliedTo && { OriginalRepliedMessageSid: text.repliedTo, OriginalRepliedMessageSender: to }),
  };
}

const geography = (): Params =>
  Object.fromEntries(
    ['From', 'To'].flatMap((side) => ['City', 'State', 'Zip'].map((field) => [side + field, ''])),
  );

/** The form the carrier posts for a message from a phone (twilio-and-whatsapp.md §1). */
export function inboundParams(
  world: World,
  message: Message,
  text: FromPhone,
  optOutType: OptOutType | null,
): Params {
  const media = message.media.flatMap(({ sid, type }, place) => [
    [
      `MediaUrl${place}`,
      `https://api.twilio.com/2010-04-01/Accounts/${world.accountSid}/Messages/${message.sid}/Media/${sid}`,
    ],
    [`MediaContentType${place}`, type],
  ]);
  const { serviceSid } = world.senders.of(message.to);
  return {
    MessageSid: message.sid,
    SmsSid: message.sid,
    SmsMessageSid: message.sid,
    AccountSid: world.accountSid,
    ApiVersion: '2010-04-01',
    From: message.from,
    To: message.to,
    Body: message.body,
    NumMedia: String(message.media.length),
    NumSegments: String(message.segments),
    SmsStatus: 'received',
    ...(serviceSid && { MessagingServiceSid: serviceSid }),
    ...Object.fromEntries(media),
    ...(isWhatsapp(message.from)
      ? whatsappParams(text, message.to)
      : { ...geography(), FromCountry: 'FR', ToCountry: 'FR' }),
    ...(optOutType && { OptOutType: optOutType }),
    ...text.extra,
  };
}

const autoReplies: Record<OptOutType, string> = {
  STOP: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  START:
    'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  HELP: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
};

/** The carrier's own doing with STOP, START and HELP. Gives the mark it puts on the post, or null. */
function answerKeyword(
  world: World,
  message: Message,
  text: FromPhone,
  faults: ReadonlySet<Fault>,
): OptOutType | null {
  const sender = world.senders.of(message.to);
  const type = text.optOutType ?? optOutTypeOf(message.body, sender.words);
  const isMarked =
    Boolean(text.optOutType) || sender.optOut === 'advanced' || faults.has('stop-handled-by-carrier');
  if (!type || (!isMarked && sender.optOut === 'none')) return null;
  const wasBlocked = world.blocks.has(message.to, message.from);
  // HELP gets no answer after STOP; START means nothing to someone who never stopped.
  const isSilent = (type === 'HELP' && wasBlocked) || (type === 'START' && !wasBlocked && !isMarked);
  if (type !== 'HELP') world.blocks.set(message.to, message.from, type === 'STOP');
  if (!isSilent) enter(world, 'outbound-reply', message.to, message.from, autoReplies[type]);
  return isMarked ? type : null;
}

async function post(
  world: World,
  message: Message,
  params: Params,
  kind: 'inbound' | 'forged',
): Promise<Posted[]> {
  if (!world.inboundUrl) return [];
  const posted = await world.hooks.post(world.inboundUrl, params, {
    fallbackUrl: world.fallbackUrl,
    isForged: kind === 'forged',
  });
  world.answers.push({
    sid: params.MessageSid ?? message.sid,
    kind,
    status: posted.status,
    tries: posted.tries,
    ms: posted.ms,
    at: Date.now(),
  });
  return [posted];
}

/** Holds a message back until the next one of the same phone has gone before it, or nothing came for a while. */
function letNextGoFirst(world: World, phone: string): Promise<void> {
  return new Promise((go) => {
    world.held.set(phone, go);
    void world.life.delay(world.faults.delayMs('swap-inbound')).then(go);
  });
}

async function deliver(
  world: World,
  message: Message,
  params: Params,
  text: FromPhone,
  faults: ReadonlySet<Fault>,
): Promise<Posted[]> {
  const answers: Posted[] = [];
  if (faults.has('forged'))
    answers.push(...(await post(world, message, { ...params, MessageSid: newSid('SM') }, 'forged')));
  if (faults.has('lose-inbound')) return answers;
  if (faults.has('late-inbound')) await world.life.delay(world.faults.delayMs('late-inbound'), true);
  if (text.delayMs) await world.life.delay(text.delayMs, true);
  const before = world.held.get(message.from);
  if (faults.has('swap-inbound')) await letNextGoFirst(world, message.from);
  answers.push(...(await post(world, message, params, 'inbound')));
  if (before) {
    world.held.delete(message.from);
    before();
  }
  if (faults.has('duplicate-inbound')) answers.push(...(await post(world, message, params, 'inbound')));
  return answers;
}

/** A phone writes: the book, the 24 h window, the carrier's own STOP, and the post to the product. */
export function receiveInbound(world: World, text: FromPhone): Received {
  const to = text.to ?? senderFor(world, text.from);
  const media = (text.media ?? []).map(({ url = '', type, data }) => {
    const sid = newSid('ME');
    if (data !== undefined) world.media.put(sid, Buffer.from(data, 'base64'));
    return { sid, url, type };
  });
  const faults = text.faults ? new Set(text.faults) : world.faults.forInbound(text.from);
  const message = enter(world, 'inbound', text.from, to, text.button?.text ?? text.text, {
    media,
    repliedTo: text.repliedTo ?? null,
    faults: [...faults],
  });
  world.counters.inbound += 1;
  world.windows.set(`${to}|${text.from}`, message.createdAt);
  const params = inboundParams(world, message, text, answerKeyword(world, message, text, faults));
  return { message, posted: world.life.track(() => deliver(world, message, params, text, faults)) };
}
