import { isAnswer, never } from './draft.ts';
import { completed } from '../run.ts';
import type { Rule } from './verdict.ts';

const reached: ReadonlySet<string | null> = new Set(['goal', 'goal_met', 'already_converted']);

/** A run that has ended says nothing more on its own account; what it answers is still an answer. */
export const goal: Rule = (draft, { run }) => {
  if (!draft.runId || isAnswer(draft)) return null;
  // One that only waits for a person to finish has said its last word too.
  if (run?.open && !run.exitReason) return null;
  // Its last step is what completes a run: that word is still on its way.
  if (run?.exitReason === completed) return null;
  return never('goal', run && reached.has(run.exitReason) ? 'goal_met' : 'exited');
};
