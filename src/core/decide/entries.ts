import { entryFor } from '../flow/tracked.ts';
import type { Entry, Flow } from '../flow/definition.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { holds } from '../flow/expression.ts';
import { enterFlow } from './advance.ts';
import { scopeOf } from './judge.ts';
import { worldNow, type Scene } from './scene.ts';

/** Enters every published flow that this event opens: one open run per contact, flow and key. */
export function enterFlows(scene: Scene, event: TrackedEvent): void {
  for (const flow of scene.loaded.library.published) {
    const scope = scopeOf(worldNow(scene), null, scene.moment, event);
    const entry = entryFor(flow, event, scope);
    if (!entry || (entry.unless && holds(entry.unless, scope))) continue;
    const runKey = keyOf(entry, event);
    if (mayEnter(scene, flow, entry, runKey)) enterFlow(scene, flow, runKey, event);
  }
}

function keyOf(entry: Entry, event: TrackedEvent): string {
  const value = entry.run ? event.properties[entry.run] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'default';
}

/** The same key while open is the same run; closed, it may come back as the entry says. */
function mayEnter(scene: Scene, flow: Flow, { reentry }: Entry, runKey: string): boolean {
  const runs = [...scene.runs.values()].filter((run) => run.flow === flow.id || flow.was.includes(run.flow));
  if (runs.some((run) => run.open && run.runKey === runKey)) return false;
  if (reentry === 'once') return runs.length === 0;
  if (reentry === 'per-run') return runs.every((run) => run.runKey !== runKey);
  const since = scene.moment.now.getTime() - reentry.afterMs;
  return runs.every((run) => run.enteredAt.getTime() <= since);
}
