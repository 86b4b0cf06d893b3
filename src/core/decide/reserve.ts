import { instantOf } from '../calendar.ts';
import type { Offer } from '../decide.ts';
import type { Effect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import type { Scene } from './scene.ts';

/** A reservation is true for as long as it lasts: it does not grow stale like a count. */
const neverStaleMs = 400 * 86_400_000;

/**
 * Keeps a place for this contact until an hour. One that still runs is not renewed: a person never sees the same
 * deadline restart (lifecycle.md §9).
 */
export function reserve(scene: Scene, run: RunState, wanted: Extract<Effect, { type: 'reserve' }>): void {
  const { now } = scene.moment;
  const contactId = scene.contact.id;
  const key = `reservation.${wanted.offer}`;
  const runs = [...scene.loaded.offers, ...scene.offers].some(
    (offer) => offer.key === key && offer.contactId === contactId && (offer.endsAt ?? now) > now,
  );
  if (runs) return;
  const endsAt = instantOf(wanted.until, run, run.zone);
  const offer: Offer = {
    key,
    kind: 'reservation',
    value: { offer: wanted.offer, active: true },
    asOf: now,
    maxAgeMs: neverStaleMs,
    endsAt,
    expiresAt: endsAt,
    contactId,
  };
  scene.offers.push(offer);
}
