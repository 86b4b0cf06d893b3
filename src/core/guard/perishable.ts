import { after, never, stepOf } from './draft.ts';
import type { Draft, Facts, Rule } from './verdict.ts';

const rule = 'perishable';

/** A text that is no longer true, or no longer wanted so late. Asked again of the instant a wait would end at. */
export const perishable: Rule = (draft, facts, { now }) => {
  const { perishAt } = draft.guard;
  if (perishAt && now > perishAt) return never(rule, 'expired');
  if (isLate(draft, facts, now)) return never(rule, 'late');
  return now >= draft.expiresAt ? never(rule, 'expired') : null;
};

/** A step that is sent however late, or in words for the late, ends by its `expiresAt` alone. */
function isLate(draft: Draft, facts: Facts, now: Date): boolean {
  const { baseAt, lateMaxMs } = draft.guard;
  const then = stepOf(draft, facts)?.late.then ?? 'skip';
  if (!baseAt || typeof lateMaxMs !== 'number' || then === 'send' || typeof then === 'object') return false;
  // A spread opening is no lateness: what jitter may add is allowed for.
  return now > after(baseAt, lateMaxMs + facts.policy.jitterMaxS * 1000);
}
