import { z } from 'zod';
import { addDays, localDate, wallTime } from './calendar.ts';
import type { Offer } from './decide.ts';
import { parseDuration } from './flow/time.ts';
import { statedKinds } from './offer.ts';

const kinds = [...statedKinds, 'reservation', 'promise'] as const satisfies readonly Offer['kind'][];

const file = z.looseObject({
  offers: z.array(
    z.looseObject({
      key: z.string(),
      kind: z.enum(kinds),
      value: z.unknown(),
      endsAt: z.string().optional(),
    }),
  ),
  traits: z.record(z.string(), z.unknown()).default({}),
});

const dayMs = 86_400_000;

/** Long enough that no sample grows stale while it is looked at. */
const freshMs = 30 * dayMs;

export interface Samples {
  readonly offers: readonly Offer[];
  readonly traits: Readonly<Record<string, unknown>>;
}

/** Reads flows/samples.yaml, already parsed from YAML, as of an instant: `now+36h` is counted from there. */
export function samplesAt(raw: unknown, now: Date): Samples {
  const { offers, traits } = file.parse(raw);
  return {
    offers: offers.map(({ key, kind, value, endsAt }) => {
      const ends = endsAt ? instantOf(endsAt, now) : null;
      return { key, kind, value: dated(value, now), asOf: now, maxAgeMs: freshMs, endsAt: ends };
    }),
    traits: dated(traits, now) as Record<string, unknown>,
  };
}

function dated(value: unknown, now: Date): unknown {
  if (typeof value === 'string') return instantOf(value, now) ?? value;
  if (Array.isArray(value)) return value.map((one) => dated(one, now));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dated(one, now)]));
}

/** Where the hours of the samples are read: a slot at 14:00 is one on the wall of the house. */
const houseZone = 'Europe/Paris';

/** `now`, `now-20h`, `now+1d`, and `now+1d 14:00` for an hour of that day; null where the text is something else. */
function instantOf(text: string, now: Date): Date | null {
  const [, sign, length, time] = /^now(?:([+-])(\w+)(?: (\d\d:\d\d))?)?$/.exec(text) ?? [];
  if (!text.startsWith('now')) return null;
  if (!sign || !length) return text === 'now' ? now : null;
  const ms = parseDuration(length);
  if (ms === null) return null;
  const days = Math.round(ms / dayMs) * (sign === '-' ? -1 : 1);
  if (time) return wallTime(addDays(localDate(now, houseZone), days), time, houseZone);
  return new Date(now.getTime() + (sign === '-' ? -ms : ms));
}
