import type { Own } from '../thread.ts';
import type { Duty } from '../decide.ts';
import { addItem, setThread, type Scene } from './scene.ts';

/** Moves the thread's ownership; owner or state changed = a new `own.rev` and a line in the thread. */
export function setOwn(scene: Scene, set: Partial<Own>, by: string, reason: string | null): void {
  const before = scene.thread.own;
  const next = { ...before, ...set };
  const hasMoved = next.state !== before.state || next.ownerId !== before.ownerId;
  setThread(scene, { own: hasMoved ? { ...next, rev: before.rev + 1, since: scene.moment.now } : next });
  if (!hasMoved) return;
  addItem(scene, {
    kind: 'state',
    by,
    why: { rule: 'own', ...(reason ? { reason } : {}) },
    data: { from: before.state, to: next.state, owner: next.ownerId, reason },
  });
}

/** An instant so much duty time away: off duty the clock starts at the next opening. */
export function dueAfter(duty: Duty, now: Date, ms: number): Date {
  const from = duty.isOnDuty ? now : (duty.nextOpening ?? now);
  return new Date(from.getTime() + ms);
}

/** Nobody waits and nobody owns it: what every way out of a handoff has in common. */
export const nobody = {
  ownerId: null,
  reason: null,
  priority: null,
  handoffId: null,
  runId: null,
  dueAt: null,
  dueKind: null,
  snooze: null,
  spokeAt: null,
} as const satisfies Partial<Own>;
