import { after, never } from './draft.ts';
import type { Draft, Rule } from './verdict.ts';

const rule = 'perishable';

/** A text that is no longer true, or no longer wanted so late. Asked again of the instant a wait would end at. */
export const perishable: Rule = (draft, facts, { now }) => {
  if (now >= draft.expiresAt) return never(rule, 'expired');
  const { perishAt } = draft.guard;
  if (perishAt && now > perishAt) return never(rule, 'expired');
  return isLate(draft, now, facts.policy.jitterMaxS * 1000) ? never(rule, 'late') : null;
};

/** A spread opening is no lateness: what jitter may add is allowed for. */
function isLate({ guard }: Draft, now: Date, spreadMs: number): boolean {
  if (!guard.baseAt || guard.lateMaxMs === null || guard.lateMaxMs === undefined) return false;
  return now > after(guard.baseAt, guard.lateMaxMs + spreadMs);
}
