import type { Arrival } from '../arrival.ts';
import { migrate } from '../flow/migrate.ts';
import { moveRun } from './advance.ts';
import { wakeSnoozed } from './inbound.ts';
import { addItem, putRun, type Scene } from './scene.ts';

/**
 * The hour of a run has come: it asks itself what is due now, whatever the wake was set for. Here it also moves to a newer
 * version that takes it over: nothing was read against the old one.
 */
export function wake(scene: Scene, arrival: Extract<Arrival, { kind: 'wake' }>): void {
  endSnooze(scene);
  takeOver(scene, arrival.runId);
  moveRun(scene, arrival.runId, { type: 'woke', wakeAt: arrival.wakeAt });
}

function takeOver(scene: Scene, runId: string): void {
  const run = scene.runs.get(runId);
  const { library } = scene.loaded;
  const newest = run && library.published.find(({ id }) => id === run.flow);
  const moved = newest && migrate(newest, run, library.wordsOf(run.flow), scene.moment.now);
  if (!moved) return;
  putRun(scene, moved);
  const why = { rule: 'migrate', flow: `${moved.flow}@${String(moved.version)}`, reason: 'moved_to_version' };
  addItem(scene, {
    kind: 'event',
    runId,
    why,
    data: { name: 'Run Moved', from: run.version, to: moved.version },
  });
}

/** O8: the hour a coach asked for has come. */
export function endSnooze(scene: Scene): void {
  const until = scene.thread.own.snooze?.until;
  if (until && until <= scene.moment.now) wakeSnoozed(scene);
}
