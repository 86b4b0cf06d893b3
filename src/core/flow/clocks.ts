import { receptionTarget, type HandoffNode } from './definition.ts';
import { completed, isClaimed, type RunState } from '../run.ts';
import { askNode, classOfQuestion, closeTalk } from './talk.ts';
import { isUnresolved, replan, stepsToCome, wakeOf } from './timeline.ts';
import { endRun, hasSpoken, note, say, type Turn } from './turn.ts';
import { findNode, walk } from './walk.ts';

const dayMs = 86_400_000;

const isDue = (turn: Turn, at: Date): boolean => at <= turn.moment.now;

/** The handoff's clock: push, broken promise, nobody came (conversation.md §8). One message at most. */
export function runHandoffClock(turn: Turn): void {
  for (const { kind, at } of turn.state.handoff?.due ?? []) {
    if (hasSpoken(turn) || !turn.state.handoff || !isDue(turn, at)) return;
    drop(turn, kind);
    strike(turn, kind);
  }
}

function drop(turn: Turn, kind: string): void {
  const { handoff } = turn.state;
  if (!handoff) return;
  const due = handoff.due.filter((entry) => entry.kind !== kind);
  turn.state = { ...turn.state, handoff: { ...handoff, due, told: [...handoff.told, kind] } };
}

function strike(turn: Turn, kind: 'push' | 'promise' | 'timeout'): void {
  if (kind === 'push') {
    turn.effects.push({ type: 'tell', who: 'coaches', why: 'handoff_unclaimed' });
    note(turn, 'state', 'handoff_unclaimed');
    return;
  }
  turn.effects.push({
    type: 'tell',
    who: 'managers',
    why: kind === 'promise' ? 'promise_missed' : 'handoff_timeout',
  });
  note(turn, 'state', kind === 'promise' ? 'promise_missed' : 'handoff_timeout');
  if (kind === 'promise') apologise(turn, 'common:coach-late');
  else takeTimeout(turn);
}

/** One excuse a handoff: an exit that says it again is silent. Once a coach has claimed the thread, only they speak (I7). */
function apologise(turn: Turn, words: string): void {
  const { handoff } = turn.state;
  if (!handoff || isClaimed(turn.state) || handoff.told.includes(words)) return;
  say(turn, words);
  turn.state = { ...turn.state, handoff: { ...handoff, told: [...handoff.told, words] } };
}

function takeTimeout(turn: Turn): void {
  const exit = handoffNode(turn)?.exits.timeout;
  if (exit?.say) apologise(turn, exit.say);
  if (!turn.state.handoff) return;
  turn.state = { ...turn.state, handoff: { ...turn.state.handoff, exit: 'timeout' } };
  if (exit?.stay || !exit?.go) return;
  turn.effects.push({ type: 'release', outcome: 'timeout' });
  turn.state = { ...turn.state, handoff: null, hold: null };
  walk(turn, exit.go);
}

export function handoffNode(turn: Turn): HandoffNode | null {
  const node = findNode(turn.flow, turn.state.handoff?.node ?? receptionTarget);
  return node?.kind === 'handoff' ? node : null;
}

/** The open question's clock: a rung of noReply, or its end. Frozen while a person holds the thread. */
export function runTalkClock(turn: Turn): void {
  const { talk, hold } = turn.state;
  if (!talk || hold) return;
  const rung = talk.due.find(({ at, waitId }) => waitId === talk.waitId && isDue(turn, at));
  if (rung) {
    turn.state = { ...turn.state, talk: { ...talk, due: talk.due.filter((entry) => entry !== rung) } };
    takeRung(turn, Number(rung.kind.split(':')[1]), turn.moment.now.getTime() - rung.at.getTime() > dayMs);
    if (!hasSpoken(turn)) runTalkClock(turn);
  } else if (isDue(turn, talk.expiresAt)) {
    closeTalk(turn, 'expired');
    note(turn, 'silence', 'question_expired', { node: talk.node });
  }
}

/** No reply came. More than a day late the words would be odd: the way is taken without them. */
function takeRung(turn: Turn, n: number, isOverdue: boolean): void {
  const node = turn.state.talk?.node ?? '';
  const rung = askNode(turn.flow, node)?.noReply[n];
  note(turn, isOverdue || !rung?.say ? 'silence' : 'state', 'no_reply', { node, rung: n, isOverdue });
  if (!rung) return;
  turn.class = classOfQuestion(turn.flow, node);
  if (rung.say && !isOverdue) say(turn, rung.say);
  if (!rung.go) return;
  closeTalk(turn, 'noReply');
  walk(turn, rung.go);
}

/**
 * Settles what a step leaves behind: the plan, the phase, whether the run is over, and when it wants waking next.
 * There is no timer to cancel: `wakeAt` is the earliest of all clocks, as they stand now.
 */
export function settle(turn: Turn, mayComplete = true): void {
  if (turn.state.open) {
    replan(turn);
    setPhase(turn);
    if (mayComplete && isOver(turn)) {
      // A coach may have asked something of a run that its goal had left: nobody waits for that answer any more.
      closeTalk(turn, 'superseded');
      endRun(turn, turn.state.exitReason ?? completed);
    }
  }
  if (turn.state.open) setWake(turn);
}

function setPhase(turn: Turn): void {
  const [next] = stepsToCome(turn.flow, turn.state);
  turn.state = { ...turn.state, stepKey: next?.id ?? null, phase: next ? 'sending' : 'tail' };
}

/** Nothing left to say, to hear or to wait for. */
function isOver({ state }: Turn): boolean {
  if (isLeft(state)) return true;
  const isDone = state.plan.every(({ stepId }) => !isUnresolved(state, stepId));
  return isDone && !state.talk && !state.handoff && !state.hold && !state.goalDeadline;
}

/** Left for its goal or an exit while a person was asked for, and that person's last clock has struck: the thread is theirs. */
const isLeft = ({ exitReason, handoff }: RunState): boolean =>
  exitReason !== null && handoff?.due.length === 0;

function setWake(turn: Turn): void {
  const { state } = turn;
  const steps = stepsToCome(turn.flow, state);
  const waits = steps.flatMap((step) => {
    if (!step.wait || state.plan.find(({ stepId }) => stepId === step.id)?.readyAt) return [];
    return step.wait.on.map((event) => ({ event, stepId: step.id, until: wakeOf(turn, step) }));
  });
  const times = [
    ...steps.map((step) => wakeOf(turn, step)),
    ...(state.talk && !state.hold ? [...state.talk.due.map(({ at }) => at), state.talk.expiresAt] : []),
    ...(state.handoff?.due ?? []).map(({ at }) => at),
    ...(state.goalDeadline ? [state.goalDeadline] : []),
  ].map((at) => at.getTime());
  turn.state = { ...state, waits, wakeAt: times.length > 0 ? fresh(turn, Math.min(...times)) : null };
}

/** A wake's arrival is named by its instant: the next one is later than the last, or it would be taken for it. */
function fresh(turn: Turn, earliest: number): Date {
  const wokeAt = turn.state.wokeAt?.getTime() ?? -Infinity;
  return new Date(Math.max(earliest, wokeAt + 1));
}
