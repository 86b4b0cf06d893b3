import { armOf } from '../experiment.ts';
import type { Turn } from './turn.ts';

/**
 * The contact's arm of an experiment: the one they were given, else the one their hash falls in while it runs, which is
 * kept on the run and exposed. Null where nothing runs: the step is as its author wrote it.
 */
export function armIn(turn: Turn, experiment: string): string | null {
  const { arms, contactId } = turn.state;
  const given = arms[experiment];
  if (given !== undefined) return given;
  const running = turn.snapshot.experiments?.find(({ key }) => key === experiment);
  const arm = running ? armOf(experiment, contactId, running.arms) : null;
  if (arm === null) return null;
  turn.state = { ...turn.state, arms: { ...arms, [experiment]: arm } };
  turn.effects.push({ type: 'expose', experiment, arm });
  return arm;
}
