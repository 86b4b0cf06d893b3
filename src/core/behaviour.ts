import { nextIdleAt } from './scoring.ts';
import type { SegmentBook } from './segment/book.ts';
import { evaluate, type SegmentFacts } from './segment/evaluate.ts';
import {
  cooldownMs,
  inactiveAt,
  isPeak,
  isStagnating,
  rests,
  stagnationInstants,
  type Progress,
  type Trigger,
} from './trigger.ts';

/** What one trigger remembers of one contact. */
export interface TriggerMemory {
  readonly armed: boolean;
  readonly lastFiredAt: Date | null;
  /** How often it fired: names the next firing, so that it is told once. */
  readonly count: number;
  /** Of a silence: the sign of life it began with. */
  readonly causeId: string | null;
}

export type Remembered = Readonly<Partial<Record<Trigger, TriggerMemory>>>;

export interface BehaviourFacts extends SegmentFacts {
  readonly positives: readonly Date[];
  readonly progress: Progress;
  readonly remembered: Remembered;
}

export interface Looked {
  readonly entered: readonly string[];
  readonly left: readonly string[];
  readonly fired: readonly Trigger[];
  /** What changed in the memory of triggers. */
  readonly memory: Remembered;
  /** When time alone next changes something; null where it never does. */
  readonly recheckAt: Date | null;
}

const fresh: TriggerMemory = { armed: true, lastFiredAt: null, count: 0, causeId: null };

/** Looks at one contact: segments entered and left, triggers crossed, and when to look again. */
export function lookAt(facts: BehaviourFacts, book: SegmentBook, now: Date): Looked {
  const { contact } = facts;
  const answers = [...book.rules].map(([name, rule]) => ({ name, ...evaluate(rule, facts, now) }));
  const known = new Set(contact.segments);
  const entered = answers.filter(({ name, isIn }) => isIn && !known.has(name)).map(({ name }) => name);
  const standing = new Set(answers.filter(({ isIn }) => isIn).map(({ name }) => name));
  const left = contact.segments.filter((name) => !standing.has(name) && book.rules.has(name));
  const memory: Partial<Record<Trigger, TriggerMemory>> = contact.erasedAt
    ? {}
    : crossings(facts, entered, now);
  const fired = (Object.keys(memory) as Trigger[]).filter(
    (trigger) => (memory[trigger]?.count ?? 0) > (facts.remembered[trigger]?.count ?? 0),
  );
  const instants = [
    ...answers.map(({ recheckAt }) => recheckAt),
    nextIdleAt(contact.points, contact.heat),
    inactiveAt(contact.lastHumanAt),
    ...stagnationInstants(contact.planSince ?? null, facts.progress),
  ].flatMap((at) => (at && at > now ? [at.getTime()] : []));
  const recheckAt = instants.length > 0 && !contact.erasedAt ? new Date(Math.min(...instants)) : null;
  return { entered, left, fired, memory, recheckAt };
}

function crossings(
  facts: BehaviourFacts,
  entered: readonly string[],
  now: Date,
): Partial<Record<Trigger, TriggerMemory>> {
  const { contact, remembered } = facts;
  const changed: Partial<Record<Trigger, TriggerMemory>> = {};
  const ask = (trigger: Trigger, isTrue: boolean, causeId: string | null = null): void => {
    const before = remembered[trigger] ?? fresh;
    const after = cross(before, isTrue, trigger, causeId, now);
    if (after !== before) changed[trigger] = after;
  };
  ask('peak', isPeak(facts.positives, now));
  ask('stagnation', isStagnating(contact, facts.progress, now));
  const silent = inactiveAt(contact.lastHumanAt);
  ask('inactivity', silent !== null && silent <= now, contact.lastHumanAt?.toISOString() ?? null);
  // An entry is an edge of its own.
  if (entered.includes('spark_eligible')) ask('spark_eligible', true, now.toISOString());
  return changed;
}

/** An edge fires unless it rests; it is spent either way, and armed again once the thing is no longer so. */
function cross(
  before: TriggerMemory,
  isTrue: boolean,
  trigger: Trigger,
  causeId: string | null,
  now: Date,
): TriggerMemory {
  if (!isTrue) return before.armed ? before : { ...before, armed: true };
  const isEdge = before.armed || (causeId !== null && causeId !== before.causeId);
  if (!isEdge) return before;
  if (rests(before.lastFiredAt, cooldownMs[trigger], now)) return { ...before, armed: false, causeId };
  return { armed: false, lastFiredAt: now, count: before.count + 1, causeId };
}
