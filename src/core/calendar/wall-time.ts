import { IANAZone } from 'luxon';

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** No zone leaves and rejoins an offset within a week, so looking once a week misses no change. */
const stride = 7 * dayMs;

interface OffsetSpan {
  readonly from: number;
  readonly offsetMs: number;
}

const spansByZone = new Map<string, Map<number, readonly OffsetSpan[]>>();

/** Whether `zone` names an IANA time zone that this machine knows. */
export const isZone = (zone: string): boolean => IANAZone.isValidZone(zone);

/** The offsets of a zone in one year of UTC, from a few probes: asking for each instant costs a date format each time. */
function spansOf(zone: string, year: number): readonly OffsetSpan[] {
  const years = spansByZone.get(zone) ?? new Map<number, readonly OffsetSpan[]>();
  const known = years.get(year);
  if (known) return known;
  if (!isZone(zone)) throw new RangeError(`"${zone}" is not a time zone we know. Try one like Europe/Paris.`);
  const iana = IANAZone.create(zone);
  const offset = (at: number): number => iana.offset(at) * minuteMs;
  const end = Date.UTC(year + 1, 0, 1);
  const spans = [{ from: Date.UTC(year, 0, 1), offsetMs: offset(Date.UTC(year, 0, 1)) }];
  for (let at = Date.UTC(year, 0, 1); at < end; at += stride) {
    const next = Math.min(at + stride, end);
    const offsetMs = offset(next);
    if (offsetMs !== spans.at(-1)?.offsetMs) spans.push({ from: changeBetween(offset, at, next), offsetMs });
  }
  spansByZone.set(zone, years.set(year, spans));
  return spans;
}

/** First millisecond of the offset that holds at `high`, which differs from the one at `low`. */
function changeBetween(offset: (at: number) => number, low: number, high: number): number {
  const after = offset(high);
  let [before, from] = [low, high];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (offset(middle) === after) from = middle;
    else before = middle;
  }
  return from;
}

/** What a zone's clocks add to UTC at an instant, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  let offsetMs = 0;
  for (const span of spansOf(zone, new Date(at).getUTCFullYear()))
    if (span.from <= at) offsetMs = span.offsetMs;
  return offsetMs;
}

/** The date and time a clock on the wall shows, as if it were UTC. */
const shownAt = (at: Date, zone: string): Date => new Date(at.getTime() + offsetAt(at.getTime(), zone));

/** Local ISO date of an instant: `2027-03-29`. */
export const localDate = (at: Date, zone: string): string => shownAt(at, zone).toISOString().slice(0, 10);

/** Local time of day of an instant, in milliseconds since the wall showed midnight. */
export function localTimeMs(at: Date, zone: string): number {
  const shown = shownAt(at, zone).getTime();
  return shown - Math.floor(shown / dayMs) * dayMs;
}

/** The same date some days on; local dates are counted as dates, never as 24 hours. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** 1 is Monday, 7 is Sunday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00Z`).getUTCDay() || 7;

const timePattern = /^([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?$/;

/** Milliseconds from midnight of `09:30` or `09:30:15`; `24:00` is the end of the day. */
export function timeMs(time: string): number {
  const [, hours, minutes, seconds = '0'] = timePattern.exec(time) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  if (Number.isNaN(ms) || ms > dayMs)
    throw new RangeError(`"${time}" is not a time of day. Write it like 09:30.`);
  return ms;
}

/**
 * The instant at which clocks in `zone` show `time` on `date`. A time that does not exist moves forward by the gap; one
 * that exists twice is the first (lifecycle.md §6.2): what Luxon's `getPossibleOffsets()[0]` gives, and Temporal calls
 * "compatible". Written out because Luxon's first guess reads the machine's clock, and core has none.
 */
export function wallTime(date: string, time: string, zone: string): Date {
  const key = `${date} ${time} ${zone}`;
  const known = instants.get(key);
  if (known !== undefined) return new Date(known);
  const at = instantOf(date, time, zone);
  if (instants.size >= mostInstants) instants.clear();
  instants.set(key, at);
  return new Date(at);
}

/** The same few hours of the same few days are asked of every contact. */
const instants = new Map<string, number>();
const mostInstants = 20_000;

function instantOf(date: string, time: string, zone: string): number {
  const wall = Date.parse(`${date}T00:00Z`) + timeMs(time);
  const before = offsetAt(wall - dayMs, zone);
  const after = offsetAt(wall + dayMs, zone);
  const isFirst = offsetAt(wall - before, zone) === before;
  const isLater = offsetAt(wall - after, zone) === after;
  return wall - (isFirst || !isLater ? before : after);
}
