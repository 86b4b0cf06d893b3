import type { ConsentState, Contact } from '../contact.ts';
import { shareOf } from '../experiment.ts';
import { coolsAt, heatAt, tierFloors, tierOf } from '../scoring.ts';
import type { Counting, Rule, Test } from './rule.ts';

/** An event as a rule counts it. */
export interface PastEvent {
  readonly name: string;
  readonly occurredAt: Date;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What a rule may ask of one contact. */
export interface SegmentFacts {
  readonly contact: Contact;
  readonly consents: ConsentState;
  /** At least those whose names the rule mentions, as far back as it looks. */
  readonly events: readonly PastEvent[];
  /** Dated facts that are true of everyone now, by dotted key (claim.ts). */
  readonly offers: Readonly<Record<string, unknown>>;
}

export interface Membership {
  readonly isIn: boolean;
  /** The first instant at which time alone changes the answer; null where it never does. */
  readonly recheckAt: Date | null;
}

/** Whether the contact is in, and when that would change with nothing happening. */
export function evaluate(rule: Rule, facts: SegmentFacts, now: Date): Membership {
  const isIn = isMember(rule, facts, now);
  const instants = [...new Set(flips(rule, facts).map((at) => at.getTime()))].filter(
    (at) => at > now.getTime(),
  );
  instants.sort((one, other) => one - other);
  const at = instants.find((instant) => isMember(rule, facts, new Date(instant)) !== isIn);
  return { isIn, recheckAt: at === undefined ? null : new Date(at) };
}

/** Nobody is anything any more who was erased. */
export function isMember(rule: Rule, facts: SegmentFacts, now: Date): boolean {
  return !facts.contact.erasedAt && holds(rule, facts, now);
}

function holds(rule: Rule, facts: SegmentFacts, now: Date): boolean {
  if ('all' in rule) return rule.all.every((one) => holds(one, facts, now));
  if ('any' in rule) return rule.any.some((one) => holds(one, facts, now));
  if ('not' in rule) return !holds(rule.not, facts, now);
  if ('attr' in rule) return passes(rule.attr.test, valueOf(rule.attr.path, facts), now);
  if ('event' in rule) return compare(rule.event.op, eventsOf(rule, facts, now).length, rule.event.n);
  if ('score' in rule) return scoreHolds(rule.score, facts.contact, now);
  if ('consent' in rule) {
    const { channel, purpose, is } = rule.consent;
    return (facts.consents[`${channel}:${purpose}`] ?? 'none') === is;
  }
  if ('inSegment' in rule) return facts.contact.segments.includes(rule.inSegment);
  const share = shareOf(rule.bucket.seed, facts.contact.id);
  return share >= rule.bucket.from && share < rule.bucket.to;
}

const offerRoot = 'offers.';

function valueOf(path: string, facts: SegmentFacts): unknown {
  if (path.startsWith(offerRoot)) return offerValue(facts.offers, path);
  return dig(facts.contact, path.split('.')) ?? null;
}

/** Keys of offers hold dots themselves: the longest that fits goes first. */
export function offerValue(offers: SegmentFacts['offers'], path: string): unknown {
  const parts = path.slice(offerRoot.length).split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const key = parts.slice(0, length).join('.');
    if (Object.hasOwn(offers, key)) return dig(offers[key], parts.slice(length)) ?? null;
  }
  return null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** As the database follows a path: through a list, it is the list of what its records hold there. */
export function dig(value: unknown, parts: readonly string[]): unknown {
  const [head, ...rest] = parts;
  if (head === undefined) return value;
  if (Array.isArray(value))
    return value
      .filter(isRecord)
      .map((one) => dig(one, parts))
      .filter((one) => one !== undefined);
  return isRecord(value) && Object.hasOwn(value, head) ? dig(value[head], rest) : undefined;
}

/** Missing equals null; of a list, any element will do; nothing is coerced. */
export function passes(test: Test, value: unknown, now: Date): boolean {
  switch (test.op) {
    case 'exists':
      return (value !== null && value !== undefined) === test.value;
    case 'ne':
      return !anyOf(value, (one) => equals(one, test.value));
    case 'nin':
      return !anyOf(value, (one) => test.value.some((wanted) => equals(one, wanted)));
    case 'eq':
      return anyOf(value, (one) => equals(one, test.value));
    case 'in':
      return anyOf(value, (one) => test.value.some((wanted) => equals(one, wanted)));
    case 'within':
      return anyOf(value, (one) => one instanceof Date && one.getTime() > now.getTime() - test.value);
    case 'olderThan':
      return anyOf(value, (one) => one instanceof Date && one.getTime() <= now.getTime() - test.value);
    default:
      return anyOf(value, (one) => isOrdered(test.op, one, test.value));
  }
}

const anyOf = (value: unknown, is: (one: unknown) => boolean): boolean =>
  Array.isArray(value) ? value.some(is) : is(value);

const equals = (value: unknown, wanted: unknown): boolean => (value ?? null) === wanted;

function isOrdered(op: 'gt' | 'gte' | 'lt' | 'lte', value: unknown, wanted: number | string): boolean {
  if (typeof value === 'number' && typeof wanted === 'number') return compare(op, value, wanted);
  if (typeof value === 'string' && typeof wanted === 'string')
    // By code point, as the database does; a string of JavaScript compares by halves of one.
    return compare(op, Buffer.compare(Buffer.from(value), Buffer.from(wanted)), 0);
  return false;
}

function compare(op: Counting, left: number, right: number): boolean {
  switch (op) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
  }
}

type EventRule = Extract<Rule, { event: unknown }>;

const isNamed = ({ event }: EventRule, past: PastEvent, now: Date): boolean =>
  past.name === event.name &&
  Object.entries(event.where).every(([path, test]) =>
    passes(test, dig(past.properties, path.split('.')), now),
  );

function eventsOf(rule: EventRule, { events }: SegmentFacts, now: Date): readonly PastEvent[] {
  const { withinMs } = rule.event;
  const since = withinMs === null ? -Infinity : now.getTime() - withinMs;
  return events.filter((past) => {
    const at = past.occurredAt.getTime();
    return at > since && at <= now.getTime() && isNamed(rule, past, now);
  });
}

type ScoreTest = Extract<Rule, { score: unknown }>['score'];

function scoreHolds(score: ScoreTest, contact: Contact, now: Date): boolean {
  if (score.of === 'tier') return (tierOf(heatAt(contact.heat, now)) === score.value) === (score.op === 'eq');
  const value = {
    mona: contact.mona?.score ?? null,
    points: contact.points,
    heat: heatAt(contact.heat, now),
  }[score.of];
  return value !== null && compare(score.op, value, score.value);
}

/** Every instant at which some part of the rule may change its answer by itself. */
function flips(rule: Rule, facts: SegmentFacts): readonly Date[] {
  if ('all' in rule) return rule.all.flatMap((one) => flips(one, facts));
  if ('any' in rule) return rule.any.flatMap((one) => flips(one, facts));
  if ('not' in rule) return flips(rule.not, facts);
  if ('attr' in rule) return datesLeave(rule.attr.test, valueOf(rule.attr.path, facts));
  if ('event' in rule) return eventsLeave(rule, facts);
  if ('score' in rule) return heatFalls(rule.score, facts.contact);
  return [];
}

const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

function datesLeave(test: Test, value: unknown): readonly Date[] {
  if (test.op !== 'within' && test.op !== 'olderThan') return [];
  const dates = Array.isArray(value) ? (value as unknown[]) : [value];
  return dates.flatMap((one) => (one instanceof Date ? [after(one, test.value)] : []));
}

function eventsLeave(rule: EventRule, { events }: SegmentFacts): readonly Date[] {
  const { name, withinMs, where } = rule.event;
  return events
    .filter((past) => past.name === name)
    .flatMap((past) => [
      past.occurredAt,
      ...(withinMs === null ? [] : [after(past.occurredAt, withinMs)]),
      ...Object.entries(where).flatMap(([path, test]) =>
        datesLeave(test, dig(past.properties, path.split('.'))),
      ),
    ]);
}

function heatFalls(score: ScoreTest, { heat }: Contact): readonly Date[] {
  if (score.of === 'tier') return Object.values(tierFloors).flatMap((floor) => coolsAt(heat, floor) ?? []);
  if (score.of !== 'heat') return [];
  const at = coolsAt(heat, score.value);
  // What must be at most, and not below, is so an instant sooner where the value is met exactly.
  return at ? [new Date(at.getTime() - 1), at] : [];
}
