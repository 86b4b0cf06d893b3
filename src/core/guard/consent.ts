import type { SuppressionReason } from '../contact.ts';
import { after, flowOf, never, wait } from './draft.ts';
import type { Draft, Facts, Rule } from './verdict.ts';
import { isWindowOpen } from './window.ts';

const rule = 'consent';

/** Reasons that end an address for every class: nothing reaches it, or nothing may know it. */
const endsAll: ReadonlySet<SuppressionReason> = new Set([
  'invalid',
  'blocked',
  'bounce',
  'provider_21610',
  'erasure',
]);

/** Whether the contact lets us say this here at all (lifecycle.md §7, compliance.md §2 and §3). */
export const consent: Rule = (draft, facts, { now }) => {
  if (facts.contact.erasedAt || isSuppressed(draft, facts)) return never(rule, 'suppressed');
  if (facts.address?.providerBlocked) return never(rule, 'provider_blocked');
  if (!hasConsent(draft, facts, now)) return never(rule, 'no_consent');
  return draft.class === 'marketing' ? wish(draft, facts, now) : null;
};

function isSuppressed(draft: Draft, facts: Facts): boolean {
  return facts.suppressions.some(({ channel, reason, at }) => {
    if (channel !== draft.channel) return false;
    if (endsAll.has(reason) || draft.class === 'marketing') return true;
    const stopsAllClasses = reason === 'stop' && (channel === 'sms' || channel === 'whatsapp');
    return stopsAllClasses && draft.class !== 'compliance' && !answersNewer(draft, at);
  });
}

/** An answer to what the person wrote after they had stopped us: they spoke to us again. */
const answersNewer = (draft: Draft, stoppedAt: Date): boolean =>
  draft.class === 'reply' && Boolean(draft.guard.answersAt && draft.guard.answersAt > stoppedAt);

/** Nothing said is not consent. Service leans on the contract, except where the carrier asks for an opt-in of its own. */
function hasConsent(draft: Draft, facts: Facts, now: Date): boolean {
  const { consents } = facts;
  const mayMarket = consents[`${draft.channel}:marketing`] === 'granted';
  if (draft.class === 'compliance') return true;
  if (draft.channel === 'whatsapp')
    return mayMarket || (draft.class === 'reply' && isWindowOpen(draft, facts, now));
  if (draft.class === 'reply') return true;
  // On push the subscription is the consent, unless marketing by push was decided on apart.
  if (draft.channel === 'push') {
    const mayPush = consents['push:push'];
    if (draft.class === 'service') return mayPush === undefined || mayPush === 'granted';
    return consents['push:marketing'] === undefined ? mayPush === 'granted' : mayMarket;
  }
  return draft.class === 'service' || mayMarket;
}

/** What the person asked of our marketing short of stopping it: none of this sequence, none for a while. */
function wish(draft: Draft, facts: Facts, now: Date) {
  const { traits } = facts.contact;
  const flow = flowOf(draft, facts);
  const left = traits['unsubscribedFlows'];
  if (flow !== null && Array.isArray(left) && left.includes(flow)) return never(rule, 'unsubscribed');
  const doubt = facts.thread.softStops.find(({ channel }) => channel === draft.channel);
  if (doubt) {
    const decidedBy = after(doubt.at, facts.policy.guard.softStopMs);
    return decidedBy > now ? wait(rule, 'soft_stop', decidedBy) : never(rule, 'no_consent');
  }
  const dndUntil = instant(traits['dndUntil']);
  return dndUntil && dndUntil > now ? wait(rule, 'dnd', dndUntil) : null;
}

/** Traits come as JSON: an instant is a text there. */
function instant(value: unknown): Date | null {
  const at = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}
