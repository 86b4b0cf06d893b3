import type { Arrival, CoachAct } from '../arrival.ts';
import type { Kept } from '../decide.ts';
import { isHeld, type Own } from '../thread.ts';
import { moveRun } from './advance.ts';
import { firstWordMs, ownPriority } from './handoff.ts';
import { dueAfter, setOwn } from './own.ts';
import { endHold } from './release.ts';
import { blockQueued } from './rows.ts';
import { sayAsCoach } from './coach-words.ts';
import { addItem, openRuns, setContact, setThread, type Scene } from './scene.ts';

export type CoachArrival = Extract<Arrival, { kind: 'coach' }>;
type Act<D extends CoachAct['do']> = Extract<CoachAct, { do: D }>;

/** A coach's move (inbox.md §3, O1–O9). What is refused changes nothing, and says who was quicker. */
export function move(scene: Scene, arrival: CoachArrival): void {
  const { act } = arrival;
  switch (act.do) {
    case 'claim':
      return claim(scene, arrival, act);
    case 'say':
      return sayAsCoach(scene, arrival, act);
    case 'unsay':
      return unsay(scene, arrival, act);
    case 'note':
      addItem(scene, { kind: 'note', text: act.text, by: arrival.coachId, why: { rule: 'coach' } });
      return;
    case 'tag':
      return tag(scene, arrival, act);
    case 'skip':
      return skip(scene, arrival, act);
    case 'move':
      return reschedule(scene, arrival, act);
    case 'undo':
      return undo(scene, arrival, act);
    case 'transfer':
    case 'release':
    case 'handBack':
    case 'snooze':
    case 'resolve':
      return passOn(scene, arrival, act);
  }
}

export function refuse(
  scene: Scene,
  code: string,
  status: 409 | 422,
  detail: Readonly<Record<string, unknown>>,
): void {
  scene.refusal = {
    code,
    status,
    detail: { arrivalId: scene.arrivalId, ...detail },
  } satisfies Kept['refusal'];
}

/** Somebody moved first: who has it now, since when, and where the thread stands. */
export function refuseChanged(scene: Scene, code: string): void {
  const { own, seq } = scene.thread;
  const name = own.ownerId ? (scene.loaded.coachNames[own.ownerId] ?? null) : null;
  refuse(scene, code, 409, {
    state: own.state,
    ownerId: own.ownerId,
    ownerName: name,
    since: own.since,
    rev: own.rev,
    seq,
  });
}

/** O2, O3: one owner. The bot's answers not yet under way stop, the talk freezes, clocks run until a human word. */
function claim(scene: Scene, arrival: CoachArrival, { rev }: Act<'claim'>): void {
  const { own } = scene.thread;
  if (own.state === 'coach' && own.ownerId === arrival.coachId) return;
  if (own.rev !== rev) return refuseChanged(scene, 'claimed');
  remember(scene, arrival, takeOver(scene, arrival));
}

/** Makes the coach the owner; answers the bot's rows it stopped. */
export function takeOver(scene: Scene, { coachId }: CoachArrival): readonly string[] {
  const stopped = blockQueued(scene, (row) => row.by === 'bot' && row.class === 'reply', 'coach_took_over');
  const { own } = scene.thread;
  const wasWaiting = own.state === 'waiting';
  const priority = own.priority ?? ownPriority(scene);
  const due = wasWaiting || scene.thread.waitingSince === null ? own.dueAt : dueFor(scene, own);
  setOwn(
    scene,
    {
      state: 'coach',
      ownerId: coachId,
      priority,
      snooze: null,
      resolvedAt: null,
      dueAt: due,
      dueKind: due ? (own.dueKind ?? 'first') : null,
      spokeAt: own.ownerId === coachId ? own.spokeAt : null,
    },
    coachId,
    'claim',
  );
  for (const run of openRuns(scene)) moveRun(scene, run.id, { type: 'held', by: coachId });
  return stopped;
}

function dueFor(scene: Scene, own: Own): Date {
  const priority = own.priority ?? ownPriority(scene);
  return dueAfter(scene.loaded.duty, scene.moment.now, firstWordMs(scene, priority));
}

/** What the move changed, for as long as it can be undone; rows that left meanwhile cannot. */
function remember(
  scene: Scene,
  { coachId }: CoachArrival,
  rowIds: readonly string[],
  before: Own = scene.loaded.thread.own,
): void {
  const own: Own = { ...before, undo: null };
  setThread(scene, {
    own: { ...scene.thread.own, undo: { at: scene.moment.now, by: coachId, own, rowIds } },
  });
}

type Passing = Act<'transfer'> | Act<'release'> | Act<'handBack'> | Act<'snooze'> | Act<'resolve'>;

/** O4–O7, O9: the thread goes on to somebody else, or to nobody. */
function passOn(scene: Scene, arrival: CoachArrival, act: Passing): void {
  if (scene.thread.own.rev !== act.rev) return refuseChanged(scene, 'changed');
  const before = scene.thread.own;
  const rows = scene.rows.length;
  if (!passed(scene, arrival, act)) return;
  const said = scene.rows.slice(rows).map((row) => row.id);
  remember(scene, arrival, said, before);
}

function passed(scene: Scene, arrival: CoachArrival, act: Passing): boolean {
  const { coachId } = arrival;
  switch (act.do) {
    case 'transfer':
      return transfer(scene, coachId, act);
    case 'release':
      setOwn(
        scene,
        {
          state: 'waiting',
          ownerId: null,
          snooze: null,
          dueAt: dueFor(scene, scene.thread.own),
          dueKind: 'next',
        },
        coachId,
        'release',
      );
      return true;
    case 'handBack':
      return handBack(scene, coachId, act);
    case 'snooze':
      return snooze(scene, coachId, act);
    case 'resolve':
      endHold(scene, 'resolved', coachId, act.why);
      return true;
  }
}

/** O4: due keeps what remained; the next words say who speaks. */
function transfer(scene: Scene, coachId: string, { to, why }: Act<'transfer'>): boolean {
  if (!scene.loaded.coachNames[to]) {
    refuse(scene, 'coach_unknown', 422, { to });
    return false;
  }
  setOwn(scene, { state: 'coach', ownerId: to, spokeAt: null }, coachId, why || 'transfer');
  scene.tells.push({ who: 'coach', why: 'transfer', coachId: to });
  return true;
}

/** O6: the talk thaws; `to` names a node or a step of the run that asked. */
function handBack(scene: Scene, coachId: string, { to, answers }: Act<'handBack'>): boolean {
  if (!isHeld(scene.thread)) {
    refuseChanged(scene, 'changed');
    return false;
  }
  endHold(scene, 'handBack', coachId, 'handBack', { ...(to ? { to } : {}), ...(answers ? { answers } : {}) });
  return true;
}

/** O7: the hold stays, the clock stops. */
function snooze(scene: Scene, coachId: string, { until, note, keep }: Act<'snooze'>): boolean {
  if (until <= scene.moment.now) {
    refuse(scene, 'snooze_past', 422, { until });
    return false;
  }
  const kept = { until, ...(note ? { note } : {}), ...(keep ? { keep } : {}) };
  setOwn(
    scene,
    { state: 'snoozed', ownerId: coachId, snooze: kept, dueAt: null, dueKind: null },
    coachId,
    'snooze',
  );
  return true;
}

/** Before it leaves, a message can be taken back; after that the thread says so. */
function unsay(scene: Scene, { coachId }: CoachArrival, { itemId }: Act<'unsay'>): void {
  const row = scene.loaded.rows.find((one) => one.itemId === itemId && one.by !== 'bot');
  if (row?.status !== 'queued')
    return refuse(scene, 'already_sent', 409, { itemId, status: row?.status ?? null });
  blockQueued(scene, (one) => one.id === row.id, 'undone');
  addItem(scene, {
    kind: 'state',
    by: coachId,
    rowId: row.id,
    why: { rule: 'coach', reason: 'undone' },
    data: { itemId },
  });
}

function tag(scene: Scene, { coachId }: CoachArrival, { tags }: Act<'tag'>): void {
  const unique = [...new Set(tags)];
  setThread(scene, { tags: unique });
  setContact(scene, { tags: unique });
  addItem(scene, {
    kind: 'state',
    by: coachId,
    why: { rule: 'coach', reason: 'tags' },
    data: { tags: unique },
  });
}

const isPlanned = (scene: Scene, runId: string, stepId: string): boolean => {
  const run = scene.runs.get(runId);
  return Boolean(run?.open && run.done[stepId] === undefined);
};

/** A step still planned, or its message written and waiting. */
function skip(scene: Scene, { coachId }: CoachArrival, { runId, stepId }: Act<'skip'>): void {
  const isToCome = isPlanned(scene, runId, stepId);
  const blocked = blockQueued(scene, (row) => row.runId === runId && row.stepKey === stepId, 'coach_skipped');
  if (!isToCome && blocked.length === 0) return refuse(scene, 'step_gone', 409, { runId, stepId });
  if (isToCome) moveRun(scene, runId, { type: 'skipped', stepId });
  addItem(scene, {
    kind: 'state',
    by: coachId,
    runId,
    why: { rule: 'coach', step: stepId, reason: 'coach_skipped' },
  });
}

/** Another hour for a nudge; a message already written is asked again then, by the same guard. */
function reschedule(scene: Scene, { coachId }: CoachArrival, { runId, stepId, to }: Act<'move'>): void {
  const { now } = scene.moment;
  const at = to > now ? to : now;
  const written = scene.loaded.rows.find(
    (row) => row.status === 'queued' && row.runId === runId && row.stepKey === stepId,
  );
  if (written && at > written.expiresAt)
    return refuse(scene, 'too_late_for_step', 422, { expiresAt: written.expiresAt });
  if (!written && !isPlanned(scene, runId, stepId)) return refuse(scene, 'step_gone', 409, { runId, stepId });
  addItem(scene, {
    kind: 'state',
    by: coachId,
    runId,
    why: { rule: 'coach', step: stepId, reason: 'coach_moved' },
    data: { at },
  });
  if (written) scene.rowChanges.push({ rowId: written.id, notBefore: at });
  else moveRun(scene, runId, { type: 'moved', stepId, to: at });
}

const undoMs = 10_000;

/** `z`: puts the thread back where the last move found it, if nothing of it has left. */
function undo(scene: Scene, { coachId }: CoachArrival, { rev }: Act<'undo'>): void {
  const { own } = scene.thread;
  const last = own.undo;
  if (own.rev !== rev) return refuseChanged(scene, 'changed');
  if (!last || last.by !== coachId || scene.moment.now.getTime() - last.at.getTime() > undoMs)
    return refuse(scene, 'nothing_to_undo', 409, {});
  const stillHere = new Set(scene.loaded.rows.filter((row) => row.status === 'queued').map((row) => row.id));
  const left = last.rowIds.filter((id) => !stillHere.has(id) && !isStopped(scene, id));
  if (left.length > 0) return refuse(scene, 'has_left', 409, { rowIds: left });
  blockQueued(scene, (row) => last.rowIds.includes(row.id), 'undone');
  const wasHeld = isHeld(scene.thread);
  setOwn(scene, { ...last.own, rev: own.rev, undo: null }, coachId, 'undo');
  setThread(scene, { own: { ...scene.thread.own, undo: null } });
  refreeze(scene, coachId, wasHeld);
}

/** A row that the move itself had stopped is no row that left. */
const isStopped = (scene: Scene, rowId: string): boolean =>
  scene.loaded.rows.every((row) => row.id !== rowId);

function refreeze(scene: Scene, coachId: string, wasHeld: boolean): void {
  const isNowHeld = isHeld(scene.thread);
  if (isNowHeld === wasHeld) return;
  for (const run of openRuns(scene)) {
    if (isNowHeld) moveRun(scene, run.id, { type: 'held', by: coachId });
    else if (run.hold) moveRun(scene, run.id, { type: 'released', outcome: 'handBack' });
  }
}
