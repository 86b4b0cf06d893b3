import type { Entry, EventMatch, Flow } from './definition.ts';
import type { TrackedEvent } from './event.ts';
import { holds, type Scope } from './expression.ts';
import { askNode, classOfQuestion, closeTalk } from './talk.ts';
import { isUnresolved, ripen } from './timeline.ts';
import { endRun, note, scopeOfTurn, type Turn } from './turn.ts';
import { walk } from './walk.ts';

/** Whether an event is one that a flow names, with the properties it asks for. */
export function matches(match: EventMatch, event: TrackedEvent, scope: Scope): boolean {
  return match.on.includes(event.name) && holds(match.where, scope);
}

const nothing: Scope = { contact: {}, run: {}, answers: {}, event: {}, claim: {}, duty: {}, seen: {} };

/** The entry of a flow that an event takes, by its name and properties; null where it takes none. */
export function entryFor(flow: Flow, event: TrackedEvent, scope: Scope = nothing): Entry | null {
  return entriesFor(flow, event, scope)[0] ?? null;
}

/** The same facts, and the event at hand. What a fact costs is still paid by the condition that asks for it. */
const withEvent = (scope: Scope, event: TrackedEvent): Scope => ({
  contact: scope.contact,
  run: scope.run,
  answers: scope.answers,
  event: { ...event.properties, name: event.name },
  get claim() {
    return scope.claim;
  },
  duty: scope.duty,
  seen: scope.seen,
});

/** All of them: one event may begin several notices of a flow. */
export function entriesFor(flow: Flow, event: TrackedEvent, scope: Scope = nothing): readonly Entry[] {
  const named = flow.entry.filter(({ on }) => on.includes(event.name));
  if (named.length === 0) return named;
  const read = withEvent(scope, event);
  const isTaken = (entry: Entry): boolean =>
    entry.segment === undefined || event.properties['segment'] === entry.segment;
  return named.filter((entry) => matches(entry, event, read) && isTaken(entry));
}

/** The instant an entry with an anchor counts from; null where it has none, or the event does not say one. */
export function anchorOf({ anchor }: Entry, { properties }: TrackedEvent): Date | null {
  const value = anchor === undefined ? null : properties[anchor];
  const at = typeof value === 'string' ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}

/** Moves a run by a product event: the goal and the exits first, then what waits for it. */
export function hearEvent(turn: Turn, event: TrackedEvent): void {
  if (event.historical) return note(turn, 'silence', 'historical', { event: event.name });
  const { flow, state } = turn;
  const scope = scopeOfTurn(turn);
  if (flow.goal && matches(flow.goal, event, scope)) return reachGoal(turn, event);
  const exit = flow.exits.find((one) => matches(one, event, scope) && isOwn(turn, event));
  if (exit) return leave(turn, exit.result);
  if (event.occurredAt >= state.enteredAt && !state.seen.includes(event.name) && isAboutUs(turn, event)) {
    turn.state = { ...state, seen: [...state.seen, event.name] };
  }
  note(turn, 'silence', 'event_seen', { event: event.name });
  if (event.occurredAt >= state.enteredAt) ripen(turn, event.name);
  closeByEvent(turn, event);
}

/** Older than the run, it converted nobody; after the window, it counts for nothing. */
function reachGoal(turn: Turn, event: TrackedEvent): void {
  const { enteredAt, goalDeadline } = turn.state;
  if (event.occurredAt < enteredAt) return leave(turn, 'already_converted');
  leave(turn, goalDeadline && event.occurredAt > goalDeadline ? 'goal_window_closed' : 'goal_met');
}

/** Ends a run, but for what a person was asked for in it. */
export function leave(turn: Turn, result: string): void {
  closeTalk(turn, 'ended');
  if (turn.state.handoff) leaveToPerson(turn, result);
  else endRun(turn, result);
}

/** A person was asked for: nothing of ours is said any more, but what they were promised keeps its clocks until it is over. */
function leaveToPerson(turn: Turn, result: string): void {
  const { state, moment } = turn;
  const left = state.plan.filter(({ stepId }) => isUnresolved(state, stepId));
  const done = Object.fromEntries(
    left.map(({ stepId }) => [stepId, { at: moment.now, verdict: result }] as const),
  );
  turn.state = {
    ...state,
    exitReason: result,
    goalDeadline: null,
    waits: [],
    done: { ...state.done, ...done },
  };
  note(turn, 'state', 'leaving', { result });
}

/** Of parallel runs, the one with the event's key: a cancelled subscription ends its own run only. */
function isOwn({ flow, state }: Turn, event: TrackedEvent): boolean {
  const keys = flow.entry.flatMap(({ run }) => (run ? [event.properties[run]] : []));
  return keys.every((key) => key === undefined || String(key) === state.runKey);
}

/** What became of one run's message is nothing that another has seen. */
const isAboutUs = ({ state }: Turn, { properties }: TrackedEvent): boolean =>
  properties['runId'] === undefined || properties['runId'] === state.id;

/** They did it themselves: the question closes. While a person speaks, nothing of ours is said. */
function closeByEvent(turn: Turn, event: TrackedEvent): void {
  const { talk, hold } = turn.state;
  const on = talk && askNode(turn.flow, talk.node)?.on.find((one) => one.event === event.name);
  if (!on) return;
  turn.class = classOfQuestion(turn.flow, talk.node);
  closeTalk(turn, 'event');
  note(turn, 'silence', 'question_closed', { node: talk.node, event: event.name });
  if (!hold) walk(turn, on.go);
}
