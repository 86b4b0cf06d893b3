import type { World } from '../core/decide.ts';

/** Where a talk may go on when a person lets go of it. */
export interface Onward {
  /** A node of the run, or the end of it. */
  readonly to: string;
  readonly kind: 'ask' | 'say' | 'end';
}

/** The end that a coach gives a run. */
const endedByCoach = 'end.ended_by_coach';

/** Questions and words of the run that asked for a person, and its end; none where no run is held (inbox.md §9, hand back). */
export function onwardOf({ runs, thread, library }: World): readonly Onward[] {
  const held = runs.filter(({ open, hold, handoff }) => open && (hold ?? handoff));
  const run = held.find(({ id }) => id === thread.own.runId) ?? held.find(({ talk }) => talk) ?? held[0];
  const flow = run ? library.flow(run.flow, run.version) : null;
  if (!flow) return [];
  const nodes = Object.values(flow.nodes).flatMap(({ id, kind }) =>
    kind === 'ask' || kind === 'say' ? [{ to: id, kind }] : [],
  );
  return [...nodes, { to: endedByCoach, kind: 'end' }];
}
