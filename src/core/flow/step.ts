import { anchor, localDate, placeOf } from '../calendar.ts';
import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Channel, MessageClass, Moment, Scalar } from '../vocabulary.ts';
import { hear } from './answer.ts';
import { handoffNode, runHandoffClock, runTalkClock, settle } from './clocks.ts';
import { scopeOfEntry } from './scope.ts';
import { assign, timedBy, timingArms } from './arm.ts';
import { anchorOf, entryFor, hearEvent, leave } from './tracked.ts';
import { receptionTarget, type Entry, type Flow } from './definition.ts';
import type { Effect } from './effect.ts';
import type { FlowEvent, TrackedEvent } from './event.ts';
import { askNode, closeTalk, lastChannel, openTalk, waitIdOfStep } from './talk.ts';
import {
  advance,
  blankPlan,
  isUnresolved,
  markDone,
  questionOf,
  reschedule,
  resolve,
  sectionsOf,
} from './timeline.ts';
import { endRun, hasSpoken, note, openTurn, say, setValues, type Turn } from './turn.ts';
import { findNode, handOver, walk } from './walk.ts';

export { FlowError } from './walk.ts';

export interface Moved {
  readonly state: RunState;
  readonly effects: readonly Effect[];
}

/**
 * Moves one run by one event. The same arguments always give the same answer.
 * @throws FlowError where the flow file asks the impossible: an unknown target, a loop without a question.
 */
export function step(
  flow: Flow,
  state: RunState,
  event: FlowEvent,
  snapshot: Snapshot,
  moment: Moment,
): Moved {
  const turn = openTurn({
    flow: timedBy(flow, state.arms),
    snapshot,
    moment,
    channel: channelOf(flow, state, event),
    event: event.type === 'tracked' ? event.event : null,
    class: classOf(flow, event),
    before: state,
    state: { ...state, zone: moment.zone },
  });
  if (state.open) take(turn, event);
  else if (event.type === 'heard') hear(turn, event);
  else return { state, effects: [{ type: 'note', kind: 'silence', why: 'run_closed' }] };
  settle(turn, event.type !== 'entered');
  return { state: turn.state, effects: turn.effects };
}

function channelOf(flow: Flow, state: RunState, event: FlowEvent): Channel {
  return event.type === 'heard' ? event.channel : lastChannel(flow, state);
}

/** What follows from an artist's or a coach's word is an answer; what an hour or an event brings is not. */
function classOf(flow: Flow, { type }: FlowEvent): MessageClass {
  return type === 'tracked' || type === 'entered' ? flow.class : 'reply';
}

function take(turn: Turn, event: FlowEvent): void {
  switch (event.type) {
    case 'entered':
      return note(turn, 'event', 'entered', { by: event.by?.name ?? null });
    case 'heard':
      return hear(turn, event);
    case 'woke':
      return wake(turn, event.wakeAt);
    case 'tracked':
      return hearEvent(turn, event.event);
    case 'judged':
      return judged(turn, event);
    case 'held':
      return hold(turn, event.by);
    case 'spoke':
      return firstWord(turn, event.by);
    case 'released':
      return release(turn, event);
    case 'jumped':
      return jump(turn, event.to);
    case 'superseded':
      return supersede(turn);
    case 'skipped':
      return skip(turn, event.stepId);
    case 'moved':
      return move(turn, event);
    case 'closed':
      return leave(turn, event.reason);
  }
}

/** Asks what is due in the run as it is now, whatever the wake was set for. Talk before timeline, one message a wake. */
function wake(turn: Turn, wakeAt: Date): void {
  const { wokeAt, goalDeadline } = turn.state;
  turn.state = { ...turn.state, wokeAt: wokeAt && wokeAt > wakeAt ? wokeAt : wakeAt };
  if (goalDeadline && goalDeadline <= turn.moment.now) {
    closeTalk(turn, 'ended');
    return endRun(turn, 'goal_window_closed');
  }
  runHandoffClock(turn);
  if (!hasSpoken(turn)) runTalkClock(turn);
  if (!hasSpoken(turn)) advance(turn);
}

type Judged = Extract<FlowEvent, { type: 'judged' }>;

/** Verdicts under which the message is, or will be, with the artist. */
const kept: ReadonlySet<string> = new Set(['go', 'wait', 'ghost']);

/** The guard has answered for a step: it is resolved, and its question opens if it may be asked. */
function judged(turn: Turn, { stepId, verdict, itemId, channel, until, isCore }: Judged): void {
  const step = turn.flow.steps.find(({ id }) => id === stepId);
  if (!step || !isUnresolved(turn.state, stepId))
    return note(turn, 'silence', 'already_resolved', { step: stepId });
  if (!kept.has(verdict)) {
    resolve(turn, step, verdict);
    return verdict === 'late' && step.late.then === 'exit' ? endRun(turn, 'late') : undefined;
  }
  markDone(turn, stepId, verdict);
  note(turn, 'event', 'step_judged', { step: stepId, verdict });
  const stays = sectionsOf(turn, step)?.filter((name) => !isCore || step.sections[name]?.class === 'service');
  const node = askNode(turn.flow, questionOf(step, stays) ?? '');
  if (!node) return;
  closeTalk(turn, 'superseded');
  openTalk(turn, node, {
    waitId: waitIdOfStep(turn.state.id, stepId),
    channel: channel ?? step.channel,
    itemIds: itemId ? [itemId] : [],
    openedAt: verdict === 'wait' && until && until > turn.moment.now ? until : turn.moment.now,
  });
}

/** A person took the thread: the talk freezes with what remained. A claim is no word, so promises run on. */
function hold(turn: Turn, by: string): void {
  const { state, moment } = turn;
  const handoff = state.handoff && {
    ...state.handoff,
    due: state.handoff.due.filter(({ kind }) => kind !== 'push'),
  };
  turn.state = { ...state, handoff, hold: { by, since: state.hold?.since ?? moment.now } };
  note(turn, 'silence', 'held', { by });
}

function firstWord(turn: Turn, by: string): void {
  const { handoff } = turn.state;
  if (handoff) turn.state = { ...turn.state, handoff: { ...handoff, due: [] } };
  note(turn, 'silence', 'coach_spoke', { by });
}

/** After a person let go, the bot does not speak first for so long. */
const quietMs = 10 * 60_000;

/** A person let go: the talk thaws, its times shifted by what the hold lasted, and the handoff takes its exit. */
function release(turn: Turn, event: Extract<FlowEvent, { type: 'released' }>): void {
  const { state, moment } = turn;
  const exit =
    state.handoff && event.outcome !== 'handBack' ? handoffNode(turn)?.exits[event.outcome] : undefined;
  turn.state = {
    ...state,
    talk: thawed(turn),
    hold: null,
    handoff: null,
    quietUntil: new Date(moment.now.getTime() + quietMs),
  };
  if (event.answers) setAnswers(turn, event.answers);
  note(turn, 'state', 'released', { outcome: event.outcome, to: event.to ?? exit?.go ?? null });
  if (exit?.say) say(turn, exit.say);
  if (event.to) return jump(turn, event.to);
  if (exit?.go) walk(turn, exit.go);
}

const setAnswers = (turn: Turn, answers: Readonly<Record<string, Scalar>>): void => setValues(turn, answers);

function thawed({ state, moment }: Turn): RunState['talk'] {
  const { talk, hold } = state;
  if (!talk || !hold) return talk;
  const now = moment.now.getTime();
  const opened = talk.openedAt.getTime();
  // A question still held back is asked now; one that was asked gets the time back that the person had.
  const shift = opened > now ? now - opened : now - Math.max(hold.since.getTime(), opened);
  const later = (at: Date): Date => new Date(Math.max(at.getTime() + shift, now + quietMs));
  return {
    ...talk,
    openedAt: opened > now ? moment.now : talk.openedAt,
    due: talk.due.map((entry) => ({ ...entry, at: later(entry.at) })),
    expiresAt: later(talk.expiresAt),
  };
}

/** Goes to a node at someone's word: a coach hands back there, or the reception sends. */
function jump(turn: Turn, to: string): void {
  if (to === receptionTarget && !turn.flow.nodes[receptionTarget]) return handOver(turn, 'asked');
  if (findNode(turn.flow, to)?.kind !== 'handoff') closeTalk(turn, 'superseded');
  note(turn, 'state', 'jumped', { to });
  walk(turn, to);
}

function supersede(turn: Turn): void {
  const { talk } = turn.state;
  closeTalk(turn, 'superseded');
  note(turn, 'silence', talk ? 'superseded' : 'no_question', { node: talk?.node ?? null });
}

function skip(turn: Turn, stepId: string): void {
  if (!turn.flow.steps.some(({ id }) => id === stepId) || !isUnresolved(turn.state, stepId)) {
    return note(turn, 'silence', 'already_resolved', { step: stepId });
  }
  resolve(turn, { id: stepId }, 'coach_skipped');
}

/** A step at the hour a coach gave it; where that has come it speaks at once, if the guard lets it. */
function move(turn: Turn, { stepId, to }: Extract<FlowEvent, { type: 'moved' }>): void {
  const step = turn.flow.steps.find(({ id }) => id === stepId);
  if (!step || !isUnresolved(turn.state, stepId))
    return note(turn, 'silence', 'already_resolved', { step: stepId });
  reschedule(turn, step, to);
}

export interface Entering {
  readonly runId: string;
  readonly contactId: string;
  readonly runKey: string;
  /** Hash of the word bundle the run pins. */
  readonly wordsHash: string;
  readonly by: TrackedEvent | null;
  /** The entry that the event takes, where the caller knows. */
  readonly entry?: Entry;
  readonly snapshot: Snapshot;
  readonly moment: Moment;
}

/** Begins a run: J0, its plan, and the first message where that is due at once. */
export function enter(flow: Flow, entering: Entering): Moved {
  const { snapshot, moment, by } = entering;
  const arms = timingArms({ flow, contactId: entering.contactId, snapshot, now: moment.now });
  const timed = timedBy(flow, arms);
  const run = newRun(timed, entering);
  const turn = openTurn({
    flow: timed,
    snapshot,
    moment,
    channel: flow.channels[0] ?? 'sms',
    event: by,
    class: flow.class,
    before: run,
    state: run,
  });
  for (const [experiment, arm] of Object.entries(arms)) assign(turn, experiment, arm);
  note(turn, 'event', 'entered', { flow: flow.id, version: flow.version, by: by?.name ?? null });
  settle(turn, false);
  advance(turn);
  settle(turn, flow.steps.length > 0);
  return { state: turn.state, effects: turn.effects };
}

function newRun(
  flow: Flow,
  { runId, contactId, runKey, wordsHash, by, entry: given, snapshot, moment }: Entering,
): RunState {
  const { now, zone } = moment;
  const entry = given ?? (by ? entryFor(flow, by, scopeOfEntry(snapshot, moment)) : null);
  const named = entry && by ? anchorOf(entry, by) : null;
  const j0 = named
    ? { anchorAt: named, anchorOn: localDate(named, zone), isAnchored: true }
    : anchor(flow, now, { ...placeOf(snapshot.contact), zone }, snapshot.policy);
  const steps = entry?.steps ? flow.steps.filter(({ id }) => entry.steps?.includes(id)) : flow.steps;
  return {
    id: runId,
    contactId,
    flow: flow.id,
    version: flow.version,
    words: wordsHash,
    runKey,
    rev: 0,
    open: true,
    phase: steps.length > 0 ? 'sending' : 'tail',
    exitReason: null,
    enteredAt: now,
    ...j0,
    zone,
    stepKey: steps[0]?.id ?? null,
    plan: blankPlan(steps, j0, zone),
    waits: [],
    wakeAt: null,
    wokeAt: null,
    quietUntil: null,
    goalDeadline: flow.goal ? new Date(j0.anchorAt.getTime() + flow.goal.withinMs) : null,
    register: null,
    answers: {},
    arms: {},
    done: {},
    talk: null,
    past: [],
    hold: null,
    handoff: null,
    seen: [],
    entry: by?.properties ?? {},
  };
}
