import type { Scalar } from '../vocabulary.ts';
import { moveRun } from './advance.ts';
import { nobody, setOwn } from './own.ts';
import { closeForVip } from './reception.ts';
import { freeHeld } from './rows.ts';
import { openRuns, setThread, type Scene } from './scene.ts';
import { isVip } from '../vip.ts';

export type Outcome = 'handBack' | 'resolved' | 'artistEnded';

interface Onward {
  readonly to?: string;
  readonly answers?: Readonly<Record<string, Scalar>>;
}

/** O6, O9, O10: a person lets go. The run that asked says its exit's words; the talk of all of them thaws. */
export function endHold(
  scene: Scene,
  outcome: Outcome,
  by: string,
  reason: string | null,
  onward: Onward = {},
): void {
  const asked = runThatAsked(scene);
  const said = scene.rows.length;
  const { spokeAt } = scene.thread.own;
  const isOver = outcome !== 'handBack';
  const resolvedAt = isOver ? scene.moment.now : null;
  setOwn(scene, { ...nobody, state: isOver ? 'resolved' : 'bot', resolvedAt }, by, reason ?? outcome);
  setThread(scene, { waitingSince: null });
  for (const run of openRuns(scene)) {
    if (!run.hold && !run.handoff) continue;
    moveRun(scene, run.id, { type: 'released', outcome, ...(run.id === asked ? onward : {}) });
  }
  freeHeld(scene, 'conversation_open');
  const isSilent = scene.rows.length === said;
  if (outcome === 'resolved' && spokeAt && isSilent && isVip(scene.contact, scene.loaded.library.policy.vip))
    closeForVip(scene);
}

/** The run whose handoff it was, else the one whose question is open, else any that is held. */
function runThatAsked(scene: Scene): string | null {
  const held = openRuns(scene).filter((run) => run.hold || run.handoff);
  const { own } = scene.thread;
  const found = held.find((run) => run.id === own.runId) ?? held.find((run) => run.talk) ?? held[0];
  return found?.id ?? null;
}
