import { countryOfPhone } from '../calendar.ts';
import { after, isAnswer, never, wait } from './draft.ts';
import type { Draft, Facts, Rule } from './verdict.ts';

const rule = 'reach';

/** Whether there is an address to write to, and a sender of ours that may and can. */
export const reach: Rule = (draft, facts, { now }) => {
  if (!isOurs(draft, facts)) return never(rule, 'no_address');
  if (!facts.sender) return never(rule, 'no_sender');
  if (draft.guard.expectsReply && !facts.sender.canReceive) return never(rule, 'sender_cannot_receive');
  if (isUndeliverable(draft)) return never(rule, 'not_deliverable');
  if (!facts.sender.isPaused) return null;
  return wait(rule, 'sender_paused', facts.sender.resumesAt ?? after(now, facts.policy.guard.retryMs));
};

/** An address someone else answered from is theirs: only what answers them goes there. */
function isOurs(draft: Draft, { address }: Facts): boolean {
  if (!address) return false;
  return isAnswer(draft) || !address.wrongPersonAt;
}

/** Meta does not deliver marketing templates to numbers of the United States. */
const isUndeliverable = (draft: Draft): boolean =>
  draft.channel === 'whatsapp' &&
  draft.class === 'marketing' &&
  draft.address.startsWith('+1') &&
  countryOfPhone(draft.address) !== 'CA';
