import { instantOf } from '../calendar.ts';
import { isLive } from '../claim.ts';
import type { Offer } from '../decide.ts';
import type { Effect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import { worldNow, type Scene } from './scene.ts';

/** A reservation ends by its own date, never by its age. */
const neverStaleMs = 400 * 86_400_000;

/**
 * Keeps a place for this contact until an hour: their own form of the offer, which outranks everybody's. One that still
 * runs is not renewed: a person never sees the same deadline restart (lifecycle.md §9).
 */
export function reserve(scene: Scene, run: RunState, wanted: Extract<Effect, { type: 'reserve' }>): void {
  const { now } = scene.moment;
  const contactId = scene.contact.id;
  const { offers } = worldNow(scene);
  const base = offers.find((offer) => offer.key === wanted.offer && !offer.contactId && isLive(offer, now));
  const fields = isRecord(base?.value) ? base.value : null;
  const key = fields ? wanted.offer : `reservation.${wanted.offer}`;
  if (offers.some((offer) => offer.key === key && offer.contactId === contactId)) return;
  const endsAt = endOf(wanted, run, now);
  const own: Offer = {
    key,
    kind: 'reservation',
    value: { ...fields, offer: wanted.offer },
    asOf: now,
    maxAgeMs: neverStaleMs,
    endsAt,
    expiresAt: endsAt,
    contactId,
  };
  scene.offers.push(own);
}

/** A length counts from now; a day of the sequence from J0. */
const endOf = ({ until }: Extract<Effect, { type: 'reserve' }>, run: RunState, now: Date): Date =>
  'afterMs' in until ? new Date(now.getTime() + until.afterMs) : instantOf(until, run, run.zone);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
