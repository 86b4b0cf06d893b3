import type { Contact } from './contact.ts';
import type { Policy } from './library.ts';
import type { Priority } from './vocabulary.ts';

type Vip = Policy['vip'];

/** SPARK-ready with hysteresis: from `scoreUp` until the score falls below `scoreDown` (conversation.md §8). */
export function isReadyAfter(score: number, wasReady: boolean, vip: Vip): boolean {
  return score >= vip.scoreUp || (wasReady && score >= vip.scoreDown);
}

/** Plan MONA 490, SPARK-ready, or tagged `vip` by a coach. Read on each message, never cached. */
export function isVip(contact: Contact, vip: Vip): boolean {
  if ((contact.plan ?? 0) >= vip.plan || contact.tags.includes(vip.tag)) return true;
  return contact.mona ? isReadyAfter(contact.mona.score, contact.mona.isReady ?? false, vip) : false;
}

const highPlan = 390;

/** Whose turn comes first, and how soon a first human word is due. */
export function priorityOf(contact: Contact, policy: Policy): Priority {
  if (isVip(contact, policy.vip)) return 'vip';
  return (contact.plan ?? 0) >= highPlan ? 'high' : 'normal';
}

const order: readonly Priority[] = ['normal', 'high', 'vip'];

/** A second trigger raises a priority, never lowers it. */
export function higher(one: Priority | null, other: Priority): Priority {
  return one !== null && order.indexOf(one) > order.indexOf(other) ? one : other;
}
