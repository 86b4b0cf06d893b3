import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Contact } from '../core/contact.ts';
import type { Locale } from '../core/vocabulary.ts';

/** What is assumed of someone of whom nothing is known: DEFAULT_COUNTRY, DEFAULT_TIMEZONE, DEFAULT_LOCALE. */
export interface Defaults {
  readonly country: string;
  readonly zone: string;
  readonly locale: Locale;
}

export type Place = Pick<Contact, 'country' | 'zone' | 'zoneSource' | 'locale'>;

/** Where most people of a country live, for countries with our artists; of several zones, the capital's or the largest. */
const zones: Readonly<Record<string, string>> = {
  FR: 'Europe/Paris',
  RE: 'Indian/Reunion',
  YT: 'Indian/Mayotte',
  GP: 'America/Guadeloupe',
  MQ: 'America/Martinique',
  GF: 'America/Cayenne',
  BL: 'America/St_Barthelemy',
  MF: 'America/Marigot',
  PM: 'America/Miquelon',
  NC: 'Pacific/Noumea',
  PF: 'Pacific/Tahiti',
  WF: 'Pacific/Wallis',
  BE: 'Europe/Brussels',
  CH: 'Europe/Zurich',
  LU: 'Europe/Luxembourg',
  MC: 'Europe/Monaco',
  GB: 'Europe/London',
  IE: 'Europe/Dublin',
  DE: 'Europe/Berlin',
  AT: 'Europe/Vienna',
  ES: 'Europe/Madrid',
  PT: 'Europe/Lisbon',
  IT: 'Europe/Rome',
  NL: 'Europe/Amsterdam',
  PL: 'Europe/Warsaw',
  SE: 'Europe/Stockholm',
  NO: 'Europe/Oslo',
  DK: 'Europe/Copenhagen',
  FI: 'Europe/Helsinki',
  GR: 'Europe/Athens',
  RO: 'Europe/Bucharest',
  MA: 'Africa/Casablanca',
  DZ: 'Africa/Algiers',
  TN: 'Africa/Tunis',
  SN: 'Africa/Dakar',
  CI: 'Africa/Abidjan',
  CM: 'Africa/Douala',
  CD: 'Africa/Kinshasa',
  CG: 'Africa/Brazzaville',
  GA: 'Africa/Libreville',
  ML: 'Africa/Bamako',
  BF: 'Africa/Ouagadougou',
  BJ: 'Africa/Porto-Novo',
  TG: 'Africa/Lome',
  GN: 'Africa/Conakry',
  MG: 'Indian/Antananarivo',
  MU: 'Indian/Mauritius',
  US: 'America/New_York',
  CA: 'America/Toronto',
  BR: 'America/Sao_Paulo',
  AU: 'Australia/Sydney',
  NZ: 'Pacific/Auckland',
  JP: 'Asia/Tokyo',
};

const french = new Set([
  'FR',
  'RE',
  'YT',
  'GP',
  'MQ',
  'GF',
  'BL',
  'MF',
  'PM',
  'NC',
  'PF',
  'WF',
  'BE',
  'CH',
  'LU',
  'MC',
  'MA',
  'DZ',
  'TN',
  'SN',
  'CI',
  'CM',
  'CD',
  'CG',
  'GA',
  'ML',
  'BF',
  'BJ',
  'TG',
  'GN',
  'MG',
  'MU',
]);

/** Mayotte shares +262 with La Réunion, and is told apart by what follows. */
function countryOf(address: string): string | null {
  const scoped = /^([A-Z]{2})\.\d+$/.exec(address);
  if (scoped) return scoped[1] ?? null;
  if (!address.startsWith('+')) return null;
  if (/^\+262(?:269|639|709)/.test(address)) return 'YT';
  return parsePhoneNumberFromString(address)?.country ?? prefixOf(address);
}

/** Numbers kept for fiction are in no plan: their prefix still says where. */
const prefixes: readonly (readonly [string, string])[] = [
  ['+33', 'FR'],
  ['+262', 'RE'],
  ['+590', 'GP'],
  ['+596', 'MQ'],
  ['+594', 'GF'],
  ['+44', 'GB'],
  ['+32', 'BE'],
  ['+41', 'CH'],
  ['+1', 'US'],
];
const prefixOf = (address: string): string | null =>
  prefixes.find(([prefix]) => address.startsWith(prefix))?.[1] ?? null;

/** Country, zone and language that a number, or a WhatsApp business-scoped id such as `FR.150…`, speaks for; else the defaults. */
export function placeOf(address: string, defaults: Defaults): Place {
  const country = countryOf(address);
  if (!country || country === defaults.country) {
    return {
      country: defaults.country,
      zone: defaults.zone,
      zoneSource: country ? 'phone' : 'default',
      locale: defaults.locale,
    };
  }
  const zone = zones[country];
  return {
    country,
    zone: zone ?? defaults.zone,
    zoneSource: zone ? 'phone' : 'default',
    locale: french.has(country) ? 'fr' : 'en',
  };
}
