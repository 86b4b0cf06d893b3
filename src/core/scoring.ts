import { localDate } from './calendar.ts';
import type { ConsentState, Contact } from './contact.ts';
import type { TrackedEvent } from './flow/event.ts';

/** What a contact does, or stops doing, that counts (lifecycle.md §12). */
export type ScoreRule = 'opened' | 'clicked' | 'login' | 'replied' | 'action' | 'idle';

/** Raised when a rule's points or its cause change: old entries keep the rule they were written by. */
export const ruleVersion = 1;

export const nominalOf: Readonly<Record<ScoreRule, number>> = {
  opened: 1,
  clicked: 3,
  login: 5,
  replied: 10,
  action: 15,
  idle: -5,
};

/** One thing to write in the ledger; the same rule and cause counts once, however often it is told. */
export interface Credit {
  readonly rule: ScoreRule;
  readonly causeId: string;
  readonly at: Date;
  /** Takes back what this rule gave for this cause: a later verdict says that it was a machine. */
  readonly isReversal?: boolean;
}

export type Heat = NonNullable<Contact['heat']>;

const dayMs = 86_400_000;
const halfLifeMs = 14 * dayMs;
const idleEveryMs = 7 * dayMs;

const decay = (ms: number): number => 2 ** (-ms / halfLifeMs);

/** Heat as it is felt now; nothing where nothing ever happened. */
export function heatAt(heat: Heat | null, now: Date): number {
  return heat ? heat.h * decay(now.getTime() - heat.at.getTime()) : 0;
}

/** Heat after so many points at an instant; an event that comes late weighs what is left of it, a reversal takes that away. */
export function heatAfter(heat: Heat | null, points: number, at: Date): Heat {
  if (!heat) return { h: points, at, idle: 0 };
  const apart = at.getTime() - heat.at.getTime();
  if (apart > 0) return { h: heat.h * decay(apart) + points, at, idle: 0 };
  return { ...heat, h: Math.max(0, heat.h + points * decay(-apart)) };
}

export const tiers = ['hot', 'warm', 'cool', 'cold'] as const;
export type Tier = (typeof tiers)[number];

/** Least heat of each tier; below them all it is cold (lifecycle.md §11). */
export const tierFloors: Readonly<Record<Exclude<Tier, 'cold'>, number>> = { hot: 30, warm: 10, cool: 2 };

export function tierOf(heat: number): Tier {
  if (heat >= tierFloors.hot) return 'hot';
  if (heat >= tierFloors.warm) return 'warm';
  return heat >= tierFloors.cool ? 'cool' : 'cold';
}

/** The first instant at which heat has fallen below so much; null where it is below already, or never falls there. */
export function coolsAt(heat: Heat | null, below: number): Date | null {
  if (!heat || heat.h < below || below <= 0) return null;
  let at = heat.at.getTime() + Math.floor(halfLifeMs * Math.log2(heat.h / below));
  while (heatAt(heat, new Date(at)) >= below) at += 1;
  return new Date(at);
}

/** Silences that earn no reply points: what only stops, starts or asks how. */
const wordless: ReadonlySet<unknown> = new Set(['stop', 'start', 'help']);

type Said = Pick<TrackedEvent, 'id' | 'properties' | 'occurredAt'>;
interface Person {
  readonly zone: string;
  readonly consents: ConsentState;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const clickCause = ({ properties }: Said): string =>
  `${textOf(properties['messageId'])}:${textOf(properties['linkKey'])}`;
const openCause = ({ properties }: Said): string => textOf(properties['messageId']);
const dayOf = ({ occurredAt }: Said, { zone }: Person): string => localDate(occurredAt, zone);

const scored: Readonly<Record<string, (event: Said, person: Person) => Omit<Credit, 'at'> | null>> = {
  'Message Opened': (event, { consents }) =>
    consents['email:open_tracking'] === 'granted' ? { rule: 'opened', causeId: openCause(event) } : null,
  'Message Clicked': (event) => ({ rule: 'clicked', causeId: clickCause(event) }),
  'Message Open Reversed': (event) => ({ rule: 'opened', causeId: openCause(event), isReversal: true }),
  'Message Click Reversed': (event) => ({ rule: 'clicked', causeId: clickCause(event), isReversal: true }),
  'App Logged In': (event, person) => ({ rule: 'login', causeId: dayOf(event, person) }),
  'Message Replied': (event, person) =>
    wordless.has(event.properties['intent']) ? null : { rule: 'replied', causeId: dayOf(event, person) },
  'Recommended Action Done': (event) => ({
    rule: 'action',
    causeId: textOf(event.properties['actionId']) || event.id,
  }),
};

/** What an event is worth; null for one that counts for nothing, and for all that is only history. */
export function creditOf(event: TrackedEvent, person: Person): Credit | null {
  if (event.historical || !Object.hasOwn(scored, event.name)) return null;
  const credit = scored[event.name]?.(event, person);
  return credit ? { ...credit, at: event.occurredAt } : null;
}

/** Whether an event is of those that warm a contact up. */
export const isPositive = (name: string): boolean =>
  Object.hasOwn(scored, name) && !name.endsWith('Reversed');

export interface IdleEntry {
  readonly causeId: string;
  readonly at: Date;
  /** What was really taken: the total never falls below 0. */
  readonly points: number;
}

/** When the next seven days of silence are full; null where there is nothing to lose. */
export function nextIdleAt(points: number, heat: Heat | null): Date | null {
  if (!heat || points <= 0) return null;
  return new Date(heat.at.getTime() + ((heat.idle ?? 0) + 1) * idleEveryMs);
}

/** Every idle entry that is due by now, oldest first: one a full week since the last positive entry. */
export function idleDue(points: number, heat: Heat | null, now: Date): readonly IdleEntry[] {
  const entries: IdleEntry[] = [];
  let left = points;
  let warmth = heat;
  for (let at = nextIdleAt(left, warmth); at && warmth && at <= now; at = nextIdleAt(left, warmth)) {
    const idle = (warmth.idle ?? 0) + 1;
    const taken = Math.max(nominalOf.idle, -left);
    entries.push({ causeId: `idle:${warmth.at.toISOString()}:${String(idle)}`, at, points: taken });
    left += taken;
    warmth = { ...warmth, idle };
  }
  return entries;
}
