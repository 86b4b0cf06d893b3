import type { Channel } from '../vocabulary.ts';
import type { Offset } from './definition.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s 10m 2h 3d` in milliseconds, or null. */
export function parseDuration(text: string): number | null {
  const parts = /^(\d+)([smhd])$/.exec(text.trim());
  const unit = unitMs[parts?.[2] ?? ''];
  return parts && unit ? Number(parts[1]) * unit : null;
}

export const isWallTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

/** Wall time of a bare `J7`: mail is read over the first coffee, the rest at noon (conversation.md §3). */
export const defaultStepTimes: Readonly<Record<string, string>> = {
  email: '09:30', sms: '12:30', whatsapp: '12:30', push: '12:30',
}; // prettier-ignore

/**
 * `J0`, `J0+2h` and `J0-24h` are elapsed from J0, the last one only where J0 is still to come (an entry with `anchor`); `J7`
 * and `J7 12:30` are a calendar day where the contact lives. Null when it is none of these.
 */
export function parseOffset(
  text: string,
  channel: Channel,
  stepTimes: Readonly<Record<string, string>> = defaultStepTimes,
): Offset | null {
  const parts = /^J(\d+)(?:([+-])(\w+)| (\S+))?$/.exec(text.trim());
  if (!parts) return null;
  const [, digits, sign, elapsed, time] = parts;
  const day = Number(digits);
  if (elapsed !== undefined) {
    const afterMs = parseDuration(elapsed);
    if (day !== 0 || afterMs === null) return null;
    return { afterMs: sign === '-' ? -afterMs : afterMs };
  }
  if (time !== undefined) return isWallTime(time) ? { day, time } : null;
  if (day === 0) return { afterMs: 0 };
  return { day, time: stepTimes[channel] ?? defaultStepTimes[channel] ?? '12:30' };
}

const dayMs = 86_400_000;

/** Where an offset stands in a flow read from top to bottom; an elapsed `J0` comes before any time of day. */
export function orderOf(offset: Offset): number {
  if ('afterMs' in offset) return offset.afterMs;
  const [hours, minutes] = offset.time.split(':').map(Number);
  return offset.day * dayMs + ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
}

/** `reservation.endsAt - 2h`, `J0 - 10m`: a dated fact or J0, and how long before it the text stops being true. */
export function parsePerishable(text: string): { path: string; beforeMs: number } | null {
  const parts = /^([\w.-]+?)(?:\s+-\s+(\w+))?$/.exec(text.trim());
  if (!parts?.[1]) return null;
  const beforeMs = parts[2] === undefined ? 0 : parseDuration(parts[2]);
  return beforeMs === null ? null : { path: parts[1], beforeMs };
}
