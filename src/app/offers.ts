import type { TrackedEvent } from '../core/flow/event.ts';
import type { OfferFileTaken, OfferUpload } from '../http/offers.ts';
import { importOffers } from '../pipeline/import-offers.ts';
import { note } from '../pipeline/note.ts';
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

async function* whole(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text);
}

/** A file that a manager gives on the Offers page: what each row does, or would do. */
export async function takeOfferFile(
  house: House,
  { name, csv, isDry }: OfferUpload,
  who: string,
): Promise<OfferFileTaken> {
  const lines: { line: number; key: string; state: string }[] = [];
  const told = (line: number, state: string, key: string): void => {
    lines.push({ line, key, state });
  };
  const text = whole(csv.replace(/^\uFEFF/u, ''));
  const counts = await importOffers(house, { text, who, isDry, onRefused: told, onTaken: told });
  if (!isDry) {
    const { rows, added, changed, confirmed, refused } = counts;
    await note(house, {
      who,
      did: 'offers_imported',
      contactId: null,
      detail: { file: name, rows, added, changed, confirmed, refused },
    });
  }
  return { ...counts, lines };
}
