import { serverNow } from './api/server-clock.ts';
import type { Language } from './words.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const unitWidth = { fr: 'short', en: 'narrow' } as const;

function unit(value: number, name: 'second' | 'minute' | 'hour' | 'day', language: Language): string {
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: name,
    unitDisplay: unitWidth[language],
  }).format(value);
}

/** A length of time in its largest unit: "12 min", "3 h", "2 j". Under a minute counts as one. */
export function span(ms: number, language: Language): string {
  const length = Math.abs(ms);
  if (length < hourMs) return unit(Math.max(1, Math.floor(length / minuteMs)), 'minute', language);
  if (length < dayMs) return unit(Math.floor(length / hourMs), 'hour', language);
  return unit(Math.floor(length / dayMs), 'day', language);
}

/** What is left of a clock: "0:52" under ten minutes, "34 min", "3 h 10" beyond. */
export function countdown(ms: number, language: Language): string {
  const left = Math.max(0, ms);
  if (left < 10 * minuteMs) {
    const seconds = Math.floor(left / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
  if (left < hourMs) return unit(Math.floor(left / minuteMs), 'minute', language);
  if (left >= dayMs) return unit(Math.floor(left / dayMs), 'day', language);
  const minutes = Math.floor((left % hourMs) / minuteMs);
  const hours = unit(Math.floor(left / hourMs), 'hour', language);
  return minutes === 0 ? hours : `${hours} ${String(minutes).padStart(2, '0')}`;
}

/** The zone of the coach's own machine. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function format(
  at: string | number,
  language: Language,
  zone: string,
  options: Intl.DateTimeFormatOptions,
): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    timeZone: zone,
    ...options,
  }).format(date);
}

export const clockTime = (at: string | number, language: Language, zone = ownZone()): string =>
  format(at, language, zone, { hour: '2-digit', minute: '2-digit' });

export const weekdayTime = (at: string | number, language: Language, zone = ownZone()): string =>
  `${format(at, language, zone, { weekday: 'short', day: 'numeric', month: 'short' })} ${clockTime(at, language, zone)}`;

export const dayName = (at: string | number, language: Language, zone = ownZone()): string =>
  format(at, language, zone, { weekday: 'long', day: 'numeric', month: 'long' });

export const shortDate = (at: string | number, language: Language, zone = ownZone()): string =>
  format(at, language, zone, { day: 'numeric', month: 'short', year: 'numeric' });

const isSameYear = (at: string | number): boolean =>
  new Date(at).getFullYear() === new Date(serverNow()).getFullYear();

/** Day and month, and the year only where it is not this one. */
export const dayMonth = (at: string | number, language: Language, zone = ownZone()): string =>
  isSameYear(at)
    ? format(at, language, zone, { day: 'numeric', month: 'short' })
    : shortDate(at, language, zone);

export const isSameDay = (a: string | number, b: string | number, zone = ownZone()): boolean =>
  shortDate(a, 'en', zone) === shortDate(b, 'en', zone);

/** The zone's offset name as people say it, where it is not the coach's: "UTC+4". */
export function zoneName(at: string | number, language: Language, zone: string): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: 'short' }).formatToParts(
    new Date(at),
  );
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

/** Do two zones show the same time at that instant? */
export const isSameTime = (at: string | number, zone: string, other = ownZone()): boolean =>
  `${shortDate(at, 'en', zone)} ${clockTime(at, 'en', zone)}` ===
  `${shortDate(at, 'en', other)} ${clockTime(at, 'en', other)}`;
