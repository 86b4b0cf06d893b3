import type { HandoffEffect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import { isHeld } from '../thread.ts';
import type { Priority } from '../vocabulary.ts';
import { higher, priorityOf } from '../vip.ts';
import type { Hand } from './advance.ts';
import { dueAfter, setOwn } from './own.ts';
import { addItem, setThread, type Scene } from './scene.ts';

/** O1: the thread waits for a person. While it already does, a second trigger only raises the priority. */
export function ask(scene: Scene, run: RunState, handoff: HandoffEffect, hand: Hand | null): void {
  const named = handoff.priority === 'own' ? ownPriority(scene) : handoff.priority;
  const priority = hand?.priority ? higher(named, hand.priority) : named;
  const reason = hand?.reason ?? handoff.reason;
  if (isHeld(scene.thread)) return raise(scene, priority, reason);
  setOwn(
    scene,
    {
      state: 'waiting',
      ownerId: null,
      reason,
      priority,
      handoffId: handoff.id,
      runId: run.id,
      dueAt: handoff.dueAt,
      dueKind: handoff.dueKind,
      snooze: null,
      resolvedAt: null,
      spokeAt: null,
    },
    'bot',
    reason,
  );
  brief(scene, reason, handoff.brief, run);
  alert(scene, reason, handoff.preferLast);
}

/** A handoff that no run can carry (nothing published): the thread waits all the same, without words. */
export function askBare(scene: Scene, handoffId: string, hand: Hand): void {
  const priority = higher(hand.priority, ownPriority(scene));
  if (isHeld(scene.thread)) return raise(scene, priority, hand.reason);
  const dueAt = dueAfter(scene.loaded.duty, scene.moment.now, firstWordMs(scene, priority));
  setOwn(
    scene,
    {
      state: 'waiting',
      ownerId: null,
      reason: hand.reason,
      priority,
      handoffId,
      dueAt,
      dueKind: 'first',
      spokeAt: null,
    },
    'bot',
    hand.reason,
  );
  brief(scene, hand.reason, [], null);
  alert(scene, hand.reason, true);
}

export const ownPriority = (scene: Scene): Priority => priorityOf(scene.contact, scene.loaded.library.policy);

/** First human word due, by priority (conversation.md §8); a promise of the flow is shorter and its own. */
export function firstWordMs(scene: Scene, priority: Priority): number {
  const { handoff } = scene.loaded.library.policy;
  return { vip: handoff.vipMs, high: handoff.highMs, normal: handoff.normalMs }[priority];
}

/** Raises, never lowers; a nearer due time comes with it. */
export function raise(scene: Scene, to: Priority, reason: string): void {
  const { own } = scene.thread;
  const priority = higher(own.priority, to);
  if (priority === own.priority) return;
  const due = dueAfter(scene.loaded.duty, scene.moment.now, firstWordMs(scene, priority));
  const dueAt = own.dueAt && own.dueAt < due ? own.dueAt : due;
  setThread(scene, { own: { ...own, priority, dueAt } });
  addItem(scene, { kind: 'state', by: 'bot', why: { rule: 'own', reason }, data: { priority, reason } });
  alert(scene, reason, false);
}

/** What a coach reads first: why, what was asked, the answers so far, what was tried. */
function brief(scene: Scene, reason: string, fields: readonly string[], run: RunState | null): void {
  addItem(scene, {
    kind: 'brief',
    runId: run?.id ?? null,
    why: { rule: 'handoff', reason, ...(run ? { flow: `${run.flow}@${run.version}` } : {}) },
    data: { asked: lastWords(scene), answers: run?.answers ?? {}, tried: tried(run), fields },
  });
}

const lastWords = (scene: Scene): string | null =>
  scene.thread.last?.who === 'artist' ? scene.thread.last.text : null;

const tried = (run: RunState | null): readonly string[] =>
  (run?.past ?? []).slice(-3).map((talk) => `${talk.node}: ${talk.choice ?? talk.how}`);

function alert(scene: Scene, reason: string, preferLast: boolean): void {
  const coachId = preferLast ? (scene.contact.coachId ?? null) : null;
  scene.tells.push({ who: coachId ? 'coach' : 'coaches', why: `handoff:${reason}`, coachId });
}
