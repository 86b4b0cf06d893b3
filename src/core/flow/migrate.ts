import { instantOf } from '../calendar.ts';
import type { PlannedStep, RunState } from '../run.ts';
import type { Flow, Step } from './definition.ts';

/** In `migrate.steps`: the step is not sent to those who still had it before them. */
const skip = 'skip';

/** Whether the new version takes over runs of that one: `<7`, or `6`. */
export function takesOver(flow: Flow, version: number): boolean {
  const parts = /^(<)?(\d+)$/u.exec(flow.migrate?.from ?? '');
  if (!parts || version >= flow.version) return false;
  return parts[1] ? version < Number(parts[2]) : version === Number(parts[2]);
}

/**
 * Moves a run to a newer version (conversation.md §4): steps by their id, `was` and `migrate`, so that none is sent
 * twice; an added one only while its time has not passed. Null where the run stays: the version does not take it over,
 * a person has it, or it waits at a node that has no place in the new one. Its next wake, at once, plans it anew.
 */
export function migrate(flow: Flow, state: RunState, wordsHash: string, now: Date): RunState | null {
  if (!state.open || state.handoff || !takesOver(flow, state.version)) return null;
  const talk = talkIn(flow, state);
  if (talk === undefined) return null;
  const renamed = namesOf(flow);
  const done = Object.fromEntries(
    Object.entries(state.done).map(([id, verdict]) => [renamed.get(id) ?? id, verdict] as const),
  );
  const skipped = flow.steps.filter(({ id }) => flow.migrate?.steps[id] === skip && !done[id]);
  const late = addedTooLate(flow, state, renamed, now);
  const verdicts = [
    ...skipped.map(({ id }) => [id, { at: now, verdict: 'migrated' }] as const),
    ...late.map(({ id }) => [id, { at: now, verdict: 'added_late' }] as const),
  ];
  const wakeAt = new Date(Math.max(now.getTime(), (state.wokeAt?.getTime() ?? 0) + 1));
  return {
    ...state,
    version: flow.version,
    words: wordsHash,
    talk,
    done: { ...done, ...Object.fromEntries(verdicts) },
    plan: planIn(flow, state, renamed),
    wakeAt,
  };
}

/** The open question under its new name; undefined where it is gone, or something else now. */
function talkIn(flow: Flow, { talk }: RunState): RunState['talk'] | undefined {
  if (!talk) return null;
  const node = flow.migrate?.nodes[talk.node] ?? talk.node;
  return flow.nodes[node]?.kind === 'ask' ? { ...talk, node } : undefined;
}

/** New ids by old ones. */
function namesOf(flow: Flow): ReadonlyMap<string, string> {
  const was = flow.steps.flatMap(({ id, was: old }) => old.map((one) => [one, id] as const));
  const mapped = Object.entries(flow.migrate?.steps ?? {}).filter(([, id]) => id !== skip);
  return new Map([...was, ...mapped]);
}

/** An entry that names its steps plans no others. */
const plansAll = (flow: Flow): boolean => flow.entry.every(({ steps }) => steps === undefined);

function addedTooLate(
  flow: Flow,
  state: RunState,
  renamed: ReadonlyMap<string, string>,
  now: Date,
): readonly Step[] {
  const known = new Set(state.plan.map(({ stepId }) => renamed.get(stepId) ?? stepId));
  return flow.steps.filter(({ id, at }) => !known.has(id) && instantOf(at, state, state.zone) < now);
}

function planIn(flow: Flow, state: RunState, renamed: ReadonlyMap<string, string>): readonly PlannedStep[] {
  const before = new Map(
    state.plan.map((planned) => [renamed.get(planned.stepId) ?? planned.stepId, planned]),
  );
  return flow.steps
    .filter(({ id }) => before.has(id) || plansAll(flow))
    .map(({ id, at }) => ({
      stepId: id,
      baseAt: instantOf(at, state, state.zone),
      dueAt: null,
      reasons: [],
      readyAt: before.get(id)?.readyAt ?? null,
    }));
}
