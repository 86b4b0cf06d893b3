import Holidays from 'date-holidays';
import { addDays } from './wall-time.ts';
import type { Place } from './zone.ts';
import { territoryOf } from './zone.ts';

/** Departments with holidays of their own; overseas ones have a calendar under their own country code. */
const localDepartments = new Set(['57', '67', '68']);
const overseas: Readonly<Record<string, string>> = {
  '971': 'GP',
  '972': 'MQ',
  '973': 'GF',
  '974': 'RE',
  '975': 'PM',
  '976': 'YT',
  '977': 'BL',
  '978': 'MF',
  '986': 'WF',
  '987': 'PF',
  '988': 'NC',
};

const calendars = new Map<string, Holidays>();
const years = new Map<string, ReadonlySet<string>>();

/** Which calendar of holidays a place follows: `FR`, `FR-67`, `RE`, `BE` … */
export function calendarOf(place: Place): string {
  const { country, department } = place;
  if (country !== 'FR') return country;
  if (department && localDepartments.has(department)) return `FR-${department}`;
  return overseas[department ?? ''] ?? (department ? null : territoryOf(place.zone)) ?? 'FR';
}

function holidaysOf(calendar: string): Holidays {
  const known = calendars.get(calendar);
  if (known) return known;
  const [country = '', state = ''] = calendar.split('-');
  // The library also lists observances and school days: they stop nothing.
  const made = new Holidays(country, state, { types: ['public'] });
  calendars.set(calendar, made);
  return made;
}

const dayMs = 86_400_000;

/** Local ISO dates of a year's public holidays. */
function datesOf(calendar: string, year: string): ReadonlySet<string> {
  const key = `${calendar} ${year}`;
  const known = years.get(key);
  if (known) return known;
  const listed = holidaysOf(calendar).getHolidays(Number(year));
  const dates = listed.flatMap(({ date, start, end }) => {
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMs));
    return Array.from({ length: days }, (_, day) => addDays(date.slice(0, 10), day));
  });
  const made = new Set(dates);
  years.set(key, made);
  return made;
}

/** Whether a local ISO date is a public holiday there. Compared as dates, never through an instant. */
export const isHoliday = (date: string, place: Place): boolean =>
  datesOf(calendarOf(place), date.slice(0, 4)).has(date);

/** Name of the holiday as a person reads it ("Lundi de Pâques"), null on an ordinary day. */
export function holidayName(date: string, place: Place, language: string): string | null {
  const listed = holidaysOf(calendarOf(place)).getHolidays(Number(date.slice(0, 4)), language);
  return listed.find((holiday) => holiday.date.startsWith(date))?.name ?? null;
}
