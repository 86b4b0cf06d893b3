import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Channel, MessageClass, Moment, Scalar } from '../vocabulary.ts';
import type { DoNode, Flow, Offset } from './definition.ts';
import type { Effect, SendEffect } from './effect.ts';
import type { TrackedEvent } from './event.ts';
import type { Scope } from './expression.ts';
import { scopeOf } from './scope.ts';

/**
 * One step in the making: the run as it is now, and what it wants so far. It is mutable so that the parts of a step
 * read what the parts before them changed; it never leaves step().
 */
export interface Turn {
  readonly flow: Flow;
  readonly snapshot: Snapshot;
  readonly moment: Moment;
  /** Where an answer goes: where the artist wrote, else where the question was asked. */
  readonly channel: Channel;
  /** The event at hand, for conditions on `event.`. */
  readonly event: TrackedEvent | null;
  /** An answer to what the artist wrote is `reply`; what we say first is of the class of its question. */
  class: MessageClass;
  /** As the run was found. */
  readonly before: RunState;
  state: RunState;
  readonly effects: Effect[];
  /** Nodes entered so far; bounded. */
  nodes: number;
}

/** An answer that could not leave for half a day is no answer any more. */
const replyLifeMs = 12 * 3_600_000;

export function openTurn(
  parts: Pick<Turn, 'flow' | 'snapshot' | 'moment' | 'channel' | 'event' | 'class' | 'before' | 'state'>,
): Turn {
  return { ...parts, effects: [], nodes: 0 };
}

export function scopeOfTurn(turn: Turn): Scope {
  return scopeOf(turn.state, turn.snapshot, turn.moment, turn.event);
}

export function note(
  turn: Turn,
  kind: 'silence' | 'state' | 'event',
  why: string,
  detail: Readonly<Record<string, unknown>> = {},
): void {
  turn.effects.push({ type: 'note', kind, why, detail });
}

export const hasSpoken = (turn: Turn): boolean => turn.effects.some((effect) => effect.type === 'send');

type Said = Partial<Pick<SendEffect, 'question' | 'fields'>>;

/** Says words where the artist wrote. */
export function say(turn: Turn, words: string, { question = null, fields = {} }: Said = {}): void {
  turn.effects.push({
    type: 'send',
    words,
    class: turn.class,
    via: 'answer',
    channel: turn.channel,
    fallback: [],
    question,
    variant: null,
    fields,
    expiresAt: new Date(turn.moment.now.getTime() + replyLifeMs),
  });
}

/** Keeps values: what is not a contact's fact is an answer, and the run remembers it. */
export function setValues(turn: Turn, values: Readonly<Record<string, Scalar>>): void {
  const entries = Object.entries(values).map(
    ([path, value]) =>
      [path.startsWith('contact.') || path.startsWith('answers.') ? path : `answers.${path}`, value] as const,
  );
  const answers = entries.flatMap(([path, value]) =>
    path.startsWith('answers.') ? [[path.slice('answers.'.length), value] as const] : [],
  );
  turn.state = { ...turn.state, answers: { ...turn.state.answers, ...Object.fromEntries(answers) } };
  turn.effects.push({ type: 'set', values: Object.fromEntries(entries) });
}

export function emit(turn: Turn, event: string, detail: Readonly<Record<string, unknown>>): void {
  const { id, flow } = turn.state;
  turn.effects.push({ type: 'emit', event, properties: { flow, runId: id, ...detail } });
}

/** Keeps a place: `inMs` counts from now, an elapsed offset from J0. */
export function reserve(turn: Turn, wanted: NonNullable<DoNode['reserve']>): void {
  const { offer, until } = wanted;
  const sinceAnchorMs = turn.moment.now.getTime() - turn.state.anchorAt.getTime();
  const end: Offset =
    'inMs' in until
      ? { afterMs: until.inMs }
      : 'afterMs' in until
        ? { afterMs: until.afterMs - sinceAnchorMs }
        : until;
  turn.effects.push({ type: 'reserve', offer, until: end });
}

/** Closes the run with its result: nothing of it is said any more. */
export function endRun(turn: Turn, result: string): void {
  turn.state = {
    ...turn.state,
    open: false,
    exitReason: result,
    handoff: null,
    hold: null,
    waits: [],
    wakeAt: null,
    stepKey: null,
  };
  turn.effects.push({ type: 'exit', result });
  note(turn, 'state', 'run_closed', { result });
}
