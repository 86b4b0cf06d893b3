import { addDays, localDate, wallTime } from './calendar.ts';
import type { Moment } from './vocabulary.ts';

/** What a sentence asks for that is no answer, no refusal and no word of the house. */
export type Wish =
  | {
      /** `not-before`: "pas avant lundi". `call-later`: "rappelle-moi demain": somebody is to come back by then. */
      readonly of: 'not-before' | 'call-later';
      readonly until: Date;
      /** Nothing else is said beside it. */
      readonly isWhole: boolean;
    }
  | { readonly of: 'cancel' | 'move'; readonly isWhole: boolean };

/**
 * Hears another time ("pas avant lundi", "not today", "rappelle-moi la semaine prochaine") and an appointment to cancel or
 * to move ("je dois décaler mon rdv"), in French and English. Null where the text asks for neither. Dates are those of the
 * contact's wall; a day begins at nine, and nothing is put off for more than six months.
 */
export function readWish(text: string, { now, zone }: Moment): Wish | null {
  const clauses = clausesOf(text);
  const today = localDate(now, zone);
  const read = clauses.map((words) => readTime(words, today) ?? readAppointment(words));
  const at = read.findLastIndex((one) => one !== null);
  const found = read[at];
  if (!found) return null;
  const isWhole = clauses.every((words, index) => index === at || words.every((word) => fillers.has(word)));
  if ('on' in found) return { of: found.of, until: wallTime(nearer(found.on, today), opens, zone), isWhole };
  return { of: found.of, isWhole };
}

const opens = '09:00';
const mostDays = 183;

function nearer(on: string, today: string): string {
  const last = addDays(today, mostDays);
  return on < last ? on : last;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** May stand before and after a wish without changing it. */
const fillers = set(
  'non oui ok merci desole desolee svp stp salut bonjour hello coucou s il te vous plait alors mais euh plutot si possible ' +
    'd accord dac bon ben bah du coup no yes sorry please pls thanks thank you thx hi hey well but so en fait',
);

/** Who cannot, and what is not to be done before then. */
const openers = set(
  'je j peux peut suis serai pourrai sais dispo disponible libre ne n m me nous on en pas trop vraiment ecrivez ecris ecrire ' +
    'contactez contacte recontactez recontacte relancez relance rappelez rappelle derangez derange parle reparle message ' +
    'messages de appel envoyez envoie rien i im am can cannot cant t we won will not free available don do text call contact ' +
    'write to bother disturb message messages',
);

const dayParts = set('matin soir midi apres matinee journee morning evening afternoon');

const isPadding = (words: readonly string[]): boolean =>
  words.every((word) => fillers.has(word) || dayParts.has(word));

const clausesOf = (text: string): readonly (readonly string[])[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[.!?,;:\n]+/u)
    .map((clause) => clause.split(/[^\p{L}\p{N}]+/u).filter(Boolean))
    .filter((words) => words.length > 0);

const longest = 14;

interface Time {
  readonly of: 'not-before' | 'call-later';
  readonly on: string;
}

function readTime(words: readonly string[], today: string): Time | null {
  if (words.length > longest) return null;
  for (let at = 0; at < words.length; at += 1) {
    const before = words.slice(0, at);
    if (!before.every((word) => fillers.has(word) || openers.has(word))) return null;
    const time = notBefore(words.slice(at), today) ?? callLater(words.slice(at), today);
    if (time) return time;
  }
  return null;
}

/** "pas avant lundi", "not until next week"; "pas aujourd'hui", "not this week". */
function notBefore([no, ...rest]: readonly string[], today: string): Time | null {
  if (no !== 'pas' && no !== 'not') return null;
  const [before] = rest;
  if (before === 'avant' || before === 'before' || before === 'until') {
    const day = dayIn(rest.slice(1), today);
    return day && isPadding(rest.slice(1 + day.length)) ? { of: 'not-before', on: day.on } : null;
  }
  const period = periodIn(rest, today);
  return period && isPadding(rest.slice(period.length)) ? { of: 'not-before', on: period.on } : null;
}

const callers = set(
  'rappelle rappelez rappeler recontacte recontactez relance relancez ecris ecrivez reecris reecrivez reparle reparlez ' +
    'reparlons reviens revenez redemande redemandez contacte contactez call text message ping remind write contact try ask',
);
const called = set('moi m en me us nous vers back again to le la les in ca');

/** "rappelle-moi demain", "text me next week". */
function callLater([verb, ...rest]: readonly string[], today: string): Time | null {
  if (verb === undefined || !callers.has(verb)) return null;
  const from = firstDay(rest, today);
  const day = from === null ? null : dayIn(rest.slice(from), today);
  if (from === null || !day || !isPadding(rest.slice(from + day.length))) return null;
  return { of: 'call-later', on: day.on };
}

/** Where a date begins, with nothing but whom to call before it. */
function firstDay(words: readonly string[], today: string): number | null {
  for (let at = 0; at < words.length; at += 1) {
    if (dayIn(words.slice(at), today)) return at;
    if (!called.has(words[at] ?? '')) return null;
  }
  return null;
}

interface Day {
  readonly on: string;
  /** Words it takes. */
  readonly length: number;
}

const weekdays = [
  ['lundi', 'monday'],
  ['mardi', 'tuesday'],
  ['mercredi', 'wednesday'],
  ['jeudi', 'thursday'],
  ['vendredi', 'friday'],
  ['samedi', 'saturday'],
  ['dimanche', 'sunday'],
] as const;

const months = [
  ['janvier', 'january'],
  ['fevrier', 'february'],
  ['mars', 'march'],
  ['avril', 'april'],
  ['mai', 'may'],
  ['juin', 'june'],
  ['juillet', 'july'],
  ['aout', 'august'],
  ['septembre', 'september'],
  ['octobre', 'october'],
  ['novembre', 'november'],
  ['decembre', 'december'],
] as const;

const placeIn = (names: readonly (readonly string[])[], word: string | undefined): number =>
  names.findIndex((both) => word !== undefined && both.includes(word));

const numbers: Readonly<Record<string, number>> = {
  un: 1, une: 1, a: 1, one: 1, deux: 2, two: 2, trois: 3, three: 3, quatre: 4, four: 4, cinq: 5, five: 5, six: 6, sept: 7,
  seven: 7, huit: 8, eight: 8, dix: 10, ten: 10, quinze: 15,
}; // prettier-ignore

const begins = (words: readonly string[], phrase: string): boolean =>
  phrase.split(' ').every((word, at) => words[at] === word);

type Reader = (words: readonly string[], today: string) => Day | null;

/** A phrase and the day it names, seen from today. */
const named =
  (phrases: readonly string[], on: (today: string) => string): Reader =>
  (words, today) => {
    const phrase = phrases.find((one) => begins(words, one));
    return phrase ? { on: on(today), length: phrase.split(' ').length } : null;
  };

/** 1 is Monday. */
const weekdayOf = (date: string): number => new Date(`${date}T12:00:00Z`).getUTCDay() || 7;

/** The next such weekday, never today. */
const nextWeekday = (today: string, weekday: number): string =>
  addDays(today, (weekday - weekdayOf(today) + 7) % 7 || 7);

const nextMonth = (today: string): string => addDays(`${today.slice(0, 7)}-28`, 4).slice(0, 7) + '-01';

const tomorrow = named(['demain', 'tomorrow'], (today) => addDays(today, 1));
const afterTomorrow = named(['apres demain', 'the day after tomorrow'], (today) => addDays(today, 2));
const nextWeek = named(['la semaine prochaine', 'semaine prochaine', 'next week'], (today) =>
  nextWeekday(today, 1),
);
const monthToCome = named(['le mois prochain', 'mois prochain', 'next month'], nextMonth);
const weekend = named(
  ['ce week end', 'ce weekend', 'this weekend', 'the weekend', 'at the weekend'],
  (today) => nextWeekday(today, 6),
);

/** "lundi", "lundi prochain", "on Monday", "next Monday". */
const weekday: Reader = (words, today) => {
  const lead = words[0] === 'on' || words[0] === 'next' || words[0] === 'ce' || words[0] === 'le' ? 1 : 0;
  const place = placeIn(weekdays, words[lead]);
  if (place < 0) return null;
  const isNext = words[lead + 1] === 'prochain';
  return { on: nextWeekday(today, place + 1), length: lead + (isNext ? 2 : 1) };
};

/** "dans 3 jours", "in two weeks", "3 jours" after "avant". */
const inSome: Reader = (words, today) => {
  const lead =
    words[0] === 'dans' || words[0] === 'in' || words[0] === 'd' ? (words[1] === 'ici' ? 2 : 1) : 0;
  const word = words[lead] ?? '';
  const count = numbers[word] ?? (/^\d{1,2}$/u.test(word) ? Number(word) : null);
  const days = daysOf(words[lead + 1]);
  return count === null || days === null ? null : { on: addDays(today, count * days), length: lead + 2 };
};

function daysOf(unit: string | undefined): number | null {
  if (unit === 'jour' || unit === 'jours' || unit === 'day' || unit === 'days') return 1;
  if (unit === 'semaine' || unit === 'semaines' || unit === 'week' || unit === 'weeks') return 7;
  return unit === 'mois' || unit === 'month' || unit === 'months' ? 30 : null;
}

/** "le 12", "le 12 janvier", "12 January", "en janvier". */
const dated: Reader = (words, today) => {
  const lead = words[0] === 'le' || words[0] === 'en' || words[0] === 'in' || words[0] === 'the' ? 1 : 0;
  const numeral = /^([0-3]?\d)(?:er|st|nd|rd|th)?$/u.exec(words[lead] ?? '')?.[1];
  const month = placeIn(months, words[lead + (numeral ? 1 : 0)]);
  if (month < 0 && (!numeral || words[0] !== 'le')) return null;
  const on = dateOf(Number(numeral ?? 1), month < 0 ? null : month + 1, today);
  return on ? { on, length: lead + (numeral ? 1 : 0) + (month < 0 ? 0 : 1) } : null;
};

/** The next such date; null where there is none, like 31 February. */
function dateOf(day: number, month: number | null, today: string): string | null {
  const two = (value: number): string => String(value).padStart(2, '0');
  const year = Number(today.slice(0, 4));
  const candidates =
    month === null
      ? [today.slice(0, 7), nextMonth(today).slice(0, 7)].map((prefix) => `${prefix}-${two(day)}`)
      : [year, year + 1].map((one) => `${one}-${two(month)}-${two(day)}`);
  return candidates.find((date) => date > today && isDate(date)) ?? null;
}

const isDate = (date: string): boolean => {
  const at = new Date(`${date}T12:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
};

const readers: readonly Reader[] = [
  afterTomorrow,
  tomorrow,
  nextWeek,
  monthToCome,
  weekend,
  weekday,
  inSome,
  dated,
];

const firstOf = (some: readonly Reader[], words: readonly string[], today: string): Day | null => {
  for (const reader of some) {
    const day = reader(words, today);
    if (day) return day;
  }
  return null;
};

const dayIn: Reader = (words, today) => firstOf(readers, words, today);

/** What is not to be: the day after it. */
const periods: readonly Reader[] = [
  named(['aujourd hui', 'today', 'ce soir', 'tonight', 'ce matin', 'this morning', 'cet aprem'], (today) =>
    addDays(today, 1),
  ),
  named(['demain', 'tomorrow'], (today) => addDays(today, 2)),
  named(['cette semaine', 'this week', 'ce week end', 'ce weekend', 'this weekend'], (today) =>
    nextWeekday(today, 1),
  ),
  named(['ce mois ci', 'ce mois', 'this month'], nextMonth),
];

const periodIn: Reader = (words, today) => firstOf(periods, words, today);

const cancelling = set('annuler annule annulez decommander cancel cancelling');
const moving = set(
  'decaler decale decalez deplacer deplace deplacez reporter reporte reportez repousser repousse changer change changez ' +
    'reprogrammer reschedule postpone move push',
);
const meetings = set('rdv rendez appel seance creneau call appointment meeting session');
const denials = set('pas jamais sans not don never didn');
const between = 4;

/** An act and the appointment it is about, close to each other and not denied: "je dois décaler mon rdv de jeudi". */
function readAppointment(words: readonly string[]): { readonly of: 'cancel' | 'move' } | null {
  if (words.length > longest) return null;
  const act = words.findIndex((word) => cancelling.has(word) || moving.has(word));
  if (act < 0 || words.slice(0, act).some((word) => denials.has(word))) return null;
  const near = words.slice(act + 1, act + 1 + between);
  if (near[0] === 'pas' || !near.some((word) => meetings.has(word))) return null;
  return { of: cancelling.has(words[act] ?? '') ? 'cancel' : 'move' };
}
