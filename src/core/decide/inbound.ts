import type { Flow } from '../flow/definition.ts';
import type { TrackedEvent } from '../flow/event.ts';
import type { Item } from '../item.ts';
import { afterStop, route, type Routed, type SaidKey, type What } from '../route.ts';
import { idFrom } from '../id.ts';
import type { Priority } from '../vocabulary.ts';
import { hashOfText } from '../thread.ts';
import { isVip } from '../vip.ts';
import { moveRun, type Hand } from './advance.ts';
import type { InboundArrival } from './collect.ts';
import { liftSilence } from './comeback.ts';
import { windowKey } from './compose.ts';
import { firstWordMs, ownPriority, raise } from './handoff.ts';
import { dueAfter, nobody, setOwn } from './own.ts';
import { hasChoice, type Question } from './question.ts';
import { askWhatToCancel, callPerson } from './reception.ts';
import { grantWish } from './wish.ts';
import { endHold } from './release.ts';
import { blockQueued } from './rows.ts';
import { addItem, emit, flowOf, openRuns, setContact, setThread, worldNow, type Scene } from './scene.ts';
import { say } from './send.ts';
import { optIn, optOut, softStop } from './stop.ts';

const heardMost = 12;

export const itemOfInbound = (arrivalId: string): string => idFrom('in', arrivalId);

/** What they wrote; of a tap, its label. */
const textOf = ({ inbound }: InboundArrival): string => inbound.text || (inbound.button?.text ?? '');

/** Shows a message at once, whatever follows: item, WhatsApp window, whose turn it is. */
export function show(scene: Scene, arrival: InboundArrival): void {
  if (arrival.state === 'shown') return;
  const { inbound, receivedAt: at } = arrival;
  const { channel, sender, address } = inbound;
  const text = textOf(arrival);
  addItem(scene, {
    id: itemOfInbound(arrival.id),
    at,
    kind: 'in',
    channel,
    text,
    arrivalId: arrival.id,
    media: inbound.media,
    button: inbound.button,
    why: { rule: 'collect' },
  });
  const { windows, waitingSince, recent } = scene.thread;
  const hash = hashOfText(text);
  setThread(scene, {
    windows: channel === 'whatsapp' ? { ...windows, [windowKey(channel, sender)]: at } : windows,
    last: { who: 'artist', text, at, channel },
    lastInbound: { channel, address, sender, at },
    waitingSince: waitingSince ?? at,
    recent: { ...recent, heard: [...recent.heard, { hash, at }].slice(-heardMost) },
  });
  returnDrafts(scene);
}

/** The artist wrote while a coach's words still waited for their undo: they go back to the draft. */
function returnDrafts(scene: Scene): void {
  const { now } = scene.moment;
  const waiting = new Set(
    scene.loaded.rows.filter((row) => row.by !== 'bot' && row.notBefore > now).map((row) => row.id),
  );
  const returned = blockQueued(scene, (row) => waiting.has(row.id), 'returned');
  if (returned.length > 0)
    scene.tells.push({ who: 'coach', why: 'returned', coachId: scene.thread.own.ownerId });
}

/** Reads all bubbles of a breath as one text and does what the first rule that matches says. */
export function hear(scene: Scene, bubbles: readonly InboundArrival[]): void {
  const newest = bubbles.at(-1);
  if (!newest) return;
  setThread(scene, { collectSince: null, collectUntil: null });
  const routed = route(heardOf(scene, bubbles), worldNow(scene), scene.understand, scene.moment);
  for (const bubble of bubbles) readItem(scene, itemOfInbound(bubble.id), routed);
  noteHuman(scene, routed);
  act(scene, bubbles, newest, routed);
  noteComeback(scene, routed);
}

function heardOf(scene: Scene, bubbles: readonly InboundArrival[]): Parameters<typeof route>[0] {
  const newest = bubbles.at(-1)?.inbound;
  const { last, recent } = scene.loaded.thread;
  return {
    channel: newest?.channel ?? 'sms',
    bubbles: bubbles.map((bubble) => ({ text: textOf(bubble), isTap: bubble.inbound.button !== null })),
    tap: newest?.button?.payload ?? null,
    repliedTo: newest?.repliedTo ?? null,
    optOutType: bubbles.map((bubble) => bubble.inbound.optOutType).find((type) => type !== null) ?? null,
    lastSaid: last?.who === 'bot' ? last.text : echoAmong(bubbles, recent.said),
    isAutomatic: bubbles.every(({ inbound }) => inbound.isAutomatic === true),
  };
}

/** Of bubbles that were shown while they collected, and are the thread's last word by now. */
const echoAmong = (bubbles: readonly InboundArrival[], said: string | null | undefined): string | null =>
  bubbles.map(textOf).find((text) => hashOfText(text) === said) ?? null;

/** Keeps rule, intent, confidence and runner-up on the item, also where it was written while it collected. */
function readItem(scene: Scene, id: string, { rule, understood, what }: Routed): void {
  const why: Item['why'] = { rule, ...(what.do === 'silence' ? { reason: what.why } : {}) };
  const at = scene.items.findIndex((item) => item.id === id);
  const item = scene.items[at];
  if (item) scene.items[at] = { ...item, understood, why };
  else scene.itemChanges.push({ id, set: { understood, why } });
}

/** They leave, or nod to having left. */
const isFarewell = (what: What): boolean =>
  what.do === 'opt-out' || what.do === 'soft-stop' || (what.do === 'silence' && what.why === afterStop);

/** A word of the artist's own is engagement. */
function noteHuman(scene: Scene, { rule, understood, what }: Routed): void {
  if (rule === 'auto') return;
  setContact(scene, { lastHumanAt: scene.moment.now });
  if (isFarewell(what) || rule === 'carrier') return;
  liftSilence(scene);
  const event: TrackedEvent = {
    id: idFrom('replied', scene.arrivalId),
    name: replied,
    properties: { intent: understood.intent },
    occurredAt: scene.moment.now,
  };
  scene.events.push(event);
  for (const run of openRuns(scene))
    if (leansOnReply(flowOf(scene, run))) moveRun(scene, run.id, { type: 'tracked', event });
}

const replied = 'Message Replied';
const leaning = new WeakMap<Flow, boolean>();

/** The flow asks somewhere whether they have written: only such a run is moved by each word. */
function leansOnReply(flow: Flow | null): boolean {
  if (!flow) return false;
  const known = leaning.get(flow) ?? JSON.stringify(flow).includes(replied);
  leaning.set(flow, known);
  return known;
}

/** A reply while a win-back runs is the comeback it asks for, unless it says no or stop. */
function noteComeback(scene: Scene, { rule, understood, what }: Routed): void {
  const isRefusal = isFarewell(what) || understood.intent === 'no';
  if (isRefusal || rule === 'auto' || rule === 'carrier') return;
  const isAsked = scene.loaded.runs.some((run) => run.open && run.flow === 'winback');
  const isSaid = scene.emitted.some((event) => event.name === 'Reactivated');
  if (isAsked && !isSaid) emit(scene, 'Reactivated', { by: 'reply' });
}

function act(scene: Scene, bubbles: readonly InboundArrival[], newest: InboundArrival, routed: Routed): void {
  const { what, understood } = routed;
  switch (what.do) {
    case 'opt-out':
      return optOut(scene, bubbles[what.bubble] ?? newest, what.scope, understood);
    case 'soft-stop':
      return softStop(scene, newest);
    case 'opt-in':
      return optIn(scene, newest);
    case 'start-hint':
      return hintStart(scene, what.key);
    case 'silence':
      return silence(scene, routed.rule, what.why);
    case 'hint':
      return hint(scene, what.raise);
    case 'ended':
      return endHold(scene, 'artistEnded', 'artist', 'thanks');
    case 'person':
      return person(scene, bubbles, routed, what);
    case 'answer':
      return answer(scene, bubbles, routed, what.binding);
    case 'wish':
      return grantWish(scene, what.wish, routed.rule);
    case 'say':
      return sayOf(scene, what.key, routed.rule);
  }
}

/** Where the carrier lets nothing of ours through, mail says what does. */
function hintStart(scene: Scene, key: 'start-hint' | 'start-blocked'): void {
  const fallback = key === 'start-blocked' ? (['email'] as const) : [];
  say(scene, key, { class: 'compliance', rule: 'start', fallback });
}

function silence(scene: Scene, rule: string, reason: string): void {
  addItem(scene, { kind: 'silence', why: { rule, reason } });
}

/** "Moins de messages" counts from now, before they choose more on the page; a coach reads it too. */
function wantFewer(scene: Scene): void {
  setContact(scene, { 'traits.fewerMessages': true });
  scene.tells.push({ who: 'coach', why: 'fewer_messages', coachId: scene.contact.coachId ?? null });
}

function sayOf(scene: Scene, key: SaidKey, rule: string): void {
  if (key === 'cancel-which') return askWhatToCancel(scene);
  if (key === 'not-understood') setThread(scene, { notUnderstoodAt: scene.moment.now });
  if (key === 'preferences') wantFewer(scene);
  const isLegal = key === 'help' || key === 'legal-notice';
  say(scene, key, { class: isLegal ? 'compliance' : 'reply', rule });
}

/** The run whose question it is answers; a thread that was closed is the bot's again (O12). */
function answer(
  scene: Scene,
  bubbles: readonly InboundArrival[],
  routed: Routed,
  binding: Answered,
  hand: Hand | null = null,
): void {
  if (scene.thread.own.state === 'resolved')
    setOwn(scene, { ...nobody, state: 'bot', resolvedAt: null }, 'artist', 'answered');
  if (isVip(scene.contact, scene.loaded.library.policy.vip))
    scene.tells.push({ who: 'coaches', why: 'vip_wrote', coachId: null });
  moveRun(scene, binding.runId, heardEvent(bubbles, routed, binding), hand);
}

type Answered = Extract<What, { do: 'answer' }>['binding'];

function heardEvent(bubbles: readonly InboundArrival[], { understood, rule }: Routed, binding: Answered) {
  return {
    type: 'heard',
    text: bubbles.map(textOf).join('\n'),
    channel: bubbles.at(-1)?.inbound.channel ?? 'sms',
    itemIds: bubbles.map((bubble) => itemOfInbound(bubble.id)),
    understood,
    rule,
    binding,
    media: bubbles.some((bubble) => bubble.inbound.media.length > 0),
  } as const;
}

/** R6, R12, R13: a person is asked, by the open question's own `human` choice where it has one. */
function person(
  scene: Scene,
  bubbles: readonly InboundArrival[],
  routed: Routed,
  what: Extract<What, { do: 'person' }>,
): void {
  alertManagers(scene, what.reason);
  if (what.reason === 'danger')
    say(scene, 'danger', { class: 'reply', rule: routed.rule, variant: dangerVariant(scene) });
  if (what.reason === 'loop')
    setThread(scene, { flags: [...new Set([...scene.thread.flags, 'loop' as const])] });
  const hand: Hand = { reason: what.reason, priority: what.priority, isSilent: isWordless(what.reason) };
  const through = what.through;
  if (!through || !hasChoice(through, 'human')) return callPerson(scene, hand);
  const binding = { ...bindingOf(through), choice: 'human' };
  answer(
    scene,
    bubbles,
    { ...routed, understood: { ...routed.understood, intent: 'human', confidence: 1 } },
    binding,
    hand,
  );
}

const bindingOf = ({ run, node, waitId }: Question): Answered => ({
  runId: run.id,
  node: node.id,
  waitId,
  choice: null,
  how: 'open',
});

/** Two machines in a loop, and a person in danger, get no line of the handoff's. */
const isWordless = (reason: string): boolean => reason === 'danger' || reason === 'loop';

/** Where France's own emergency numbers are no use, others are. */
const french: ReadonlySet<string> = new Set([
  'FR',
  'RE',
  'GP',
  'MQ',
  'GF',
  'YT',
  'PM',
  'BL',
  'MF',
  'NC',
  'PF',
  'WF',
]);

function dangerVariant({ contact }: Scene): string | null {
  if (french.has(contact.country)) return null;
  return contact.country === 'GB' ? 'uk' : 'elsewhere';
}

function alertManagers(scene: Scene, reason: string): void {
  if (reason === 'danger' || reason === 'refund')
    scene.tells.push({ who: 'managers', why: reason, coachId: null });
}

/** R5: recorded; E1–E3 raise the priority, and what they write wakes a snoozed thread (O8). */
function hint(scene: Scene, wanted: { readonly to: Priority; readonly why: string } | null): void {
  if (wanted) {
    alertManagers(scene, wanted.why);
    raise(scene, wanted.to, wanted.why);
  }
  const { own } = scene.thread;
  const priority = own.priority ?? ownPriority(scene);
  if (own.state === 'snoozed' && (!own.snooze?.keep || wanted !== null || priority === 'vip'))
    return wakeSnoozed(scene);
  if (own.state === 'coach' && own.dueAt === null) {
    const dueAt = dueAfter(scene.loaded.duty, scene.moment.now, firstWordMs(scene, priority));
    setThread(scene, { own: { ...own, dueAt, dueKind: 'next' } });
  }
}

/** Back to its coach, or to the queue when that coach is off duty. */
export function wakeSnoozed(scene: Scene): void {
  const { own } = scene.thread;
  if (own.state !== 'snoozed') return;
  const isThere = scene.loaded.duty.coaches.some((coach) => coach.id === own.ownerId);
  const priority = own.priority ?? ownPriority(scene);
  const dueAt = dueAfter(scene.loaded.duty, scene.moment.now, firstWordMs(scene, priority));
  const back = isThere ? { state: 'coach' as const } : { state: 'waiting' as const, ownerId: null };
  setOwn(scene, { ...back, snooze: null, dueAt, dueKind: 'next' }, 'artist', 'woken');
}
