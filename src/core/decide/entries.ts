import { anchorOf, entriesFor } from '../flow/tracked.ts';
import type { Entry, Flow } from '../flow/definition.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { holds } from '../flow/expression.ts';
import type { RunState } from '../run.ts';
import { enterFlow } from './advance.ts';
import { scopeOf } from './judge.ts';
import { worldNow, type Scene } from './scene.ts';

/**
 * Enters every published flow that this event opens: one open run per contact, flow and key. A sequence takes its first entry
 * that fits; notices take each.
 */
export function enterFlows(scene: Scene, event: TrackedEvent): void {
  for (const flow of scene.loaded.library.published) {
    if (!flow.entry.some(({ on }) => on.includes(event.name))) continue;
    const scope = scopeOf(worldNow(scene), null, scene.moment, event);
    const fitting = entriesFor(flow, event, scope);
    for (const entry of flow.kind === 'notices' ? fitting : fitting.slice(0, 1)) {
      if (entry.unless && holds(entry.unless, scope)) continue;
      const runKey = keyOf(flow, entry, event);
      if (runKey !== null && mayEnter(scene, flow, entry, runKey))
        enterFlow(scene, flow, runKey, event, entry);
    }
  }
}

/** An appointment at another time is another run. Null where the event does not say the instant that all is counted from. */
function keyOf(flow: Flow, entry: Entry, event: TrackedEvent): string | null {
  const value = entry.run ? event.properties[entry.run] : undefined;
  const key = typeof value === 'string' || typeof value === 'number' ? String(value) : unkeyed(flow, entry);
  if (entry.anchor === undefined) return key;
  const at = anchorOf(entry, event);
  return at && `${key}@${at.toISOString()}`;
}

/** Notices of different kinds do not wait for each other. */
const unkeyed = (flow: Flow, entry: Entry): string => (isOneOfMany(flow) && entry.steps?.[0]) || 'default';

const isOneOfMany = ({ kind, entry }: Flow): boolean => kind === 'notices' && entry.length > 1;

/** The same key while open is the same run; closed, it may come back as the entry says. */
function mayEnter(scene: Scene, flow: Flow, entry: Entry, runKey: string): boolean {
  const { reentry } = entry;
  const runs = [...scene.runs.values()].filter((run) => isOf(flow, entry, run));
  if (runs.some((run) => run.open && run.runKey === runKey)) return false;
  if (reentry === 'once') return runs.length === 0;
  if (reentry === 'per-run') return runs.every((run) => run.runKey !== runKey);
  const since = scene.moment.now.getTime() - reentry.afterMs;
  return runs.every((run) => run.enteredAt.getTime() <= since);
}

/** Runs of the flow; of notices with many entries, those that this entry began. */
function isOf(flow: Flow, { steps }: Entry, run: RunState): boolean {
  if (run.flow !== flow.id && !flow.was.includes(run.flow)) return false;
  return !isOneOfMany(flow) || !steps || run.plan.some(({ stepId }) => stepId === steps[0]);
}
