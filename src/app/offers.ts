import type { TrackedEvent } from '../core/flow/event.ts';
import { stateOffer } from '../pipeline/state-offer.ts';
import type { House } from './house.ts';

/** What the booking system, the shop and the villa desk say of seats, slots and prices: it is about nobody (lifecycle.md §9). */
export const offerUpdated = 'Offer Updated';

/** Facts among the events of a request: what is no fact, or older than we know, is only counted in the log. */
export async function stateOffers(house: House, events: readonly TrackedEvent[]): Promise<void> {
  for (const { id, name, properties, occurredAt, historical } of events) {
    if (name !== offerUpdated || historical) continue;
    const fields = { ...properties, asOf: properties['asOf'] ?? occurredAt };
    const stated = await stateOffer(house, fields, `event:${id}`);
    if (stated.state === 'refused')
      house.log.warn({ event: id, reason: stated.reason }, 'a fact that an event stated was not taken');
  }
}
