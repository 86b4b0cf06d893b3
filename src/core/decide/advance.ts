import { holdoutArm, type Assignment } from '../experiment.ts';
import type { Effect } from '../flow/effect.ts';
import type { FlowEvent, TrackedEvent } from '../flow/event.ts';
import { enter, step } from '../flow/step.ts';
import type { Entry, Flow } from '../flow/definition.ts';
import { idFrom } from '../id.ts';
import { unclaimed, type RunState } from '../run.ts';
import { isHeld } from '../thread.ts';
import type { Priority } from '../vocabulary.ts';
import { ask } from './handoff.ts';
import { nobody, setOwn } from './own.ts';
import { reserve } from './reserve.ts';
import { freeHeld } from './rows.ts';
import {
  addItem,
  emit,
  flowOf,
  nextId,
  openRuns,
  putRun,
  setContact,
  setThread,
  snapshotOf,
  worldNow,
} from './scene.ts';
import type { Scene } from './scene.ts';
import { sendAnswer, sendStep } from './send.ts';
import { withdraw } from './withdraw.ts';

/** Why a person is asked, where the flow cannot know it (reception): it wins over what the node says. */
export interface Hand {
  readonly reason: string;
  readonly priority: Priority | null;
  /** No line for the artist: what had to be said has been, or nothing may be. */
  readonly isSilent?: boolean;
}

/** Moves one run by one event and does what it asks for. A closed one only says what became of its questions. */
export function moveRun(scene: Scene, runId: string, event: FlowEvent, hand: Hand | null = null): void {
  const run = scene.runs.get(runId);
  if (!run || (!run.open && event.type !== 'heard')) return;
  const moved = step(needFlow(scene, run), run, event, snapshotOf(worldNow(scene)), scene.moment);
  putRun(scene, moved.state);
  apply(scene, moved.state.id, moved.effects, hand);
}

function needFlow(scene: Scene, run: RunState): Flow {
  const flow = flowOf(scene, run);
  if (!flow)
    throw new Error(`run ${run.id} leans on ${run.flow}@${run.version}, which the library does not hold`);
  return flow;
}

/** Begins a run of a published flow; the same contact, flow, key and arrival always give the same run. */
export function enterFlow(
  scene: Scene,
  flow: Flow,
  runKey: string,
  by: TrackedEvent | null,
  entry?: Entry,
): string {
  const runId = idFrom('run', scene.contact.id, flow.id, runKey, scene.arrivalId);
  const moved = enter(flow, {
    runId,
    contactId: scene.contact.id,
    runKey,
    wordsHash: scene.loaded.library.wordsOf(flow.id),
    by,
    entry,
    snapshot: snapshotOf(worldNow(scene)),
    moment: scene.moment,
  });
  putRun(scene, moved.state);
  apply(scene, runId, moved.effects, null);
  if (isHeld(scene.thread))
    moveRun(scene, runId, { type: 'held', by: scene.thread.own.ownerId ?? unclaimed.queue });
  return runId;
}

/** Does what a run asked for, in order, and keeps the one open question of the thread in step with it. */
function apply(scene: Scene, runId: string, effects: readonly Effect[], hand: Hand | null): void {
  const wasHeld = isHeld(scene.thread);
  const asksPerson = effects.some((effect) => effect.type === 'handoff');
  // A second trigger raises the priority and never announces twice.
  const isQuiet = asksPerson && (wasHeld || hand?.isSilent === true);
  for (const effect of effects) applyOne(scene, runId, effect, hand, isQuiet);
  syncQuestion(scene, runId);
}

function applyOne(scene: Scene, runId: string, effect: Effect, hand: Hand | null, isQuiet: boolean): void {
  const run = scene.runs.get(runId);
  if (!run) return;
  switch (effect.type) {
    case 'send':
      if (effect.via !== 'answer')
        return moveRun(scene, runId, sendStep(scene, run, effect, effect.via), hand);
      return isQuiet ? undefined : sendAnswer(scene, run, effect);
    case 'set':
      return set(scene, run, effect.values);
    case 'reserve':
      return reserve(scene, run, effect);
    case 'withdraw':
      return withdrawByAnswer(scene, effect.scope);
    case 'emit':
      return emit(scene, effect.event, { ...effect.properties, flow: run.flow, runId });
    case 'handoff':
      scene.promiseMs = effect.handoff.promiseMs;
      ask(scene, run, effect.handoff, hand);
      return holdOthers(scene, runId);
    case 'release':
      return released(scene, runId, effect.outcome);
    case 'exit':
      return noteExit(scene, run, effect.result);
    case 'assign':
      scene.assignments.push(assignmentOf(effect));
      return;
    case 'expose':
      return expose(scene, run, effect);
    case 'tell':
      scene.tells.push({ who: effect.who, why: effect.why, coachId: scene.contact.coachId ?? null });
      return;
    case 'note':
      return note(scene, run, effect);
  }
}

function set(scene: Scene, run: RunState, values: Extract<Effect, { type: 'set' }>['values']): void {
  for (const [path, value] of Object.entries(values)) {
    if (path.startsWith('contact.')) setContact(scene, { [path.slice('contact.'.length)]: value });
    else if (path.startsWith('answers.')) {
      const answers = { ...run.answers, [path.slice('answers.'.length)]: value };
      putRun(scene, { ...(scene.runs.get(run.id) ?? run), answers });
    }
  }
}

/** The artist's answer to a question of ours ended the messages ("NON, J'ARRÊTE"). */
function withdrawByAnswer(scene: Scene, scope: 'channel' | 'all'): void {
  const inbound = scene.thread.lastInbound;
  withdraw(scene, {
    scope: scope === 'all' || !inbound ? 'all' : inbound.channel,
    reason: 'objection',
    source: 'button',
    evidence: { arrivalId: scene.arrivalId, text: scene.thread.last?.text ?? null },
    actor: 'artist',
  });
}

function holdOthers(scene: Scene, runId: string): void {
  for (const run of openRuns(scene)) {
    if (run.id !== runId && !run.hold) moveRun(scene, run.id, { type: 'held', by: unclaimed.queue });
  }
}

/** A handoff of this run ended: the thread is the bot's again, or closed. */
function released(scene: Scene, runId: string, outcome: string): void {
  const { own } = scene.thread;
  if (!isHeld(scene.thread) || own.runId !== runId) return;
  const isOver = outcome === 'resolved' || outcome === 'artistEnded';
  const resolvedAt = isOver ? scene.moment.now : own.resolvedAt;
  setOwn(scene, { ...nobody, state: isOver ? 'resolved' : 'bot', resolvedAt }, 'bot', outcome);
  letGo(scene, isOver ? 'resolved' : 'handBack', runId);
}

/** The talk of every held run thaws, its times shifted; drafts that waited for the conversation are asked again. */
export function letGo(
  scene: Scene,
  outcome: 'handBack' | 'resolved' | 'artistEnded',
  except: string | null,
): void {
  for (const run of openRuns(scene)) {
    if (run.id !== except && run.hold) moveRun(scene, run.id, { type: 'released', outcome });
  }
  freeHeld(scene, 'conversation_open');
}

function noteExit(scene: Scene, run: RunState, result: string): void {
  if (run.flow === 'reception') return;
  addItem(scene, {
    kind: 'event',
    runId: run.id,
    why: { rule: 'exit', flow: `${run.flow}@${run.version}`, reason: result },
    data: { name: 'Run Ended', result },
  });
}

const assignmentOf = ({ experiment, arm }: { experiment: string; arm: string }): Assignment => ({
  experiment,
  arm,
  holdout: arm === holdoutArm,
});

function expose(scene: Scene, run: RunState, effect: Extract<Effect, { type: 'expose' }>): void {
  const { stepKey } = effect;
  const at = scene.moment.now;
  scene.exposures.push({ ...assignmentOf(effect), runId: run.id, stepKey, at });
  scene.decisions.push({
    id: nextId(scene, 'exposure'),
    contactId: scene.contact.id,
    rowId: null,
    runId: run.id,
    stepKey,
    at,
    asked: 'w',
    rule: 'experiment',
    verdict: 'go',
    until: null,
    reason: null,
    facts: { experiment: effect.experiment, arm: effect.arm },
  });
}

/** What a run notes of itself that the thread shows otherwise, or that nobody needs to read. */
const unshown: ReadonlySet<string> = new Set([
  'event_seen',
  'step_due',
  'step_judged',
  'held',
  'coach_spoke',
  'historical',
  'handoff_open',
  'branch',
  'split',
  'released',
  'jumped',
  'handoff',
  'answered',
  'explained',
  'no_question',
  'run_closed',
  'already_resolved',
  'goal_met',
  'already_converted',
]);

function note(scene: Scene, run: RunState, effect: Extract<Effect, { type: 'note' }>): void {
  const stepId = effect.detail?.['step'];
  const last = scene.items.at(-1);
  // A blocked row has said it already.
  const isSaid = last?.kind === 'silence' && last.why.reason === effect.why && last.why.step === stepId;
  const isReception = run.flow === 'reception' && effect.why === 'entered';
  if (unshown.has(effect.why) || isSaid || isReception) return;
  addItem(scene, {
    kind: effect.kind,
    runId: run.id,
    why: {
      rule: 'flow',
      flow: `${run.flow}@${run.version}`,
      ...(typeof stepId === 'string' ? { step: stepId } : {}),
      reason: effect.why,
      ...(effect.detail ? { detail: effect.detail } : {}),
    },
  });
}

/** One question is open per thread: a newer one closes the others as `superseded`. */
function syncQuestion(scene: Scene, runId: string): void {
  const run = scene.runs.get(runId);
  const { open } = scene.thread;
  if (!run?.open || !run.talk) {
    if (open?.runId === runId) setThread(scene, { open: null });
    return;
  }
  if (open?.waitId === run.talk.waitId) return;
  const { node, waitId, channel } = run.talk;
  setThread(scene, { open: { runId, node, waitId, channel } });
  for (const other of openRuns(scene))
    if (other.id !== runId && other.talk) moveRun(scene, other.id, { type: 'superseded' });
}
