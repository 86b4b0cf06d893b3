import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Contact } from '../contact.ts';
import { isZone } from './wall-time.ts';

/** Countries whose clocks all agree, so that a phone's country tells the time (lifecycle.md §6). */
const zones: Readonly<Record<string, string>> = {
  FR: 'Europe/Paris',
  MC: 'Europe/Monaco',
  BE: 'Europe/Brussels',
  LU: 'Europe/Luxembourg',
  CH: 'Europe/Zurich',
  GB: 'Europe/London',
  IE: 'Europe/Dublin',
  DE: 'Europe/Berlin',
  IT: 'Europe/Rome',
  NL: 'Europe/Amsterdam',
  AT: 'Europe/Vienna',
  GP: 'America/Guadeloupe',
  MQ: 'America/Martinique',
  GF: 'America/Cayenne',
  BL: 'America/St_Barthelemy',
  MF: 'America/Marigot',
  PM: 'America/Miquelon',
  RE: 'Indian/Reunion',
  YT: 'Indian/Mayotte',
  NC: 'Pacific/Noumea',
  WF: 'Pacific/Wallis',
  MA: 'Africa/Casablanca',
  DZ: 'Africa/Algiers',
  TN: 'Africa/Tunis',
  SN: 'Africa/Dakar',
  CI: 'Africa/Abidjan',
  CM: 'Africa/Douala',
  HT: 'America/Port-au-Prince',
  MG: 'Indian/Antananarivo',
  MU: 'Indian/Mauritius',
  JP: 'Asia/Tokyo',
  /* Polynesia has three; nearly all of its people live on Tahiti's. */
  PF: 'Pacific/Tahiti',
};

/** Where a calling code is shared and the number does not say: the place most of its people live in. */
const sharedCodes: Readonly<Record<string, string>> = { '262': 'RE', '590': 'GP' };

/** ISO country of a phone number in E.164, null where it tells none. +262 and +590 are shared: the number decides. */
export function countryOfPhone(phone: string): string | null {
  const parsed = parsePhoneNumberFromString(phone);
  return parsed?.country ?? sharedCodes[parsed?.countryCallingCode ?? ''] ?? null;
}

export interface ZoneClues {
  /** What the artist or the product says. */
  readonly profile?: string | null;
  /** `Intl.DateTimeFormat().resolvedOptions().timeZone` of their browser. */
  readonly browser?: string | null;
  /** E.164. */
  readonly phone?: string | null;
  /** DEFAULT_TIMEZONE. */
  readonly fallback: string;
}

/** The zone of a contact and how we know it: profile, browser, country of the phone, default. A name no clock knows is passed over. */
export function zoneOf(clues: ZoneClues): Pick<Contact, 'zone' | 'zoneSource'> {
  if (clues.profile && isZone(clues.profile)) return { zone: clues.profile, zoneSource: 'profile' };
  if (clues.browser && isZone(clues.browser)) return { zone: clues.browser, zoneSource: 'browser' };
  const zone = zones[(clues.phone && countryOfPhone(clues.phone)) || ''];
  return zone ? { zone, zoneSource: 'phone' } : { zone: clues.fallback, zoneSource: 'default' };
}

/** Where an instant is read: clocks, and the calendar of holidays that goes with them. */
export interface Place {
  readonly zone: string;
  readonly country: string;
  readonly department?: string | null;
  /** How the zone is known; absent = judged by its name. */
  readonly zoneSource?: Contact['zoneSource'];
}

export const placeOf = ({ zone, country, department, zoneSource }: Contact): Place => ({
  zone,
  country,
  department,
  zoneSource,
});

/** The French territory whose clocks a zone names, so that a +33 number on Réunion has Réunion's holidays. */
export function territoryOf(zone: string): string | null {
  const [country] = Object.entries(zones).find(([, name]) => name === zone) ?? [];
  return country && frenchTerritories.has(country) ? country : null;
}

const frenchTerritories = new Set(['GP', 'MQ', 'GF', 'BL', 'MF', 'PM', 'RE', 'YT', 'NC', 'WF', 'PF']);
