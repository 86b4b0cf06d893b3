import { parse } from 'yaml';
import { z } from 'zod';
import type { Offer } from './decide.ts';
import { parseDuration } from './flow/time.ts';

/** Sample facts of the sandbox, dated from one instant, and the traits of a client in mid-month. */
export interface Samples {
  readonly offers: readonly Offer[];
  readonly traits: Readonly<Record<string, unknown>>;
}

const kinds = [
  'slots',
  'seats',
  'count',
  'price',
  'terms',
  'stat',
  'testimonial',
  'reservation',
  'promise',
  'asset',
  'date',
] as const;

const shape = z.strictObject({
  offers: z.array(
    z.strictObject({
      key: z.string(),
      kind: z.enum(kinds),
      value: z.unknown(),
      endsAt: z.string().optional(),
    }),
  ),
  traits: z.record(z.string(), z.unknown()),
});

/** The sandbox is left open for weeks: its samples do not grow stale in a day, as a real price does. */
const sampleAgeMs = 365 * 86_400_000;

/** Reads flows/samples.yaml; every `now`, `now-20h`, `now+1d` in it is counted from `now`. Throws on a bad file. */
export function readSamples(source: string, now: Date): Samples {
  const { offers, traits } = shape.parse(dated(parse(source), now));
  return {
    traits,
    offers: offers.map(({ key, kind, value, endsAt }) => ({
      key,
      kind,
      value,
      asOf: now,
      maxAgeMs: sampleAgeMs,
      endsAt: endsAt === undefined ? null : new Date(endsAt),
    })),
  };
}

const relative = /^now(?:([+-])(\d+[smhd]))?$/u;

/** Instants as ISO texts, the way JSON brings them. */
function dated(value: unknown, now: Date): unknown {
  if (Array.isArray(value)) return value.map((one) => dated(one, now));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dated(one, now)]));
  }
  const match = typeof value === 'string' ? relative.exec(value) : null;
  if (!match) return value;
  const ms = match[2] === undefined ? 0 : (parseDuration(match[2]) ?? 0);
  return new Date(now.getTime() + (match[1] === '-' ? -ms : ms)).toISOString();
}
