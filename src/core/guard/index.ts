import type { Moment } from '../vocabulary.ts';
import { arbitration } from './arbitration.ts';
import { cap } from './cap.ts';
import { claims } from './claims.ts';
import { condition } from './condition.ts';
import { consent } from './consent.ts';
import { hasCore } from './draft.ts';
import { experiment } from './experiment.ts';
import { goal } from './goal.ts';
import { perishable } from './perishable.ts';
import { quiet } from './quiet.ts';
import { reach } from './reach.ts';
import type { Draft, Facts, Rule, Verdict } from './verdict.ts';
import { window } from './window.ts';

const rules: readonly Rule[] = [
  consent, goal, condition, reach, window, experiment, arbitration, cap, quiet, perishable, claims,
]; // prettier-ignore

/** What these hold is the marketing: the service core of a mixed message leaves at its time (lifecycle.md §7). */
const sparesCore: ReadonlySet<Rule> = new Set([consent, arbitration, cap, quiet, claims]);

/**
 * May this leave now? Asked when a message is written and again when it is claimed, because a STOP may have come in
 * between. The first rule that answers, wins; a lesser draft (`instead`) is judged again from the top by the caller.
 */
export function guard(draft: Draft, facts: Facts, moment: Moment): Verdict {
  for (const rule of rules) {
    const verdict = rule(draft, facts, moment);
    if (verdict) return settled(verdict, rule, draft, facts, moment);
  }
  return { may: 'go' };
}

type Answer = Exclude<Verdict, { may: 'go' }>;

function settled(answer: Answer, rule: Rule, draft: Draft, facts: Facts, moment: Moment): Verdict {
  if (answer.may === 'instead') return answer;
  const { reason, detail } = answer;
  if (sparesCore.has(rule) && hasCore(draft, facts)) {
    return { may: 'instead', use: 'core', reason, rule: answer.rule, detail };
  }
  return answer.may === 'wait' ? projected(answer, draft, facts, moment) : answer;
}

/** A wait that ends too late is a never, and is said at once. One without an end of its own stands until it expires. */
function projected(
  wait: Extract<Answer, { may: 'wait' }>,
  draft: Draft,
  facts: Facts,
  moment: Moment,
): Answer {
  const isOpenEnded = wait.until.getTime() === draft.expiresAt.getTime();
  const tooLate =
    perishable(draft, facts, moment) ??
    (isOpenEnded ? null : perishable(draft, facts, { ...moment, now: wait.until }));
  return tooLate ? { ...tooLate, detail: { ...wait.detail, because: wait.reason, until: wait.until } } : wait;
}
