import { serverNow } from '../api/server-clock.ts';
import { span } from '../time.ts';
import type { Words } from '../words.ts';
import { isRecord, readable } from './offer-value.ts';
import type { Offer } from './shapes.ts';

/** A fact by its name, as people call it; its key where it has none. */
export function offerName(key: string, value: unknown, { known, t }: Words): string {
  if (key.startsWith('testimonial.') && isRecord(value) && typeof value.name === 'string')
    return t('offers.testimonialOf', { name: value.name });
  return known(`offers.name.${key}`, key);
}

export const partName = (name: string, { known }: Words): string => known(`offers.part.${name}`, name);

/** What it says now, in a line: the telling parts first. */
export function inBrief(kind: string, value: unknown, words: Words): string {
  if (!isRecord(value)) return readable(value, kind, words);
  const told = kind === 'testimonial' ? ['result', 'quote', 'win'] : ['remaining', 'seatsLeft', 'percent'];
  const first = told.find((name) => value[name] !== undefined);
  const text = first === undefined ? readable(value, kind, words) : readable(value[first], '', words);
  return first === undefined || kind === 'testimonial' ? text : `${partName(first, words)} : ${text}`;
}

/** The fact that a claim leans on: `offer.390.endsAt` is stated as `offer.390`. */
export function keyOfClaim(claim: string): string {
  const [root = '', second] = claim.split('.');
  return ['slots', 'villa', 'villas'].includes(root) || second === undefined ? root : `${root}.${second}`;
}

const kindOfRoot: Readonly<Record<string, string>> = {
  slots: 'slots',
  offer: 'seats',
  villa: 'seats',
  villas: 'seats',
  price: 'price',
  asset: 'asset',
  stat: 'stat',
  testimonial: 'testimonial',
};

/** What kind of fact a key asks for, where nobody has stated it. */
export const kindOfKey = (key: string): string =>
  key === 'price.changesAt' ? 'date' : (kindOfRoot[key.split('.')[0] ?? ''] ?? 'terms');

/** How long it is still believed, or since when it is not. */
export function freshness({ isLive, staleAt, endsAt }: Offer, { t, language }: Words): string {
  const ends = [staleAt, endsAt].filter((at) => at !== null).map((at) => Date.parse(at));
  if (ends.length === 0) return t(isLive ? 'offers.lasting' : 'offers.over');
  const end = Math.min(...ends);
  const ms = end - serverNow();
  if (isLive) return t('offers.trueFor', { span: span(ms, language) });
  return ms > 0 ? t('offers.over') : t('offers.staleSince', { span: span(ms, language) });
}
