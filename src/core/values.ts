import { DateTime } from 'luxon';
import { localDate, localTimeMs } from './calendar.ts';
import type { Contact } from './contact.ts';
import type { Keywords } from './library.ts';
import { remembered } from './memo.ts';
import type { RunState } from './run.ts';
import type { Snapshot } from './snapshot.ts';
import type { Locale, Moment } from './vocabulary.ts';

/** All that a text may print, by dotted path. Claims stand apart, so that no trait of a contact passes for a fact. */
export interface Values {
  /** Fixed by the step or the handoff; wins over what is read live. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** What is true now, by whole path (`testimonial.peer-390`, `price.390`). */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Built in: prenom, coach, mona, kw, link, duty, plan, subscription … */
  readonly own: Readonly<Record<string, unknown>>;
  readonly traits: Readonly<Record<string, unknown>>;
  /** Relative words ("demain", "hier") are said from here. */
  readonly moment: Moment;
}

export interface ValueParts {
  readonly contact: Contact;
  readonly snapshot: Snapshot;
  readonly run: RunState | null;
  /** From `claimScope`. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly publicUrl: string;
  readonly keywords: Keywords;
  /** Key of our sender, `sms` or `sms:+33…`. */
  readonly sender: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly moment: Moment;
}

/** Roots that only an offer may fill (lifecycle.md §9). */
const claimRoots = new Set([
  'asset',
  'offer',
  'price',
  'programme',
  'reservation',
  'slots',
  'stat',
  'terms',
  'testimonial',
  'villa',
  'villas',
]);

/** The path states a fact that must be bound to an offer. */
export const isClaimPath = (path: string): boolean => claimRoots.has(path.split('.')[0] ?? '');

/** Gathers what the texts of one contact may print at one instant. */
export function valuesOf(parts: ValueParts): Values {
  const { contact, snapshot, run, moment } = parts;
  const plan = contact.plan ?? run?.entry['plan'] ?? null;
  return {
    fixed: parts.fields,
    claims: parts.claims,
    own: {
      prenom: contact.firstName,
      plan,
      coach: { name: snapshot.coach?.name, sla: slaOf(snapshot) },
      mona: monaOf(contact),
      country: contact.country,
      promise: promiseOf(run),
      idleDays: idleDaysOf(contact, moment),
      planned: plannedOf(run, moment),
      // What a run counts from is the appointment it speaks of; else the next one, which is a trait.
      ...(run?.isAnchored ? { appointment: { at: run.anchorAt } } : {}),
      // Month arithmetic costs more than the rest together, and few texts name it: asked for when one does.
      get subscription() {
        return subscriptionOf(contact);
      },
      kw: promptsOf(parts.keywords, parts.sender),
      optOut: senderOf(parts.keywords, parts.sender)?.optOutLine,
      link: linksOf(snapshot.policy.links, parts.publicUrl),
      duty: { hours: snapshot.duty.hours, next: snapshot.duty.nextOpening },
      publisher: snapshot.policy.publisher,
    },
    traits: contact.traits,
    moment,
  };
}

/** The keywords entry of a sender: its own line, else its channel's. */
export function senderOf(keywords: Keywords, sender: string): Keywords['senders'][string] | null {
  return keywords.senders[sender] ?? keywords.senders[sender.split(':')[0] ?? ''] ?? null;
}

const prompts = new WeakMap<Keywords, Map<string, Readonly<Record<string, string>>>>();

/** Words that our texts print for the reserved words: the second one where the carrier answers the first. */
function promptsOf(keywords: Keywords, sender: string): Readonly<Record<string, string>> {
  const bySender = prompts.get(keywords) ?? new Map<string, Readonly<Record<string, string>>>();
  const made = bySender.get(sender) ?? promptsFor(keywords, sender);
  prompts.set(keywords, bySender.set(sender, made));
  return made;
}

function promptsFor(keywords: Keywords, sender: string): Record<string, string> {
  const isCarriers = senderOf(keywords, sender)?.help === 'carrier';
  const pick = ([word, { prompt }]: [string, { prompt: string | readonly string[] }]): [string, string] => {
    const words = typeof prompt === 'string' ? [prompt] : prompt;
    return [word, (word === 'help' && isCarriers ? words[1] : words[0]) ?? ''];
  };
  return Object.fromEntries(Object.entries(keywords.words).map(pick));
}

type Links = Readonly<Record<string, string>>;

/** A policy's links never change: they are made whole once. */
const wholeLinks = new WeakMap<Links, { readonly publicUrl: string; readonly links: Links }>();

function linksOf(links: Links, publicUrl: string): Links {
  const known = wholeLinks.get(links);
  if (known?.publicUrl === publicUrl) return known.links;
  const whole = ([key, target]: [string, string]): [string, string] => [key, new URL(target, publicUrl).href];
  const made = Object.fromEntries(Object.entries(links).map(whole));
  wholeLinks.set(links, { publicUrl, links: made });
  return made;
}

function monaOf({ mona }: Contact): Record<string, unknown> {
  if (!mona) return {};
  const delta = mona.start === undefined ? null : mona.score - mona.start;
  return {
    now: mona.score,
    start: mona.start,
    delta,
    gain: delta === null ? null : delta > 0 ? `+${delta}` : String(delta),
    level: mona.level,
    percentile: mona.percentile,
  };
}

function slaOf({ policy, priority }: Snapshot): Duration {
  const { vipMs, highMs, normalMs } = policy.handoff;
  return { ms: priority === 'vip' ? vipMs : priority === 'high' ? highMs : normalMs };
}

/** The first human word a run's handoff promised, as a length: what "d'ici 2 min" leans on. */
function promiseOf(run: RunState | null): Record<string, unknown> {
  const promised = run?.handoff?.due.find(({ kind }) => kind === 'promise');
  return run?.handoff && promised
    ? { delay: { ms: promised.at.getTime() - run.handoff.since.getTime() } }
    : {};
}

/** When the steps still to come leave, as the run plans them: a date that a text may announce. */
function plannedOf(run: RunState | null, { now }: Moment): Record<string, Date> {
  const coming = (run?.plan ?? []).filter(({ stepId }) => run?.done[stepId] === undefined);
  const dated = coming.map(({ stepId, dueAt, baseAt }) => [stepId, dueAt ?? baseAt] as const);
  return Object.fromEntries(dated.filter(([, at]) => at > now));
}

const dayMs = 86_400_000;

function idleDaysOf({ lastHumanAt, planSince }: Contact, { now }: Moment): number | null {
  const since = lastHumanAt ?? planSince;
  return since ? Math.floor((now.getTime() - since.getTime()) / dayMs) : null;
}

/** Plans are paid by the month: the running one ends a month after it began. */
function subscriptionOf({ planSince }: Contact): Record<string, unknown> {
  if (!planSince) return {};
  const startsAt = DateTime.fromJSDate(planSince, { zone: 'utc' });
  const endsAt = startsAt.plus({ months: 1 });
  return { startsAt: planSince, endsAt: endsAt.toJSDate(), days: endsAt.diff(startsAt, 'days').days };
}

interface Duration {
  readonly ms: number;
}

/** The value at a path, or null: fixed by the step, then a fact, then built in, then a trait. */
export function valueAt(values: Values, path: string, locale: Locale): unknown {
  const sources = isClaimPath(path)
    ? [values.claims]
    : [values.fixed, values.claims, values.own, values.traits];
  for (const source of sources) {
    const found = find(source, path.split('.'), values.moment, locale);
    if (isThere(found)) return found;
  }
  return null;
}

/** The fact at a path, if one is true now. */
export function factAt(values: Values, path: string, locale: Locale): unknown {
  const found = find(values.claims, path.split('.'), values.moment, locale);
  return isThere(found) && found !== false ? found : null;
}

const isThere = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && !Number.isNaN(value);

/** Down a tree whose keys may themselves hold dots: the longest key wins. */
function find(from: unknown, path: readonly string[], moment: Moment, locale: Locale): unknown {
  if (path.length === 0) return from;
  const date = dateOf(from);
  if (date) return path.length === 1 ? aspectOf(date, path[0] ?? '', moment, locale) : null;
  if (typeof from === 'string' && path.length === 1 && path[0] === 'upper')
    return from.toLocaleUpperCase(locale);
  if (typeof from !== 'object' || from === null) return null;
  for (let length = path.length; length > 0; length--) {
    const key = length === 1 ? (path[0] ?? '') : path.slice(0, length).join('.');
    if (Object.hasOwn(from, key)) {
      return find((from as Record<string, unknown>)[key], path.slice(length), moment, locale);
    }
  }
  return null;
}

const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d/u;

/** An instant, also as the text that JSON makes of one. */
function dateOf(value: unknown): Date | null {
  const date =
    value instanceof Date
      ? value
      : typeof value === 'string' && isoInstant.test(value)
        ? DateTime.fromISO(value).toJSDate()
        : null;
  return date && !Number.isNaN(date.getTime()) ? date : null;
}

/** What a text may say of an instant: `{{offer.comeback.endsAt.time}}`. Bare, it is the day. */
function aspectOf(at: Date, aspect: string, moment: Moment, locale: Locale): string | number | null {
  const leftMs = at.getTime() - moment.now.getTime();
  switch (aspect) {
    case 'day':
      return dayWords(at, moment, locale);
    case 'time':
      return timeWords(at, moment, locale);
    case 'dayTime':
      return `${dayWords(at, moment, locale)} ${locale === 'fr' ? 'à' : 'at'} ${timeWords(at, moment, locale)}`;
    case 'Day':
      return capitalised(dayWords(at, moment, locale), locale);
    case 'month':
      return monthWords(at, moment, locale);
    case 'span':
      return leftMs > 0 ? spanWords(leftMs, locale) : null;
    case 'hoursLeft':
      return leftMs > 0 ? Math.floor(leftMs / hourMs) : null;
    case 'hoursNear':
      return leftMs > 0 && leftMs <= nearMs ? Math.floor(leftMs / hourMs) : null;
    case 'withinHours':
      return leftMs > 0 ? Math.ceil(leftMs / hourMs) : null;
    case 'daysLeft':
      return leftMs > 0 ? Math.floor(leftMs / dayMs) : null;
    case 'weeksLeft':
      return leftMs > 0 ? Math.round(leftMs / (7 * dayMs)) : null;
    case 'recently':
      return recentWords(at, moment, locale);
    default:
      return null;
  }
}

const hourMs = 3_600_000;
/** An end further off than this is no "dans 48h" (lifecycle.md §3, `upsell.j7-email`). */
const nearMs = 72 * hourMs;

const capitalised = (text: string, locale: Locale): string =>
  text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

const units: Readonly<Record<Locale, readonly (readonly [ms: number, one: string, more: string])[]>> = {
  fr: [
    [30.44 * dayMs, 'mois', 'mois'],
    [7 * dayMs, 'semaine', 'semaines'],
    [dayMs, 'jour', 'jours'],
    [hourMs, 'heure', 'heures'],
  ],
  en: [
    [30.44 * dayMs, 'month', 'months'],
    [7 * dayMs, 'week', 'weeks'],
    [dayMs, 'day', 'days'],
    [hourMs, 'hour', 'hours'],
  ],
};

/** "2 semaines", "3 mois": the largest unit of which there are about two or more, as people say it. */
function spanWords(ms: number, locale: Locale): string {
  const all = units[locale];
  const [unitMs, one, more] = all.find(([size]) => ms >= 1.75 * size) ??
    all[all.length - 1] ?? [hourMs, '', ''];
  const count = Math.max(1, Math.round(ms / unitMs));
  return `${count} ${count === 1 ? one : more}`;
}

const nearMonths: Readonly<Record<Locale, readonly string[]>> = {
  fr: ['ce mois-ci', 'le mois prochain'],
  en: ['this month', 'next month'],
};

/** "le mois prochain", "en mai". */
function monthWords(at: Date, { now, zone }: Moment, locale: Locale): string {
  const month = DateTime.fromJSDate(at, { zone }).setLocale(locale).startOf('month');
  const ahead = Math.round(month.diff(DateTime.fromJSDate(now, { zone }).startOf('month'), 'months').months);
  return nearMonths[locale][ahead] ?? `${locale === 'fr' ? 'en' : 'in'} ${month.toFormat('LLLL')}`;
}

const nearDays: Readonly<Record<Locale, Readonly<Record<string, string>>>> = {
  fr: { '-1': 'hier', '0': "aujourd'hui", '1': 'demain' },
  en: { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' },
};

const recent: Readonly<Record<Locale, string>> = { fr: 'récemment', en: 'recently' };
const recentMs = 36 * hourMs;

/** "hier" only of the last 36 hours; any older fact is "récemment" (lifecycle.md §3, `nurturing.j15-sms`). */
function recentWords(at: Date, moment: Moment, locale: Locale): string {
  const isRecent = moment.now.getTime() - at.getTime() <= recentMs;
  return isRecent ? dayWords(at, moment, locale) : recent[locale];
}

function dayWords(at: Date, { now, zone }: Moment, locale: Locale): string {
  const date = localDate(at, zone);
  const days = Math.round((Date.parse(date) - Date.parse(localDate(now, zone))) / dayMs);
  const near = nearDays[locale][String(days)];
  if (near) return near;
  return (days > 1 && days < 7 ? weekdays : farDays)(`${locale} ${date}`);
}

const dayOf = (asked: string): DateTime => {
  const [locale = '', date = ''] = asked.split(' ');
  return DateTime.fromISO(date, { zone: 'utc' }).setLocale(locale);
};

const mostDays = 2_000;
const weekdays = remembered(mostDays, (asked) => dayOf(asked).toFormat('cccc'));
const farDays = remembered(mostDays, (asked) => {
  const day = dayOf(asked);
  return day.toFormat(day.locale === 'fr' && day.day === 1 ? "cccc '1er' LLLL" : 'cccc d LLLL');
});

function timeWords(at: Date, { zone }: Moment, locale: Locale): string {
  const minutes = Math.floor(localTimeMs(at, zone) / 60_000);
  const [hour, minute] = [Math.floor(minutes / 60), String(minutes % 60).padStart(2, '0')];
  if (locale === 'en') return `${String(hour).padStart(2, '0')}:${minute}`;
  return minute === '00' ? `${String(hour)}h` : `${String(hour)}h${minute}`;
}

function durationWords({ ms }: Duration): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const isDuration = (value: unknown): value is Duration =>
  typeof value === 'object' && value !== null && 'ms' in value && typeof value.ms === 'number';

/** The value as a text prints it, or null when there is nothing to print. A value of several lines becomes one. */
export function printed(values: Values, path: string, locale: Locale): string | null {
  const value = valueAt(values, path, locale);
  const date = dateOf(value);
  if (date) return dayWords(date, values.moment, locale);
  if (isDuration(value)) return durationWords(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberWords(value, locale) : null;
  if (typeof value === 'object' && value !== null) return localWord(value, locale);
  if (typeof value !== 'string') return null;
  return oneLine(value);
}

/** `{fr, en}`, as opening hours come. */
function localWord(value: object, locale: Locale): string | null {
  const word: unknown = Object.hasOwn(value, locale) ? (value as Record<string, unknown>)[locale] : null;
  return typeof word === 'string' ? oneLine(word) : null;
}

function numberWords(value: number, locale: Locale): string {
  return locale === 'fr' ? String(value).replace('.', ',') : String(value);
}

/** Control characters and line ends would let a value begin a line of ours. */
function oneLine(text: string): string | null {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line === '' ? null : line;
}
