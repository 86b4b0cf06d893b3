import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { isZone } from './calendar.ts';
import type { ConsentAction } from './contact.ts';
import { readCell } from './csv.ts';
import { locales, type Channel } from './vocabulary.ts';

/** Why a row of a file is no contact; each stands in the file of refused rows beside its line. */
export type RowRefusal =
  | 'quote_not_closed'
  | 'text_after_quote'
  | 'wrong_number_of_cells'
  | 'no_identity'
  | 'bad_email'
  | 'bad_phone'
  | 'bad_locale'
  | 'bad_zone'
  | 'bad_plan'
  | 'bad_date'
  | 'bad_score'
  | 'bad_consent'
  | 'bad_json'
  | 'duplicate_in_file'
  | 'address_of_another'
  | 'user_of_another';

export interface RowConsent {
  readonly channel: Channel;
  readonly action: ConsentAction;
  /** When it was said, where the row tells. */
  readonly at: Date | null;
  readonly evidence: Readonly<Record<string, unknown>> | null;
}

/** A row, understood: only what its cells say; an empty cell says nothing. */
export interface ContactRow {
  readonly id: string | null;
  readonly userId: string | null;
  readonly ways: readonly { readonly channel: Channel; readonly value: string }[];
  /** Fields of the contact, and `traits.<name>`, by dotted path. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly consents: readonly RowConsent[];
}

/** The columns we know, as an export names them, and as files of others do. */
const aliases: Readonly<Record<string, string>> = {
  prenom: 'firstName', firstname: 'firstName', 'first name': 'firstName',
  nom: 'lastName', lastname: 'lastName', 'last name': 'lastName',
  mail: 'email', 'e-mail': 'email', courriel: 'email', 'adresse e-mail': 'email',
  telephone: 'phone', tel: 'phone', mobile: 'phone', portable: 'phone',
  langue: 'locale', fuseau: 'zone', timezone: 'zone', pays: 'country', departement: 'department',
  offre: 'plan', formule: 'plan', etiquettes: 'tags', userid: 'userId', 'user id': 'userId',
  ville: 'traits.city', city: 'traits.city', genre: 'traits.genre', objectif: 'traits.objective', budget: 'traits.budget',
}; // prettier-ignore

const folded = (name: string): string =>
  name.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase().replaceAll('_', ' ');

const plainFields = ['id', 'userId', 'email', 'phone', 'whatsapp', 'firstName', 'lastName', 'locale', 'register', 'zone',
  'country', 'department', 'plan', 'planSince', 'tags', 'mona.score', 'mona.at', 'lastHumanAt'] as const; // prettier-ignore

const isKnown = (name: string): boolean =>
  plainFields.some((field) => field === name) ||
  /^consent\.(sms|whatsapp|email|push)(\.at|\.evidence)?$/.test(name) ||
  /^traits\.[A-Za-z0-9][\w-]*$/.test(name);

/** Which field each column fills; a column nobody knows is a trait of its own name, one without a usable name is left out. */
export function columnsOf(
  header: readonly string[],
  mapping: Readonly<Record<string, string>> = {},
): readonly (string | null)[] {
  return header.map((given) => {
    const name = given.trim();
    const mapped = mapping[name] ?? (isKnown(name) ? name : aliases[folded(name)]);
    if (mapped !== undefined) return mapped;
    const trait = folded(name)
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '');
    return trait === '' ? null : `traits.${trait}`;
  });
}

type Read = ContactRow | { readonly refused: RowRefusal };

const mailForm = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const frenchMobile = /^(?:\+33|0)([67]\d{8})$/;

/** A number in E.164, or null. Most of our files hold French mobiles: those need no book of numbers. */
export function normalPhone(text: string, country: string): string | null {
  const bare = text.replace(/[\s.()-]/g, '');
  const [, mobile] = frenchMobile.exec(bare) ?? [];
  if (mobile && (country === 'FR' || bare.startsWith('+'))) return `+33${mobile}`;
  const parsed = parsePhoneNumberFromString(bare, country as CountryCode);
  return parsed?.isValid() ? parsed.number : null;
}

class Refused extends Error {
  readonly reason: RowRefusal;
  constructor(reason: RowRefusal) {
    super(reason);
    this.reason = reason;
  }
}

const must = <T>(value: T | null | undefined, reason: RowRefusal): T => {
  if (value === null || value === undefined) throw new Refused(reason);
  return value;
};

/** Reads one row by its columns. What is wrong refuses the whole row: half a person is nobody. */
export function readContactRow(
  cells: readonly string[],
  columns: readonly (string | null)[],
  country: string,
): Read {
  if (cells.length !== columns.length) return { refused: 'wrong_number_of_cells' };
  const told = new Map<string, string>();
  columns.forEach((column, index) => {
    const cell = readCell(cells[index] ?? '')
      .trim()
      .normalize('NFC');
    if (column !== null && cell !== '') told.set(column, cell);
  });
  try {
    return rowOf(told, country);
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}

function rowOf(told: ReadonlyMap<string, string>, country: string): ContactRow {
  const ways = waysOf(told, told.get('country')?.toUpperCase() ?? country);
  const userId = told.get('userId') ?? null;
  const id = told.get('id') ?? null;
  if (!userId && !id && ways.length === 0) throw new Refused('no_identity');
  return { id, userId, ways, set: fieldsOf(told), consents: consentsOf(told) };
}

function waysOf(told: ReadonlyMap<string, string>, country: string): ContactRow['ways'] {
  const ways: { channel: Channel; value: string }[] = [];
  const mail = told.get('email')?.toLowerCase();
  if (mail !== undefined)
    ways.push({ channel: 'email', value: must(mailForm.test(mail) ? mail : null, 'bad_email') });
  for (const [field, channel] of [
    ['phone', 'sms'],
    ['whatsapp', 'whatsapp'],
  ] as const) {
    const number = told.get(field);
    if (number !== undefined) ways.push({ channel, value: must(normalPhone(number, country), 'bad_phone') });
  }
  return ways;
}

function fieldsOf(told: ReadonlyMap<string, string>): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  for (const [column, cell] of told) {
    const made = fields[column];
    if (made) Object.assign(set, made(cell));
    else if (column.startsWith('traits.')) set[column] = traitOf(cell);
  }
  const score = told.get('mona.score');
  if (score !== undefined) {
    const value = must(numberIn(score, 0, 120), 'bad_score');
    set['mona'] = { score: value, at: told.has('mona.at') ? dateOf(told.get('mona.at') ?? '') : null };
  }
  return set;
}

type Fill = (cell: string) => Readonly<Record<string, unknown>>;

const fields: Readonly<Record<string, Fill>> = {
  firstName: (cell) => ({ firstName: cell }),
  lastName: (cell) => ({ lastName: cell }),
  locale: (cell) => ({
    locale: must(
      locales.find((one) => one === cell.slice(0, 2).toLowerCase()),
      'bad_locale',
    ),
  }),
  register: (cell) => ({
    register: must(
      (['tu', 'vous'] as const).find((one) => one === cell),
      'bad_locale',
    ),
  }),
  zone: (cell) => ({ zone: must(isZone(cell) ? cell : null, 'bad_zone'), zoneSource: 'profile' }),
  country: (cell) => ({ country: cell.toUpperCase() }),
  department: (cell) => ({ department: cell }),
  plan: (cell) => ({ plan: must(numberIn(cell, 1, 100_000), 'bad_plan') }),
  planSince: (cell) => ({ planSince: dateOf(cell) }),
  lastHumanAt: (cell) => ({ lastHumanAt: dateOf(cell) }),
  tags: (cell) => ({
    tags: cell
      .split('|')
      .map((tag) => tag.trim())
      .filter(Boolean),
  }),
};

function numberIn(cell: string, least: number, most: number): number | null {
  const value = Number(cell.replace(',', '.'));
  return Number.isFinite(value) && value >= least && value <= most ? value : null;
}

/** ISO, or the day as France writes it. */
function dateOf(cell: string): Date {
  const [, day, month, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(cell) ?? [];
  const iso = day ? `${year ?? ''}-${month ?? ''}-${day}` : cell;
  const at = /^\d{4}-\d{2}-\d{2}/.test(iso) ? new Date(iso) : new Date(Number.NaN);
  return must(Number.isNaN(at.getTime()) ? null : at, 'bad_date');
}

/** Numbers and truths as themselves, lists and records as JSON, the rest as text. A number must read back as it was written. */
function traitOf(cell: string): unknown {
  if (cell === 'true' || cell === 'false') return cell === 'true';
  if (/^-?\d/.test(cell) && String(Number(cell)) === cell) return Number(cell);
  if (!/^[[{"]/.test(cell)) return cell;
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    throw new Refused('bad_json');
  }
}

const said: Readonly<Record<string, ConsentAction>> = {
  granted: 'granted', oui: 'granted', yes: 'granted', '1': 'granted', true: 'granted',
  withdrawn: 'withdrawn', non: 'withdrawn', no: 'withdrawn', '0': 'withdrawn', false: 'withdrawn', objected: 'objected',
}; // prettier-ignore

const consentColumns = (['sms', 'whatsapp', 'email', 'push'] as const).map((channel) => ({
  channel,
  said: `consent.${channel}`,
  when: `consent.${channel}.at`,
  proof: `consent.${channel}.evidence`,
}));

function consentsOf(told: ReadonlyMap<string, string>): RowConsent[] {
  return consentColumns.flatMap(({ channel, said: column, when, proof }) => {
    const cell = told.get(column);
    if (cell === undefined) return [];
    const action = must(said[cell.toLowerCase()], 'bad_consent');
    const at = told.get(when);
    const evidence = told.get(proof);
    return [
      {
        channel,
        action,
        at: at === undefined ? null : dateOf(at),
        evidence: evidence === undefined ? null : proofOf(evidence),
      },
    ];
  });
}

function proofOf(cell: string): Readonly<Record<string, unknown>> {
  if (!cell.startsWith('{')) return { text: cell };
  try {
    return JSON.parse(cell) as Record<string, unknown>;
  } catch {
    throw new Refused('bad_json');
  }
}

/**
 * Whether a row's consent may be written over what was said before: stricter always, better only with its evidence and
 * only where it was said after the refusal (lifecycle.md §18).
 */
export function mayWrite(
  { action, at, evidence }: RowConsent,
  before: { readonly action: ConsentAction; readonly at: Date } | null,
): boolean {
  if (action === before?.action) return false;
  if (action !== 'granted') return true;
  if (!evidence || Object.keys(evidence).length === 0) return false;
  return !before || (at !== null && at > before.at);
}

/** The row that an export writes for a contact, in the order of its columns. */
export const exportColumns: readonly string[] = [
  ...plainFields,
  ...consentColumns.flatMap(({ said: column, when, proof }) => [column, when, proof]),
];

/** A trait as a cell that reads back as the same value. */
export function traitCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  const readsBack = traitReads(value);
  return readsBack ? value : JSON.stringify(value);
}

function traitReads(value: string): boolean {
  try {
    return value.trim() === value && traitOf(value) === value;
  } catch {
    return false;
  }
}
