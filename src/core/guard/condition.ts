import { isSuperseded } from '../calendar.ts';
import { never, stepOf } from './draft.ts';
import type { Rule } from './verdict.ts';

/** The step's own `when`, asked again; and a held nudge whose successor's hour has come. */
export const condition: Rule = (draft, facts, { now, zone }) => {
  const { when } = draft.guard;
  if (when && !facts.holds(when)) return never('condition', 'condition_false');
  const step = stepOf(draft, facts);
  const isHeld = step && facts.run && facts.flow && draft.class === 'marketing';
  return isHeld && isSuperseded(step, facts.run, facts.flow, zone, now)
    ? never('condition', 'superseded')
    : null;
};
