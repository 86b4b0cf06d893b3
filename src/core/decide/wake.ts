import type { Arrival } from '../arrival.ts';
import { moveRun } from './advance.ts';
import { wakeSnoozed } from './inbound.ts';
import type { Scene } from './scene.ts';

/** The hour of a run has come: it asks itself what is due now, whatever the wake was set for. */
export function wake(scene: Scene, arrival: Extract<Arrival, { kind: 'wake' }>): void {
  endSnooze(scene);
  moveRun(scene, arrival.runId, { type: 'woke', wakeAt: arrival.wakeAt });
}

/** O8: the hour a coach asked for has come. */
export function endSnooze(scene: Scene): void {
  const until = scene.thread.own.snooze?.until;
  if (until && until <= scene.moment.now) wakeSnoozed(scene);
}
