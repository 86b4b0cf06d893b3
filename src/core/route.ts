import type { World } from './decide.ts';
import { toCome } from './decide/appointments.ts';
import {
  contextOf,
  hasChoice,
  lateQuestion,
  newestWith,
  openQuestion,
  quotedQuestion,
  type Question,
} from './decide/question.ts';
import type { Binding } from './flow/event.ts';
import { isHeld } from './thread.ts';
import type { Understand } from './intent.ts';
import type { Tag, Understood } from './understood.ts';
import { isVip } from './vip.ts';
import { readWish, type Wish } from './wishes.ts';
import type { Channel, Moment, Priority } from './vocabulary.ts';

/** Who hears an arrival (conversation.md §1, R1–R13; first match wins). */
export type RouteRule =
  | 'carrier'
  | 'stop'
  | 'start'
  | 'auto'
  | 'held'
  | 'escalate'
  | 'tap'
  | 'quote'
  | 'question'
  | 'late'
  | 'keyword'
  | 'vip'
  | 'catch-all';

/** All bubbles of one breath, oldest first; a tap or a quotation is the newest one's. */
export interface Heard {
  readonly channel: Channel;
  readonly bubbles: readonly { readonly text: string; readonly isTap: boolean }[];
  /** Payload of the button that was tapped: a choice, or `kw:<word>`. */
  readonly tap: string | null;
  readonly repliedTo: string | null;
  readonly optOutType: 'STOP' | 'START' | 'HELP' | null;
  /** What the bot said last, if it did: an echo of it is a machine. */
  readonly lastSaid: string | null;
  /** A program wrote it. */
  readonly isAutomatic?: boolean;
}

export type What =
  | { readonly do: 'opt-out'; readonly scope: Channel | 'all'; readonly bubble: number }
  | { readonly do: 'soft-stop' }
  | { readonly do: 'opt-in' }
  /** Not sure enough, or the carrier still blocks: what they must send, and how. */
  | { readonly do: 'start-hint'; readonly key: 'start-hint' | 'start-blocked' }
  | { readonly do: 'silence'; readonly why: string }
  /** A person has the thread: what was understood is a hint. `raise` where E1–E3 or a VIP's word asks for more. */
  | { readonly do: 'hint'; readonly raise: { readonly to: Priority; readonly why: string } | null }
  /** "c'est bon, merci" while waiting. */
  | { readonly do: 'ended' }
  | {
      readonly do: 'person';
      readonly reason: string;
      readonly priority: Priority | null;
      readonly through: Question | null;
    }
  | { readonly do: 'answer'; readonly binding: Binding }
  /** Not before then, or at another time, or not at all. */
  | { readonly do: 'wish'; readonly wish: Wish }
  | {
      readonly do: 'say';
      readonly key: SaidKey;
    };

/** Why a nod to our confirmation of a STOP is met with silence. */
export const afterStop = 'after_stop';

export type SaidKey =
  'help' | 'legal-notice' | 'preferences' | 'identity' | 'hello' | 'not-understood' | 'cancel-which';

export interface Routed {
  readonly rule: RouteRule;
  readonly understood: Understood;
  readonly what: What;
}

interface Reading {
  readonly heard: Heard;
  readonly world: World;
  readonly moment: Moment;
  readonly understood: Understood;
  readonly perBubble: readonly Understood[];
  /** The question this was read against: quoted, else open, else the last one that closed. */
  readonly question: Question | null;
  /** Another time that was asked for; nobody reads it while a person has the thread. */
  readonly wish: Wish | null;
}

/** Confidence from which an intent is applied, and from which it is at least not ignored (conversation.md §2.5). */
export const sure = 0.85;
export const likely = 0.55;
/** An exact word, with or without courtesy, or a word of the question's own choices. */
export const exact = 0.95;

const rules: readonly ((reading: Reading) => Omit<Routed, 'understood'> | null)[] = [
  byCarrier,
  byWholeWish,
  byStop,
  byStart,
  byAuto,
  byHeld,
  byIdentity,
  byWish,
  byEscalation,
  byTap,
  byQuote,
  byQuestion,
  byLate,
  byKeyword,
  byAcknowledgement,
  byVip,
  byCatchAll,
];

/** Reads one breath of an artist and says who hears it: the first of R1–R13 that matches. */
export function route(heard: Heard, world: World, understand: Understand, moment: Moment): Routed {
  const reading = read(heard, world, understand, moment);
  for (const rule of rules) {
    const routed = rule(reading);
    if (routed) return { ...routed, understood: reading.understood };
  }
  throw new Error('the catch-all catches all');
}

function read(heard: Heard, world: World, understand: Understand, moment: Moment): Reading {
  const quoted = quotedQuestion(world, heard.repliedTo, moment);
  const question = quoted ?? stillAsked(world, heard.channel, moment);
  const context = contextOf(world, question, heard.channel, moment);
  const perBubble = heard.bubbles.map((bubble) =>
    bubble.isTap ? tapped(heard.tap) : understand(bubble.text, context),
  );
  const typed = heard.bubbles.filter((bubble) => !bubble.isTap).map((bubble) => bubble.text);
  // One bubble alone is the whole: read once.
  const alone = typed.length === 1 && heard.bubbles.length === 1 ? perBubble[0] : undefined;
  const whole = alone ?? (typed.length === 0 ? tapped(heard.tap) : understand(typed.join('\n'), context));
  return {
    heard,
    world,
    moment,
    understood: heard.tap ? tapped(heard.tap) : whole,
    perBubble: [...perBubble, whole],
    question,
    wish: wishOf(typed, world, question, whole, moment),
  };
}

const graveTags: readonly Tag[] = ['danger', 'refund', 'complaint', 'erase'];

/** What they ask for beside any answer: not where it is one, where a person is needed, or where nothing is booked. */
function wishOf(
  typed: readonly string[],
  world: World,
  question: Question | null,
  whole: Understood,
  moment: Moment,
): Wish | null {
  const isAnswered = whole.rule.startsWith('choice:') || (whole.intent === 'yes' && whole.confidence >= sure);
  if (typed.length === 0 || isHeld(world.thread) || isAnswered) return null;
  if (graveTags.some((tag) => has(whole, tag))) return null;
  const wish = readWish(typed.join('\n'), moment);
  if (wish?.of === 'cancel' || wish?.of === 'move')
    return toCome(world.appointments, moment.now).length > 0 ? wish : null;
  // "Non, pas aujourd'hui" to an offer of help is a cry for it.
  const isTrouble = question?.isOpen === true && hasChoice(question, 'help') && wish?.of === 'not-before';
  return isTrouble ? null : wish;
}

/** A limit is no refusal (conversation.md §2.3): "pas avant lundi" stops nothing for good. */
function byWholeWish({ wish }: Reading): Omit<Routed, 'understood'> | null {
  return wish?.isWhole === true ? { rule: 'keyword', what: { do: 'wish', wish } } : null;
}

function byWish({ wish }: Reading): Omit<Routed, 'understood'> | null {
  return wish ? { rule: 'keyword', what: { do: 'wish', wish } } : null;
}

/** What a plain text may answer: nothing that was asked before they stopped us where they write. */
function stillAsked(world: World, channel: Channel, moment: Moment): Question | null {
  const question = openQuestion(world) ?? lateQuestion(world, moment);
  const stoppedAt = stoppedSince(world, channel);
  return question && stoppedAt && question.at <= stoppedAt ? null : question;
}

/** Since when they want none of our messages by this channel; null where they never said so, or came back. */
function stoppedSince(world: World, channel: Channel): Date | null {
  const stops = world.suppressions.filter(
    (one) => one.channel === channel && (one.reason === 'stop' || one.reason === 'objection'),
  );
  return stops.length > 0 ? new Date(Math.max(...stops.map(({ at }) => at.getTime()))) : null;
}

const wordIntents: Readonly<Record<string, Understood['intent']>> = {
  stop: 'stop',
  start: 'start',
  help: 'help',
  human: 'human',
  coach: 'human',
};

/** A tap is read by its payload; its label is never classified. */
function tapped(payload: string | null): Understood {
  const word = payload?.startsWith('kw:') ? payload.slice(3) : null;
  const own: Readonly<Record<string, Understood['intent']>> = {
    yes: 'yes',
    no: 'no',
    help: 'help',
    human: 'human',
  };
  const intent = (word ? wordIntents[word] : own[payload ?? '']) ?? 'other';
  const tags: readonly Tag[] = word === 'contact' ? ['contact'] : word === 'fewer' ? ['fewer'] : [];
  return { intent, confidence: 1, rule: word ? `word:${word}` : `tap:${payload ?? ''}`, tags };
}

const has = (understood: Understood, tag: Tag): boolean => understood.tags.includes(tag);
const isKeywordTap = (heard: Heard): boolean => heard.tap?.startsWith('kw:') ?? false;

/** R1: the carrier has answered STOP and START itself; its HELP goes on without R11 and R13. */
function byCarrier({ heard }: Reading): Omit<Routed, 'understood'> | null {
  if (heard.optOutType === 'STOP')
    return {
      rule: 'carrier',
      what: { do: 'opt-out', scope: heard.channel, bubble: heard.bubbles.length - 1 },
    };
  if (heard.optOutType === 'START') return { rule: 'carrier', what: { do: 'opt-in' } };
  return null;
}

/** ANNULER while an appointment is pending asks once; else it stops. */
const isCancelUnclear = (understood: Understood): boolean => has(understood, 'cancel_ambiguous');

/** R2: in any bubble, beside any "oui", over every owner and menu. */
function byStop({ heard, perBubble }: Reading): Omit<Routed, 'understood'> | null {
  const bubble = perBubble.findIndex((one) => one.intent === 'stop' && one.confidence >= sure);
  const stop = perBubble[bubble];
  if (stop) {
    const scope = scopeOf(stop, heard.channel);
    return {
      rule: 'stop',
      what: { do: 'opt-out', scope, bubble: Math.min(bubble, heard.bubbles.length - 1) },
    };
  }
  if (perBubble.some(isCancelUnclear)) return { rule: 'stop', what: { do: 'say', key: 'cancel-which' } };
  const isSoft = perBubble.some((one) => one.intent === 'stop' && one.confidence >= likely);
  return isSoft ? { rule: 'stop', what: { do: 'soft-stop' } } : null;
}

/** The channel it came by or the one it names; all marketing if it says so, or asks to be erased. */
function scopeOf(understood: Understood, channel: Channel): Channel | 'all' {
  if (has(understood, 'scope:all') || has(understood, 'erase')) return 'all';
  const named = (['sms', 'whatsapp', 'email', 'push'] as const).find((one) =>
    has(understood, `scope:${one}`),
  );
  return named ?? channel;
}

function byStart({ heard, understood, world }: Reading): Omit<Routed, 'understood'> | null {
  if (understood.intent !== 'start' || understood.confidence < likely) return null;
  const address = world.thread.lastInbound?.address;
  const isBlocked = world.addresses.some(
    (one) => one.channel === heard.channel && one.value === address && one.providerBlocked,
  );
  if (isBlocked) return { rule: 'start', what: { do: 'start-hint', key: 'start-blocked' } };
  if (understood.confidence < sure) return { rule: 'start', what: { do: 'start-hint', key: 'start-hint' } };
  return { rule: 'start', what: { do: 'opt-in' } };
}

const loopMs = 5 * 60_000;
const sameTexts = 8;
const manyAnswers = 10;

/** R4: an out-of-office, our own words come back, or two machines in a loop. */
function byAuto({ heard, understood, world, moment }: Reading): Omit<Routed, 'understood'> | null {
  const since = moment.now.getTime() - loopMs;
  const { heard: texts, answered } = world.thread.recent;
  const last = texts.at(-1)?.hash;
  const same = texts.filter((one) => one.hash === last && one.at.getTime() > since).length;
  const answers = answered.filter((at) => at.getTime() > since).length;
  if (!isHeld(world.thread) && (same >= sameTexts || answers >= manyAnswers))
    return { rule: 'auto', what: { do: 'person', reason: 'loop', priority: null, through: null } };
  if (heard.isAutomatic || has(understood, 'auto'))
    return { rule: 'auto', what: { do: 'silence', why: 'auto_reply' } };
  return isEcho(heard) ? { rule: 'auto', what: { do: 'silence', why: 'echo' } } : null;
}

function isEcho(heard: Heard): boolean {
  const said = heard.lastSaid?.trim();
  return Boolean(said) && heard.tap === null && heard.bubbles.some((bubble) => bubble.text.trim() === said);
}

/** R5: a person has the thread; what was understood is a hint, and E1–E3 raise its priority. */
function byHeld({ understood, world }: Reading): Omit<Routed, 'understood'> | null {
  if (!isHeld(world.thread)) return null;
  if (world.thread.own.state === 'waiting' && has(understood, 'settled') && !escalationOf(understood))
    return { rule: 'held', what: { do: 'ended' } };
  const escalation = escalationOf(understood);
  const raise =
    escalation && escalation.reason !== 'human'
      ? { to: escalation.priority ?? 'normal', why: escalation.reason }
      : null;
  return { rule: 'held', what: { do: 'hint', raise } };
}

/** "T'es un robot ?" gets the truth and a coach offered (conversation.md §2.4); what was asked of them stays asked. */
function byIdentity({ understood, heard }: Reading): Omit<Routed, 'understood'> | null {
  const isAsked = understood.intent === 'human' || understood.intent === 'other';
  if (heard.tap || !isAsked || !has(understood, 'identity')) return null;
  const escalation = escalationOf(understood);
  if (escalation && escalation.reason !== 'human') return null;
  return { rule: 'keyword', what: { do: 'say', key: 'identity' } };
}

/** E1–E4 of conversation.md §8. */
function escalationOf(understood: Understood): { reason: string; priority: Priority | null } | null {
  if (has(understood, 'danger')) return { reason: 'danger', priority: 'vip' };
  if (has(understood, 'refund')) return { reason: 'refund', priority: 'high' };
  if (has(understood, 'complaint')) return { reason: 'complaint', priority: 'high' };
  if (understood.intent === 'human' && understood.confidence >= likely)
    return { reason: 'human', priority: null };
  return null;
}

function byEscalation({ understood, question, heard }: Reading): Omit<Routed, 'understood'> | null {
  // A tap on a question's own `human` button is that node's choice (R7), not a word.
  if (heard.tap && !isKeywordTap(heard)) return null;
  const escalation = escalationOf(understood);
  if (!escalation) return null;
  const through = question?.isOpen && escalation.reason !== 'danger' ? question : null;
  return { rule: 'escalate', what: { do: 'person', ...escalation, through } };
}

function byTap({ heard, world, moment }: Reading): Omit<Routed, 'understood'> | null {
  if (!heard.tap || isKeywordTap(heard)) return null;
  const bound = quotedQuestion(world, heard.repliedTo, moment);
  const question = bound ?? newestWith(world, heard.tap, heard.channel);
  if (!question) return null;
  return {
    rule: 'tap',
    what: { do: 'answer', binding: bindingOf(question, heard.tap, bound ? 'tap' : 'tap-unbound') },
  };
}

function byQuote({ heard, world, moment, understood }: Reading): Omit<Routed, 'understood'> | null {
  const question = quotedQuestion(world, heard.repliedTo, moment);
  if (!question || isKeyword(understood, question)) return null;
  return {
    rule: 'quote',
    what: { do: 'answer', binding: bindingOf(question, choiceOf(understood, question), 'quote') },
  };
}

function byQuestion({
  understood,
  world,
  question,
  moment,
  heard,
}: Reading): Omit<Routed, 'understood'> | null {
  if (!question?.isOpen || isKeyword(understood, question)) return null;
  const choice = choiceOf(understood, question);
  const isExact = choice !== null && understood.confidence >= exact;
  const person = (reason: string) =>
    ({ rule: 'question', what: { do: 'person', reason, priority: null, through: question } }) as const;
  if (!isExact && isVip(world.contact, world.library.policy.vip) && !expectsText(question))
    return { ...person('vip'), rule: 'vip' };
  if (!isExact && isFreshlyResolved(world, moment)) return person('again');
  if (choice === null && has(understood, 'question') && !expectsText(question)) return person('question');
  const carriersHelp = heard.optOutType === 'HELP' && hasChoice(question, 'help') ? 'help' : null;
  return {
    rule: 'question',
    what: { do: 'answer', binding: bindingOf(question, carriersHelp ?? choice, 'open') },
  };
}

const expectsText = (question: Question): boolean => question.node.expect !== undefined;

function byLate({ understood, question }: Reading): Omit<Routed, 'understood'> | null {
  if (!question || question.isOpen) return null;
  const choice = choiceOf(understood, question);
  if (choice === null || understood.confidence < sure || has(understood, 'thanks')) return null;
  return { rule: 'late', what: { do: 'answer', binding: bindingOf(question, choice, 'late') } };
}

/** A word of the house, not an answer: help the question does not offer, the legal notice, fewer messages. */
function isKeyword(understood: Understood, question: Question): boolean {
  if (has(understood, 'contact') || has(understood, 'fewer')) return true;
  return understood.intent === 'help' && understood.confidence >= likely && !hasChoice(question, 'help');
}

function byKeyword({ understood, heard, world }: Reading): Omit<Routed, 'understood'> | null {
  if (has(understood, 'contact')) return { rule: 'keyword', what: { do: 'say', key: 'legal-notice' } };
  if (has(understood, 'fewer')) return { rule: 'keyword', what: { do: 'say', key: 'preferences' } };
  if (understood.intent !== 'help' || understood.confidence < likely) return null;
  const carrierAnswers =
    world.library.keywords.senders[heard.channel]?.help === 'carrier' && understood.confidence >= exact;
  if (heard.optOutType === 'HELP' || carrierAnswers)
    return { rule: 'carrier', what: { do: 'silence', why: 'carrier_answered_help' } };
  return { rule: 'keyword', what: { do: 'say', key: 'help' } };
}

/** "oui", "ok merci", 👍 after a STOP: they have read that we stopped. Only START brings us back (compliance.md §3). */
function byAcknowledgement({ heard, understood, world }: Reading): Omit<Routed, 'understood'> | null {
  if (heard.tap || stoppedSince(world, heard.channel) === null) return null;
  const { intent, rule } = understood;
  const isNod = intent === 'yes' || intent === 'no' || has(understood, 'thanks') || rule.startsWith('emoji');
  return isNod ? { rule: 'stop', what: { do: 'silence', why: afterStop } } : null;
}

function byVip({ world }: Reading): Omit<Routed, 'understood'> | null {
  if (!isVip(world.contact, world.library.policy.vip)) return null;
  return { rule: 'vip', what: { do: 'person', reason: 'vip', priority: 'vip', through: null } };
}

const dayMs = 86_400_000;

const isWithin = (at: Date | null, ms: number, moment: Moment): boolean =>
  at !== null && moment.now.getTime() - at.getTime() < ms;

const isFreshlyResolved = (world: World, moment: Moment): boolean =>
  world.thread.own.state === 'resolved' && isWithin(world.thread.own.resolvedAt, dayMs, moment);

/** R13: a thread closed today goes back to its coach; else "not understood" once, then a person. */
function byCatchAll({ heard, world, moment, understood }: Reading): Omit<Routed, 'understood'> {
  const rule = 'catch-all';
  if (has(understood, 'thanks')) return { rule, what: { do: 'silence', why: 'thanks' } };
  if (heard.optOutType === 'HELP')
    return { rule: 'carrier', what: { do: 'silence', why: 'carrier_answered_help' } };
  if (isFreshlyResolved(world, moment))
    return { rule, what: { do: 'person', reason: 'again', priority: null, through: null } };
  if (understood.rule === 'hello') return { rule, what: { do: 'say', key: 'hello' } };
  if (isWithin(world.thread.notUnderstoodAt, dayMs, moment))
    return { rule, what: { do: 'person', reason: 'not-understood', priority: null, through: null } };
  return { rule, what: { do: 'say', key: 'not-understood' } };
}

function bindingOf(question: Question, choice: string | null, how: Binding['how']): Binding {
  return { runId: question.run.id, node: question.node.id, waitId: question.waitId, choice, how };
}

/** The choice a text names: one of the question's own words, else the choice that carries the intent. */
export function choiceOf(understood: Understood, question: Question): string | null {
  const named = understood.rule.startsWith('choice:') ? understood.rule.slice('choice:'.length) : null;
  if (named && hasChoice(question, named)) return named;
  return understood.confidence >= likely && hasChoice(question, understood.intent) ? understood.intent : null;
}
