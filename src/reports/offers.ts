import { isLive } from '../core/claim.ts';
import type { Offer } from '../core/decide.ts';
import { staleAt } from '../core/offer.ts';
import type { Library } from '../core/library.ts';
import { offerOf } from '../store/surroundings.ts';
import type { Desk } from './rows.ts';

/** A fact that everyone's messages may lean on, as a manager reads it. */
export interface OfferView extends Pick<Offer, 'key' | 'kind' | 'value' | 'asOf' | 'maxAgeMs'> {
  readonly endsAt: Date | null;
  /** A message has said its end: it stays until it is over. */
  readonly quotedAt: Date | null;
  /** When it stops being trusted; null for what only its own end ends. */
  readonly staleAt: Date | null;
  /** Sentences may lean on it now. */
  readonly isLive: boolean;
  /** Who stated it last: a coach's name, else the event or the file. */
  readonly who: string | null;
  /** Steps whose words lean on it, as `upsell.j0-email`. */
  readonly leaning: readonly string[];
}

export interface OffersView {
  readonly offers: readonly OfferView[];
  /** Claims of published steps for which nobody has stated a fact: their sentences are left out, or their steps skipped. */
  readonly missing: readonly { readonly claim: string; readonly leaning: readonly string[] }[];
}

/** Facts that are everyone's, those that are not live first, and claims that nobody has stated anything for. */
export async function readOffers({ store, library, now }: Desk): Promise<OffersView> {
  const [docs, coaches] = await Promise.all([
    store.offers.find({ contactId: null }).sort({ key: 1 }).toArray(),
    store.coaches.find({}, { projection: { name: 1 } }).toArray(),
  ]);
  const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
  const claims = claimsOf(library);
  const at = now();
  const offers = docs.map((doc) => ({
    ...viewOf(offerOf(doc), at),
    who: whoOf(doc.evidence, names),
    leaning: [...claims].flatMap(([claim, steps]) => (leansOn(claim, doc.key) ? steps : [])).filter(once),
  }));
  const keys = docs.map(({ key }) => key);
  const missing = [...claims]
    .filter(([claim]) => !isEngines(claim) && !keys.some((key) => leansOn(claim, key)))
    .map(([claim, leaning]) => ({ claim, leaning }));
  return {
    offers: offers.sort((one, other) => Number(one.isLive) - Number(other.isLive)),
    missing,
  };
}

const once = (value: string, n: number, all: readonly string[]): boolean => all.indexOf(value) === n;

function viewOf(offer: Offer, now: Date): Omit<OfferView, 'who' | 'leaning'> {
  const { key, kind, value, asOf, maxAgeMs } = offer;
  return {
    key,
    kind,
    value,
    asOf,
    maxAgeMs,
    endsAt: offer.endsAt ?? null,
    quotedAt: offer.quotedAt ?? null,
    staleAt: staleAt(offer),
    isLive: isLive(offer, now),
  };
}

function whoOf(evidence: unknown, names: ReadonlyMap<string, string>): string | null {
  const said = (evidence ?? {}) as { who?: unknown; source?: unknown };
  const who = typeof said.who === 'string' ? said.who : said.source;
  return typeof who === 'string' ? (names.get(who) ?? who) : null;
}

/** `offer.390.endsAt` leans on `offer.390`; `villas` is stated by a key of its own. */
export const leansOn = (claim: string, key: string): boolean => claim === key || claim.startsWith(`${key}.`);

/** What the engine itself states: a contact's own place, rank and subscription, who is on duty. */
const isEngines = (claim: string): boolean =>
  /^(reservation|stat\.percentile|coach|subscription)(\.|$)/u.test(claim);

export function claimsOf(library: Library): ReadonlyMap<string, string[]> {
  const leaning = new Map<string, string[]>();
  for (const flow of library.published)
    for (const step of flow.steps)
      for (const claim of step.claims)
        leaning.set(claim, [...(leaning.get(claim) ?? []), `${flow.id}.${step.id}`]);
  return leaning;
}
