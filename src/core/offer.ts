import type { Offer } from './decide.ts';
import { parseDuration } from './flow/time.ts';
import { isClaimPath } from './values.ts';

/** A fact as it is brought: by a row of a file, an event, a manager's page. */
export interface OfferFields {
  readonly key?: unknown;
  readonly kind?: unknown;
  readonly value?: unknown;
  /** When it was true; now, unless it says. */
  readonly asOf?: unknown;
  /** `5m 1h 24h`: how long it is trusted; by its kind, unless it says. */
  readonly maxAge?: unknown;
  readonly endsAt?: unknown;
}

/** Why a fact is not taken; printed beside the line it stands on. */
export type OfferRefusal =
  | 'no_key'
  | 'unknown_key'
  | 'unknown_kind'
  | 'no_value'
  | 'value_not_a_number'
  | 'value_not_a_record'
  | 'slots_without_count'
  | 'sample_too_small'
  | 'stat_without_query'
  | 'testimonial_without_name'
  | 'testimonial_without_consent'
  | 'bad_instant'
  | 'as_of_in_future'
  | 'already_ended'
  | 'bad_max_age'
  | 'max_age_too_long'
  | 'deadline_quoted'
  | 'older_than_known';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What people and other systems may state; a reservation and a promise are the engine's own. */
export const statedKinds = [
  'slots',
  'seats',
  'count',
  'price',
  'terms',
  'stat',
  'testimonial',
  'asset',
  'date',
] as const;
type StatedKind = (typeof statedKinds)[number];

/** How long a fact of each kind is trusted (lifecycle.md §9); a testimonial ends by its own date. */
const freshMs: Readonly<Record<StatedKind, number>> = {
  slots: 5 * minuteMs,
  seats: 5 * minuteMs,
  count: hourMs,
  price: dayMs,
  terms: dayMs,
  stat: dayMs,
  asset: dayMs,
  date: dayMs,
  testimonial: 366 * dayMs,
};
/** Who states a fact by hand may vouch for it so long, whatever its kind. */
const longestVouchedMs = dayMs;
const aheadMs = 5 * minuteMs;
const leastSample = 50;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** A fact in the engine's shape, or why it is none. */
export function offerOf(fields: OfferFields, now: Date): Offer | OfferRefusal {
  const { key, value } = fields;
  if (typeof key !== 'string' || key === '') return 'no_key';
  if (!/^[a-z][\w.-]*$/iu.test(key) || !isClaimPath(key)) return 'unknown_key';
  const kind = statedKinds.find((one) => one === fields.kind);
  if (!kind) return 'unknown_kind';
  const wrong = refusalOf(kind, value);
  if (wrong) return wrong;
  const asOf = instantOf(fields.asOf, now);
  const endsAt = instantOf(fields.endsAt, null);
  if (asOf === undefined || asOf === null || endsAt === undefined) return 'bad_instant';
  if (asOf.getTime() > now.getTime() + aheadMs) return 'as_of_in_future';
  if (endsAt && endsAt <= now) return 'already_ended';
  const maxAgeMs = maxAgeOf(fields.maxAge, kind);
  if (typeof maxAgeMs === 'string') return maxAgeMs;
  return { key, kind, value, asOf, maxAgeMs, endsAt };
}

function refusalOf(kind: StatedKind, value: unknown): OfferRefusal | null {
  if (value === undefined || value === null || value === '') return 'no_value';
  switch (kind) {
    case 'count':
      return typeof value === 'number' ? null : 'value_not_a_number';
    case 'price':
    case 'asset':
      return typeof value === 'number' || isRecord(value) ? null : 'value_not_a_number';
    case 'slots':
      return isRecord(value) && typeof value['remaining'] === 'number' ? null : 'slots_without_count';
    case 'stat':
      return statRefusal(value);
    case 'testimonial':
      return testimonialRefusal(value);
    default:
      return null;
  }
}

function statRefusal(value: unknown): OfferRefusal | null {
  if (!isRecord(value)) return 'value_not_a_record';
  const { sampleSize, query } = value;
  if (typeof sampleSize !== 'number' || sampleSize < leastSample) return 'sample_too_small';
  return typeof query === 'string' && query !== '' ? null : 'stat_without_query';
}

function testimonialRefusal(value: unknown): OfferRefusal | null {
  if (!isRecord(value)) return 'value_not_a_record';
  if (typeof value['name'] !== 'string' || value['name'] === '') return 'testimonial_without_name';
  return value['consent'] === true ? null : 'testimonial_without_consent';
}

/** Undefined for what is there and is no instant. */
function instantOf(value: unknown, otherwise: Date | null): Date | null | undefined {
  if (value === undefined || value === null || value === '') return otherwise;
  const at = value instanceof Date ? value : new Date(String(value));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function maxAgeOf(value: unknown, kind: StatedKind): number | OfferRefusal {
  if (value === undefined || value === null || value === '') return freshMs[kind];
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms === null || ms === 0) return 'bad_max_age';
  return ms > Math.max(longestVouchedMs, freshMs[kind]) ? 'max_age_too_long' : ms;
}

/** When a fact stops being trusted; null for one that only its own end ends. */
export const staleAt = ({ kind, asOf, maxAgeMs }: Offer): Date | null =>
  kind === 'testimonial' || kind === 'reservation' || kind === 'promise'
    ? null
    : new Date(asOf.getTime() + maxAgeMs);
