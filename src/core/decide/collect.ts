import type { Arrival } from '../arrival.ts';
import { exact, sure } from '../route.ts';
import { isHeld } from '../thread.ts';
import type { Understood } from '../understood.ts';
import { contextOf, openQuestion } from './question.ts';
import { worldNow, type Scene } from './scene.ts';

export type InboundArrival = Extract<Arrival, { kind: 'inbound' }>;

/**
 * How long a breath still waits for more text (conversation.md §1), or null where nothing is left to wait for: a tap,
 * a reserved word, a word of the open question, what the carrier marked, a thread that a person holds.
 */
export function waitsUntil(scene: Scene, bubbles: readonly InboundArrival[]): Date | null {
  const newest = bubbles.at(-1);
  const first = bubbles[0];
  if (!newest || !first || isHeld(scene.thread)) return null;
  if (bubbles.some((bubble) => endsWait(scene, bubble))) return null;
  const { silenceMs, mostMs, mediaMs } = scene.loaded.library.policy.collect;
  const since = (scene.thread.collectSince ?? first.receivedAt).getTime();
  const isBareMedia = newest.inbound.text.trim() === '' && newest.inbound.media.length > 0;
  const quiet = newest.receivedAt.getTime() + (isBareMedia ? mediaMs : silenceMs);
  const until = new Date(Math.min(quiet, since + mostMs));
  return until > scene.moment.now ? until : null;
}

function endsWait(scene: Scene, { inbound }: InboundArrival): boolean {
  if (inbound.button || inbound.optOutType) return true;
  const world = worldNow(scene);
  const context = contextOf(world, openQuestion(world), inbound.channel, scene.moment);
  return isWord(scene.understand(inbound.text, context));
}

function isWord(understood: Understood): boolean {
  if (understood.intent === 'stop') return understood.confidence >= sure;
  const names =
    understood.intent !== 'other' ||
    understood.rule.startsWith('choice:') ||
    understood.tags.includes('contact');
  return names && understood.confidence >= exact;
}
