import type { Policy } from '../library.ts';
import type { Channel, MessageClass } from '../vocabulary.ts';
import { isHoliday } from './holiday.ts';
import { addDays, localDate, timeMs, wallTime, weekdayOf } from './wall-time.ts';
import type { Place } from './zone.ts';

type PolicyWindow = Policy['windows'][string];

export interface Hours {
  readonly from: string;
  readonly to: string;
}

export interface Opening {
  readonly at: Date;
  /** What closed the way there, in order: `closed_day:2027-03-28`, `holiday:2027-03-29`, `hours`. Empty where `at` was open. */
  readonly reasons: readonly string[];
  /** End of the stretch that opens at `at`; absent where `at` was open. */
  readonly closesAt?: Date;
}

/** Days looked ahead: longer than any run of closed days. Past it, the hours never fall together. */
const furthestDays = 60;
const dayMs = 86_400_000;

/** The preset a message falls under, by the country of the contact; null = no window (`reply`, `compliance`). */
export function windowOf(
  country: string,
  messageClass: MessageClass,
  channel: Channel,
  policy: Policy,
): PolicyWindow | null {
  const preset =
    policy.presets[`${country}.${messageClass}.${channel}`] ??
    policy.presets[`default.${messageClass}.${channel}`];
  return preset === undefined ? null : (policy.windows[preset] ?? null);
}

/** The first permitted instant at or after `at`, without jitter (lifecycle.md §6.4). */
export function opening(
  at: Date,
  place: Place,
  messageClass: MessageClass,
  channel: Channel,
  policy: Policy,
  stepWindow?: Hours | null,
): Opening {
  const window = windowOf(place.country, messageClass, channel, policy);
  if (!window) return { at, reasons: [] };
  const step = stepWindow ?? window.step;
  const open =
    (step && together(at, place, window, overlaps(daySpans(window), daySpans(step)))) ??
    // A step whose hours never fall inside the policy's has the policy's: never wider, never silent for ever.
    together(at, place, window, daySpans(window));
  if (!open)
    throw new RangeError(
      `no window opens within ${furthestDays} days of ${at.toISOString()}: see flows/policy.yaml`,
    );
  return open;
}

/** The first instant that is open in every zone the place may be in; null where there is none. */
function together(at: Date, place: Place, window: PolicyWindow, spans: readonly Span[]): Opening | null {
  const zones = zonesOf(place, window);
  const reasons = new Set<string>();
  const last = at.getTime() + furthestDays * dayMs;
  let open = at;
  for (let settled = 0, turn = 0; settled < zones.length; turn++) {
    const zone = zones[turn % zones.length] ?? place.zone;
    const next = openingIn({ ...place, zone }, open, window, spans, reasons);
    if (!next || next.getTime() > last) return null;
    settled = next.getTime() === open.getTime() ? settled + 1 : 1;
    open = next;
  }
  if (open.getTime() === at.getTime()) return { at, reasons: [] };
  return { at: open, reasons: [...reasons], closesAt: closing(open, zones, spans) };
}

/** Where the first of the zones closes. */
function closing(open: Date, zones: readonly string[], spans: readonly Span[]): Date {
  const ends = zones.map((zone) => {
    const date = localDate(open, zone);
    const [end = Infinity] = spans
      .map(({ to }) => instantOf(date, to, zone).getTime())
      .filter((to) => to > open.getTime());
    return end;
  });
  return new Date(Math.min(...ends));
}

/** A zone nobody knows is every zone it could be: what leaves must be permitted in all of them. */
function zonesOf(place: Place, window: PolicyWindow): readonly string[] {
  const candidates = window.unknownZones ?? [];
  if (candidates.length === 0) return [place.zone];
  const isKnown =
    place.zoneSource === undefined
      ? /^(America|Pacific|US)\//.test(place.zone)
      : place.zoneSource !== 'default';
  return isKnown ? [place.zone] : candidates;
}

/** Stretches of a day as times on the wall. */
interface Span {
  readonly from: string;
  readonly to: string;
}

const midnight = '00:00';
const dayEnd = '24:00';

/** A window with from > to crosses midnight: it is the two ends of the day, never swapped. */
const daySpans = ({ from, to }: Hours): readonly Span[] =>
  timeMs(from) < timeMs(to)
    ? [{ from, to }]
    : [
        { from: midnight, to },
        { from, to: dayEnd },
      ].filter((span) => span.from !== span.to);

/** Step window ∩ policy window. */
const overlaps = (outer: readonly Span[], inner: readonly Span[]): readonly Span[] =>
  outer.flatMap((one) => inner.flatMap((other) => overlap(one, other)));

function overlap(one: Span, other: Span): readonly Span[] {
  const from = timeMs(one.from) > timeMs(other.from) ? one.from : other.from;
  const to = timeMs(one.to) < timeMs(other.to) ? one.to : other.to;
  return timeMs(from) < timeMs(to) ? [{ from, to }] : [];
}

const instantOf = (date: string, time: string, zone: string): Date =>
  time === dayEnd ? wallTime(addDays(date, 1), midnight, zone) : wallTime(date, time, zone);

function openingIn(
  place: Place,
  at: Date,
  window: PolicyWindow,
  spans: readonly Span[],
  reasons: Set<string>,
): Date | null {
  const asked = localDate(at, place.zone);
  for (let day = 0; spans.length > 0 && day < furthestDays; day++) {
    const date = addDays(asked, day);
    const closed = closedDay(date, place, window);
    const open = closed ? null : openingOn(date, place.zone, at, spans);
    if (open?.getTime() === at.getTime()) return at;
    if (closed) reasons.add(closed);
    else if (day === 0) reasons.add('hours');
    if (open) return open;
  }
  return null;
}

/** The first open instant of a local date from `at` on; null where its hours have passed. */
function openingOn(date: string, zone: string, at: Date, spans: readonly Span[]): Date | null {
  for (const span of spans) {
    const start = instantOf(date, span.from, zone);
    const end = instantOf(date, span.to, zone);
    if (at < end && start < end) return start < at ? at : start;
  }
  return null;
}

function closedDay(date: string, place: Place, window: PolicyWindow): string | null {
  if (!window.days.includes(weekdayOf(date))) return `closed_day:${date}`;
  return window.holidays === 'none' && isHoliday(date, place) ? `holiday:${date}` : null;
}
