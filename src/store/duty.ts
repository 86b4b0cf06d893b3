import { addDays, localDate, wallTime, weekdayOf } from '../core/calendar.ts';
import type { Duty } from '../core/decide.ts';
import type { Locale } from '../core/vocabulary.ts';
import type { CoachDoc } from './coaches.ts';

/** Team hours (`settings.hours`), set by managers. */
export interface TeamHours {
  readonly zone: string;
  /** By ISO weekday, `1` Monday: local opening times, `HH:mm`. A day that is absent is closed. */
  readonly days: Readonly<Record<string, readonly { readonly from: string; readonly to: string }[]>>;
  /** Local ISO dates on which nobody works. */
  readonly closedOn: readonly string[];
  /** As an artist reads them, by locale: data a manager writes beside the hours. */
  readonly reads: Readonly<Record<Locale, string>>;
}

const weekday = [{ from: '09:00', to: '19:00' }];

/** What stands until a manager sets others. */
export const firstHours: TeamHours = {
  zone: 'Europe/Paris',
  days: { 1: weekday, 2: weekday, 3: weekday, 4: weekday, 5: weekday },
  closedOn: [],
  reads: { fr: 'du lundi au vendredi, 9 h–19 h', en: 'Monday to Friday, 9 am–7 pm (Paris)' },
};

/** A window that has not beaten for a minute is closed (conversation.md §8). */
const beatMs = 60_000;
/** A coach with this many open threads takes no more. */
const fullAt = 8;
/** How far ahead an opening is looked for: past the longest closure anyone would enter. */
const lookAheadDays = 60;

interface Opening {
  readonly from: Date;
  readonly to: Date;
}

function openingsOf(hours: TeamHours, on: string): Opening[] {
  if (hours.closedOn.includes(on)) return [];
  return (hours.days[String(weekdayOf(on))] ?? []).map(({ from, to }) => ({
    from: wallTime(on, from, hours.zone),
    to: wallTime(on, to, hours.zone),
  }));
}

/** The opening that lasts now, else the next one; null when none is in sight. */
function openingAt(hours: TeamHours, now: Date): Opening | null {
  const today = localDate(now, hours.zone);
  for (let ahead = 0; ahead <= lookAheadDays; ahead += 1) {
    const opening = openingsOf(hours, addDays(today, ahead)).find(({ to }) => to > now);
    if (opening) return opening;
  }
  return null;
}

interface Openings {
  readonly from: number;
  readonly opening: Opening | null;
  readonly next: Opening | null;
}

const lastRead = new WeakMap<TeamHours, Openings>();

/** The opening that lasts or comes, and the one after it: read again only once the first is over. */
function openingsAt(hours: TeamHours, now: Date): Openings {
  const known = lastRead.get(hours);
  const at = now.getTime();
  if (known?.opening && known.from <= at && at < known.opening.to.getTime()) return known;
  const opening = openingAt(hours, now);
  const read = { from: at, opening, next: opening && openingAt(hours, opening.to) };
  lastRead.set(hours, read);
  return read;
}

/** A coach with what is open in their hands. */
export type BusyCoach = Pick<CoachDoc, '_id' | 'name' | 'status' | 'beatAt'> & {
  readonly openThreads: number;
};

const mayTake = (coach: BusyCoach, now: Date): boolean =>
  coach.status === 'available' &&
  !!coach.beatAt &&
  now.getTime() - coach.beatAt.getTime() < beatMs &&
  coach.openThreads < fullAt;

/** On duty = team hours open and a coach available with room; the least loaded first. */
export function dutyAt(hours: TeamHours, coaches: readonly BusyCoach[], now: Date): Duty {
  const { opening, next } = openingsAt(hours, now);
  const isOpen = opening !== null && opening.from <= now;
  const free = coaches
    .filter((coach) => mayTake(coach, now))
    .sort((one, other) => one.openThreads - other.openThreads || one._id.localeCompare(other._id));
  return {
    isOnDuty: isOpen && free.length > 0,
    coaches: isOpen ? free.map(({ _id, name }) => ({ id: _id, name })) : [],
    until: isOpen ? opening.to : null,
    nextOpening: (isOpen ? next?.from : opening?.from) ?? null,
    hours: hours.reads,
  };
}
