import type { Contact } from './contact.ts';
import type { Duty, Offer } from './decide.ts';
import type { Moment } from './vocabulary.ts';

/** Kinds that end by their own date only; the others are also untrue once they are too old to trust. */
const ageless: ReadonlySet<Offer['kind']> = new Set(['reservation', 'promise', 'testimonial']);

/** A share of fewer people than this says nothing (lifecycle.md §9). */
const leastSample = 50;

/** An offer past its age or its end says nothing: stale is untrue (lifecycle.md §9). */
export function isLive(offer: Offer, now: Date): boolean {
  if (!ageless.has(offer.kind) && now.getTime() - offer.asOf.getTime() > offer.maxAgeMs) return false;
  if ([offer.endsAt, offer.expiresAt].some((end) => end && now >= end)) return false;
  const { sampleSize, consent } = parts(offer.value);
  return !(typeof sampleSize === 'number' && sampleSize < leastSample) && consent !== false;
}

function parts(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isRecord ? (value as Record<string, unknown>) : {};
}

/** The offers that are true now and concern this contact: everybody's, and their own, which outranks the other. */
export function liveOffers(offers: readonly Offer[], contactId: string, moment: Moment): readonly Offer[] {
  const live = new Map<string, Offer>();
  for (const offer of offers) {
    const isOwn = offer.contactId === contactId;
    if ((offer.contactId && !isOwn) || !isLive(offer, moment.now)) continue;
    if (isOwn || !live.has(offer.key)) live.set(offer.key, offer);
  }
  return [...live.values()];
}

const hourMs = 3_600_000;

/**
 * Everything a sentence may lean on now, by dotted path: `price.390`, `slots.next`, `testimonial.peer-390`,
 * `reservation.hoursLeft`, `coach.onDutyUntil` … A path that is absent does not hold.
 */
export function claimScope(
  offers: readonly Offer[],
  contact: Contact,
  duty: Duty,
  moment: Moment,
): Record<string, unknown> {
  const scope = { ...stated(offers, contact.id, moment) };
  const rank = rankOf(contact);
  if (rank) scope['stat.percentile'] = rank;
  if (duty.isOnDuty && duty.until && duty.until > moment.now) scope['coach.onDutyUntil'] = duty.until;
  return scope;
}

interface Stated {
  readonly contactId: string;
  readonly at: number;
  readonly scope: Readonly<Record<string, unknown>>;
}

const lastStated = new WeakMap<readonly Offer[], Stated>();

/** What the offers say. One decision asks it for every condition and every text: at one instant it is worked out once. */
function stated(offers: readonly Offer[], contactId: string, moment: Moment): Stated['scope'] {
  const known = lastStated.get(offers);
  const at = moment.now.getTime();
  if (known?.at === at && known.contactId === contactId) return known.scope;
  const scope: Record<string, unknown> = {};
  for (const offer of liveOffers(offers, contactId, moment))
    Object.assign(scope, statedBy(offer, moment.now));
  lastStated.set(offers, { contactId, at, scope });
  return scope;
}

/** Shares of the best that may be told to someone among them, smallest first. */
const tops = [5, 10, 20, 30] as const;

/** "Among the best 30 %", of someone who is. The rank is null among fewer than 50 artists (lifecycle.md §12). */
function rankOf({ mona }: Contact): { readonly rank: number; readonly top: number } | null {
  const rank = mona?.percentile ?? null;
  const top = rank === null ? undefined : tops.find((share) => rank >= 100 - share);
  return rank === null || top === undefined ? null : { rank, top };
}

function statedBy(offer: Offer, now: Date): Record<string, unknown> {
  if (offer.kind === 'reservation')
    return { [offer.key]: placeKept(offer, now), reservation: placeKept(offer, now) };
  if (offer.kind === 'slots') return { [offer.key]: slotsLeft(parts(offer.value), now) };
  if (offer.kind === 'seats' && !Array.isArray(offer.value)) return { [offer.key]: seatsLeft(offer) };
  const ends = offer.endsAt ? { endsAt: offer.endsAt } : {};
  const fields = parts(offer.value);
  if (Object.keys(fields).length > 0) return { [offer.key]: { ...ends, ...fields } };
  if (offer.value === null || offer.value === undefined) return {};
  return { [offer.key]: offer.value, ...(offer.endsAt ? { [`${offer.key}.endsAt`]: offer.endsAt } : {}) };
}

/** More than this is no scarcity (lifecycle.md §3, `welcome.j5-email`). */
const fewSlots = 5;

/** Hours of calls that can still be had, the next one first; `last`, `few` and `many` say how they may be spoken of. */
function slotsLeft(value: Readonly<Record<string, unknown>>, now: Date): Record<string, unknown> {
  const given = Array.isArray(value['times']) ? (value['times'] as unknown[]) : [];
  const times = given.map(instant).filter((at) => at !== null && at > now);
  const counted = typeof value['remaining'] === 'number' ? value['remaining'] : null;
  const remaining = times.length === 0 ? 0 : (counted ?? times.length);
  const shown = counted === null ? times : times.slice(0, counted);
  return {
    ...value,
    remaining,
    times: shown,
    ...(remaining > 0 ? { next: shown[0] } : {}),
    last: counted === 1 && remaining === 1,
    few: counted !== null && remaining > 1 && remaining <= fewSlots,
    many: remaining > 0 && (counted === null || remaining > fewSlots),
  };
}

/** Fewer applications than this say nothing (lifecycle.md §3, `spark.j1-sms`). */
const leastApplications = 10;

/** Places of a programme or a villa: how many are left, whether it is the last one, whom they are shared with. */
function seatsLeft({ value, endsAt }: Pick<Offer, 'value' | 'endsAt'>): Record<string, unknown> {
  const fields = parts(value);
  const { seatsLeft: left, capacity, applications, ...others } = fields;
  return {
    ...(endsAt ? { endsAt } : {}),
    ...others,
    ...(typeof left === 'number' && left > 0 ? { seatsLeft: left, last: left === 1 } : {}),
    ...(typeof capacity === 'number' ? { capacity, others: capacity - 1 } : {}),
    ...(typeof applications === 'number' && applications >= leastApplications ? { applications } : {}),
  };
}

/** An instant, also as the text that an event brings. */
function instant(value: unknown): Date | null {
  const at = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}

/** A place kept for this contact. Hours left are floored and counted from the instant of sending. */
function placeKept({ value, endsAt }: Offer, now: Date): Record<string, unknown> {
  const ends = endsAt ? { endsAt, hoursLeft: Math.floor((endsAt.getTime() - now.getTime()) / hourMs) } : {};
  const fields = parts(value);
  return { ...fields, ...('times' in fields ? slotsLeft(fields, now) : {}), active: true, ...ends };
}
