import type { ConsentRecord } from '../contact.ts';
import { nextId, setThread, type Scene } from './scene.ts';
import type { InboundArrival } from './collect.ts';
import { endHold } from './release.ts';
import { isAnySending } from './rows.ts';
import { say } from './send.ts';
import type { Understood } from '../understood.ts';
import { channels, type Channel } from '../vocabulary.ts';
import { grant, withdraw } from './withdraw.ts';

/** The confirmation is the last thing the person hears: it lets a call under way reach the wire first (I3). */
const afterSendingMs = 2_000;

/** Words that a carrier with its default list answers itself, without marking them. */
const carriersStops = new Set([
  'STOP',
  'STOPALL',
  'UNSUBSCRIBE',
  'CANCEL',
  'END',
  'QUIT',
  'REVOKE',
  'OPTOUT',
]);

/** R1, R2: the person wants no more of it. Consent, suppression and queued rows first, then one line at most. */
export function optOut(
  scene: Scene,
  bubble: InboundArrival,
  scope: Channel | 'all',
  understood: Understood,
): void {
  const { inbound } = bubble;
  const isNews = stopsMore(scene, inbound.channel, scope);
  withdraw(scene, {
    scope,
    reason: 'stop',
    source: sourceOf(bubble, understood),
    evidence: evidenceOf(bubble),
    actor: inbound.optOutType ? 'carrier' : 'artist',
  });
  settleSoftStops(scene, scope);
  followUp(scene, bubble, understood);
  if (scene.thread.own.state === 'waiting') endHold(scene, 'artistEnded', 'artist', 'stop');
  if (!isNews || hasCarrierSpoken(scene, bubble)) return;
  const { now } = scene.moment;
  const notBefore = isAnySending(scene) ? new Date(now.getTime() + afterSendingMs) : now;
  say(scene, scope === 'all' ? 'stop-done-all' : 'stop-done', {
    class: 'compliance',
    rule: 'stop',
    notBefore,
  });
}

/** A refusal that covers more than the last one ("et les mails aussi") is confirmed in its turn; the same again is not. */
function stopsMore({ suppressions, consents }: Scene, wrote: Channel, scope: Channel | 'all'): boolean {
  const isStopped = suppressions.some(({ channel, reason }) => channel === wrote && reason === 'stop');
  const covered = scope === 'all' ? channels : [scope];
  return covered.some((channel) =>
    channel === wrote ? !isStopped : consents[`${channel}:marketing`] === 'granted',
  );
}

function sourceOf(bubble: InboundArrival, understood: Understood): ConsentRecord['source'] {
  if (bubble.inbound.optOutType) return 'carrier';
  if (bubble.inbound.button) return 'button';
  return understood.rule.startsWith('word') ? 'keyword' : 'sentence';
}

/** The exact text and the carrier's id of it: what proves the will (compliance.md §2). */
function evidenceOf({ id, inbound }: InboundArrival): Readonly<Record<string, unknown>> {
  const { sid, text, button, optOutType } = inbound;
  return {
    arrivalId: id,
    sid,
    text,
    ...(button ? { button: button.payload } : {}),
    ...(optOutType ? { optOutType } : {}),
  };
}

/** A carrier that answered, marked or by its own list, or that would refuse ours. */
function hasCarrierSpoken(scene: Scene, { inbound }: InboundArrival): boolean {
  if (inbound.optOutType === 'STOP') return true;
  const isDefault = scene.loaded.library.keywords.senders[inbound.channel]?.optOut === 'default';
  if (isDefault && carriersStops.has(inbound.text.trim().toUpperCase())) return true;
  return addressOf(scene, inbound)?.providerBlocked != null;
}

const addressOf = (scene: Scene, { channel, address }: InboundArrival['inbound']) =>
  scene.addresses.find((one) => one.channel === channel && one.value === address);

const monthMs = 30 * 86_400_000;

/** They ask to be forgotten: a month at the most (GDPR 12(3)). */
export function askErasure(scene: Scene): void {
  scene.gdprTasks.push({ kind: 'erasure', dueAt: new Date(scene.moment.now.getTime() + monthMs) });
}

/** What a refusal asks for beside silence: erasure, a wrong number, a threat that a manager must read. */
function followUp(scene: Scene, { inbound }: InboundArrival, { tags }: Understood): void {
  const { now } = scene.moment;
  if (tags.includes('erase')) askErasure(scene);
  if (tags.includes('complaint') || tags.includes('erase'))
    scene.tells.push({
      who: 'managers',
      why: tags.includes('erase') ? 'erasure' : 'complaint',
      coachId: null,
    });
  const address = addressOf(scene, inbound);
  if (tags.includes('wrong_person') && address)
    scene.addressSet.push({ id: address.id, set: { wrongPersonAt: now } });
}

/** R1, R3: consent of the channel again, with proof; a carrier's block is lifted only by the carrier. */
export function optIn(scene: Scene, bubble: InboundArrival): void {
  const { inbound } = bubble;
  const isCarriers = inbound.optOutType === 'START';
  grant(scene, inbound.channel, {
    source: isCarriers ? 'carrier' : inbound.button ? 'button' : 'keyword',
    evidence: evidenceOf(bubble),
    actor: isCarriers ? 'carrier' : 'artist',
  });
  const address = addressOf(scene, inbound);
  if (isCarriers && address?.providerBlocked) unblock(scene, address.id);
  if (isCarriers) return;
  const key = inbound.channel !== 'sms' && isPhoneBlocked(scene) ? 'start-blocked' : 'start-done';
  say(scene, key, { class: 'compliance', rule: 'start' });
}

/** The carrier lets no text of ours through, whatever they say elsewhere. */
const isPhoneBlocked = ({ addresses }: Scene): boolean =>
  addresses.some(({ channel, providerBlocked }) => channel === 'sms' && providerBlocked != null);

function unblock(scene: Scene, id: string): void {
  scene.addressSet.push({ id, set: { providerBlocked: null } });
  scene.addresses = scene.addresses.map((one) => (one.id === id ? { ...one, providerBlocked: null } : one));
}

/** In doubt: marketing of the channel pauses now, a coach looks, nothing is said (conversation.md §2.5). */
export function softStop(scene: Scene, bubble: InboundArrival): void {
  const { channel } = bubble.inbound;
  const { softStops, flags } = scene.thread;
  setThread(scene, {
    softStops: [...softStops.filter((one) => one.channel !== channel), { channel, at: scene.moment.now }],
    flags: [...new Set([...flags, 'soft_stop' as const])],
  });
  scene.tells.push({ who: 'coaches', why: 'soft_stop', coachId: null });
}

const undecidedMs = 24 * 3_600_000;

/** A soft stop that nobody decided within a day is an opt-out. */
export function lapseSoftStops(scene: Scene): void {
  const { now } = scene.moment;
  for (const { channel, at } of scene.thread.softStops) {
    if (now.getTime() - at.getTime() < undecidedMs) continue;
    const evidence = { id: nextId(scene, 'soft-stop'), softStopAt: at };
    withdraw(scene, { scope: channel, reason: 'stop', source: 'sentence', evidence, actor: 'artist' });
    settleSoftStops(scene, channel);
  }
}

export function settleSoftStops(scene: Scene, scope: Channel | 'all'): void {
  const softStops = scene.thread.softStops.filter((one) => scope !== 'all' && one.channel !== scope);
  const flags =
    softStops.length > 0 ? scene.thread.flags : scene.thread.flags.filter((flag) => flag !== 'soft_stop');
  setThread(scene, { softStops, flags });
}
