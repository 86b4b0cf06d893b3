import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCast, readLibrary } from '../../src/cli/rehearsal-files.ts';
import { addDays, localDate } from '../../src/core/calendar.ts';
import { claimScope } from '../../src/core/claim.ts';
import { createUnderstand } from '../../src/core/intent.ts';
import {
  nextInstant,
  openStage,
  play,
  playUntil,
  type Cast,
  type Line,
  type Stage,
} from '../../src/core/rehearse.ts';
import type { Row } from '../../src/core/row.ts';
import { samplesAt } from '../../src/core/samples.ts';
import { readSegments } from '../../src/core/segment/book.ts';
import { isMember, type PastEvent } from '../../src/core/segment/evaluate.ts';
import type { Channel } from '../../src/core/vocabulary.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';

/*
 * A simulated year (lifecycle.md §19.2): people in six zones live through 2027 with the published flows: they become
 * leads and clients, score, answer, say stop, and are looked after. What the product said to each is then judged by
 * rules written down here a second time, so that a mistake of the calendar or of the cap does not judge itself.
 */

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
const newYear = new Date('2027-01-01T00:00:00Z');
const end = new Date('2028-01-01T00:00:00Z');

interface Home {
  readonly zone: string;
  readonly country: string;
  readonly department: string | null;
  readonly locale: 'fr' | 'en';
  /** Public holidays of 2027 beside Sundays: no marketing text on these. Null where the law allows them. */
  readonly holidays: readonly string[] | null;
}

const french = [
  '01-01',
  '03-29',
  '05-01',
  '05-06',
  '05-08',
  '05-17',
  '07-14',
  '08-15',
  '11-01',
  '11-11',
  '12-25',
];
/** Those of all four nations: who lives in GB has not said in which of them. */
const british = ['01-01', '03-26', '05-03', '05-31', '12-27', '12-28'];

export const homes: readonly Home[] = [
  {
    zone: 'Europe/Paris',
    country: 'FR',
    department: '67',
    locale: 'fr',
    holidays: [...french, '03-26', '12-26'],
  },
  { zone: 'Indian/Reunion', country: 'RE', department: '974', locale: 'fr', holidays: [...french, '12-20'] },
  {
    zone: 'America/Martinique',
    country: 'MQ',
    department: '972',
    locale: 'fr',
    holidays: [...french, '03-26', '05-22'],
  },
  { zone: 'Pacific/Tahiti', country: 'PF', department: '987', locale: 'fr', holidays: french },
  { zone: 'Europe/London', country: 'GB', department: null, locale: 'en', holidays: british },
  { zone: 'America/New_York', country: 'US', department: null, locale: 'en', holidays: null },
];

/** Numbers that look like chance and are the same each time. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const yaml = (file: string): unknown => parse(readFileSync(file, 'utf8')) as unknown;

/** What is the same for so long is worked out once. */
function once<T>(forMs: number, ask: (at: Date) => T): (now: Date) => T {
  const known = new Map<number, T>();
  return (now) => {
    const at = now.getTime() - (now.getTime() % forMs);
    const told = known.get(at) ?? ask(new Date(at));
    known.set(at, told);
    return told;
  };
}

/** What everybody's life leans on, read once. */
function openHouse() {
  const library = readLibrary(folders);
  const understand = createUnderstand(readIntentLists(folders.localesDir));
  const { cast } = readCast({ ...folders, persona: 'noa', at: newYear, library, understand });
  const samples = yaml('flows/samples.yaml');
  // The sandbox's facts of the day, and the team's hours, which begin and end on the hour.
  const offers = once(dayMs, (day) => samplesAt(samples, day).offers);
  const duty = once(hourMs, cast.duty);
  const { book } = readSegments(
    (yaml('flows/segments.yaml') as { segments: Record<string, unknown> }).segments,
  );
  return { cast: { ...cast, offers, duty }, rules: book.rules };
}
type House = ReturnType<typeof openHouse>;

let opened: House | null = null;

const kinds: readonly Channel[] = ['sms', 'whatsapp', 'email', 'push'];

function castOf(house: House, id: string, home: Home, roll: () => number): Cast {
  const { cast } = house;
  const has = new Set(
    kinds.filter((channel) => roll() < { sms: 0.85, whatsapp: 0.35, email: 0.9, push: 0.25 }[channel]),
  );
  return {
    ...cast,
    contact: {
      ...cast.contact,
      ...{
        id,
        userId: id,
        zone: home.zone,
        country: home.country,
        department: home.department,
        locale: home.locale,
      },
      register: home.locale === 'fr' ? (roll() < 0.5 ? 'tu' : 'vous') : null,
      firstName: roll() < 0.9 ? cast.contact.firstName : null,
    },
    addresses: kinds.flatMap((channel) =>
      has.has(channel)
        ? [
            {
              id: `${channel}:${id}`,
              contactId: id,
              channel,
              value: `${channel}-of-${id}`,
              verifiedAt: newYear,
              softFails: 0,
            },
          ]
        : [],
    ),
    consents: Object.fromEntries(kinds.flatMap((channel) => (roll() < 0.9 ? consented(channel) : []))),
  };
}

const consented = (channel: Channel): readonly (readonly [string, 'granted'])[] =>
  channel === 'push' ? [['push:push', 'granted'], ['push:marketing', 'granted']] : [[`${channel}:marketing`, 'granted']]; // prettier-ignore

interface Turn {
  readonly at: number;
  take(): void;
}

/** One person on their way through the year. */
interface Life {
  readonly stage: Stage;
  readonly roll: () => number;
  readonly house: House;
  readonly past: PastEvent[];
  readonly turns: Turn[];
  /** Lines already looked at for an answer. */
  seen: number;
  /** Handovers a coach has already begun or ended. */
  readonly handled: Set<string>;
}

function happen(
  { stage, past }: Life,
  name: string,
  properties: Readonly<Record<string, unknown>> = {},
): void {
  past.push({ name, properties, occurredAt: stage.now });
  play(stage, { do: 'track', name, properties });
}

/** Memberships as the house would find them, told on each edge. */
function lookAtSegments(life: Life): void {
  const { stage, house, past } = life;
  const { now, contact, consents } = stage;
  const known = [...house.cast.offers(now), ...stage.own.values()];
  const offers = claimScope(known, contact, house.cast.duty(now), { now, zone: contact.zone });
  const facts = { contact, consents, events: past, offers };
  for (const [segment, rule] of house.rules) {
    const isIn = isMember(rule, facts, now);
    if (isIn !== stage.contact.segments.includes(segment))
      happen(life, isIn ? 'Segment Entered' : 'Segment Left', { segment });
  }
}

const between = (roll: () => number, least: number, most: number): number => least + roll() * (most - least);

/** What will happen to somebody, whatever the product says. */
function planLife(life: Life): void {
  const { roll } = life;
  const begins = newYear.getTime() + between(roll, 0, 300 * dayMs);
  const plan = (at: number, name: string, properties: Readonly<Record<string, unknown>> = {}): void => {
    if (at < end.getTime()) life.turns.push({ at, take: () => happen(life, name, properties) });
  };
  plan(begins, 'Lead Created', { source: 'form' });
  let score = Math.round(between(roll, 30, 80));
  if (roll() < 0.7)
    plan(begins + between(roll, 0.3, 5) * dayMs, 'Audit Completed', { score, level: 'Émergent' });
  if (roll() < 0.2) plan(begins + between(roll, 1, 8) * dayMs, 'Call Booked');
  const pays = begins + between(roll, 2, 25) * dayMs;
  const isClient = roll() < 0.6;
  if (isClient) plan(pays, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  if (isClient && roll() < 0.2)
    plan(pays + between(roll, 5, 80) * dayMs, 'Subscription Started', { plan: 390, subscriptionId: 's2' });
  if (isClient && roll() < 0.15)
    plan(pays + between(roll, 20, 120) * dayMs, 'Subscription Cancelled', { plan: 290 });
  for (let at = begins; at < end.getTime(); at += between(roll, 15, 60) * dayMs) {
    score = Math.min(120, Math.max(0, score + Math.round(between(roll, -4, 9))));
    plan(at + dayMs, 'Mona Score Updated', { score, percentile: score >= 70 ? 80 : 40 });
    if (roll() < 0.4)
      plan(at + 2 * dayMs, roll() < 0.5 ? 'App Logged In' : 'Recommended Action Done', {
        actionId: `a${String(at)}`,
      });
    if (roll() < 0.3)
      plan(at + 3 * dayMs, 'Trigger Fired', {
        trigger: ['stagnation', 'peak', 'inactivity'][Math.floor(roll() * 3)],
      });
    if (roll() < 0.05) plan(at + 4 * dayMs, 'Spark Application Submitted');
  }
  for (let at = begins; at < end.getTime(); at += 21 * dayMs)
    life.turns.push({ at, take: () => lookAtSegments(life) });
}

const answers = [
  'oui',
  'OUI !',
  'non',
  'non merci',
  'HELP',
  'COACH',
  "c'est combien ?",
  'je galère',
  '1',
  'ok',
  'plus tard',
  '👍',
];

/** Some of what is said is answered, some minutes or hours later; now and then with STOP. */
function answer(life: Life): void {
  const { stage, roll } = life;
  for (const line of stage.lines.slice(life.seen)) {
    if (line.kind !== 'out' || line.row.by !== 'bot' || line.row.channel === 'push' || roll() > 0.25)
      continue;
    const { channel } = line.row;
    const text = roll() < 0.04 ? 'STOP' : (answers[Math.floor(roll() * answers.length)] ?? 'oui');
    const at = line.at.getTime() + between(roll, 1, 300) * minuteMs;
    life.turns.push({ at, take: () => play(stage, { do: 'hear', channel, bubbles: [{ text }] }) });
  }
  life.seen = stage.lines.length;
}

/** A coach takes what waits within minutes, and has solved it within the hour. */
function coach(life: Life): void {
  const { stage, handled } = life;
  const { own } = stage.thread;
  const key = `${own.state}:${String(own.rev)}`;
  if ((own.state !== 'waiting' && own.state !== 'coach') || handled.has(key)) return;
  handled.add(key);
  const act =
    own.state === 'waiting'
      ? ({ do: 'claim', rev: own.rev } as const)
      : ({ do: 'resolve', rev: own.rev, why: 'done' } as const);
  life.turns.push({
    at: stage.now.getTime() + 30 * minuteMs,
    take: () => play(stage, { do: 'coach', coachId: 'nina', act }),
  });
}

function live(life: Life): void {
  const { stage, turns } = life;
  planLife(life);
  while (stage.now < end) {
    answer(life);
    coach(life);
    turns.sort((one, other) => other.at - one.at);
    const turn = turns.at(-1);
    const next = Math.min(nextInstant(stage)?.getTime() ?? end.getTime(), end.getTime());
    if (turn && turn.at <= next) {
      turns.pop();
      playUntil(stage, new Date(Math.max(turn.at, stage.now.getTime())));
      turn.take();
    } else playUntil(stage, new Date(Math.max(next, stage.now.getTime() + 1)));
  }
}

/** What left, as somebody on that wall would date it. */
interface Sent {
  readonly row: Row;
  readonly at: Date;
  readonly on: string;
  readonly time: string;
}

const clocks = new Map(homes.map(({ zone }) => [zone, new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })])); // prettier-ignore

const sentOf = (stage: Stage): readonly Sent[] =>
  stage.lines.flatMap((line) =>
    line.kind === 'out'
      ? [
          {
            row: line.row,
            at: line.at,
            on: localDate(line.at, stage.contact.zone),
            time: clocks.get(stage.contact.zone)?.format(line.at) ?? '',
          },
        ]
      : [],
  );

const hours: Readonly<Record<Channel, readonly [string, string]>> = {
  sms: ['09:00', '20:00'],
  whatsapp: ['09:00', '20:00'],
  email: ['07:00', '21:00'],
  push: ['09:00', '20:00'],
};

/** Why marketing should not have left then; null where it might. */
function badHour({ row: { channel }, on, time }: Sent, { holidays }: Home): string | null {
  const [from, to] = hours[channel];
  if (time < from || time >= to) return `${channel} at ${time}`;
  if (channel === 'email' || channel === 'push' || holidays === null) return null;
  if (new Date(`${on}T12:00:00Z`).getUTCDay() === 0) return `${channel} on Sunday ${on}`;
  return holidays.includes(on.slice(5)) ? `${channel} on holiday ${on}` : null;
}

const most: Readonly<Record<Channel, readonly [number, number]>> = {
  sms: [1, 3],
  whatsapp: [1, 2],
  email: [1, 4],
  push: [1, 5],
};

/** Which cap a message passed, given those before it. */
function passed(sent: Sent, before: readonly Sent[]): string | null {
  const since = addDays(sent.on, -6);
  const week = [...before.filter(({ on }) => on >= since), sent];
  const today = week.filter(({ on }) => on === sent.on);
  const of = (list: readonly Sent[]): number =>
    list.filter(({ row }) => row.channel === sent.row.channel).length;
  const [day, seven] = most[sent.row.channel];
  if (of(today) > day || of(week) > seven) return `${sent.row.channel} cap on ${sent.on}`;
  if (sent.row.channel === 'push') return null;
  const together = (list: readonly Sent[]): readonly Sent[] =>
    list.filter(({ row }) => row.channel !== 'push');
  if (together(today).length > 2 || together(week).length > 5) return `cap together on ${sent.on}`;
  const last = together(before).at(-1);
  return last && sent.at.getTime() - last.at.getTime() < 1.5 * hourMs
    ? `less than 90 minutes apart on ${sent.on}`
    : null;
}

/** Everything that should not have happened to one person. */
function judge(stage: Stage, home: Home): readonly string[] {
  const sent = sentOf(stage);
  const marketing = sent.filter(({ row }) => row.class === 'marketing');
  const steps = sent.flatMap(({ row }) => (row.stepKey ? [`${row.runId ?? ''} ${row.stepKey}`] : []));
  return [
    ...marketing.flatMap((one) => badHour(one, home) ?? []),
    ...marketing.flatMap((one, n) => passed(one, marketing.slice(0, n)) ?? []),
    ...steps.filter((step, n) => steps.indexOf(step) !== n).map((step) => `${step} twice`),
    ...unexplained(stage),
  ].map((what) => `${stage.contact.id}: ${what}`);
}

/** Steps that neither left nor say why not. */
function unexplained(stage: Stage): readonly string[] {
  const rows = [...stage.rows.values()];
  const silent = rows
    .filter(({ status, reason }) => status === 'blocked' && !reason)
    .map(({ id }) => `${id} blocked without a reason`);
  const runs = [...stage.runs.values()].flatMap((run) => {
    const flow = stage.cast.library.flow(run.flow, run.version);
    if (!run.open) return run.exitReason ? [] : [`${run.id} ended without a reason`];
    return (flow?.steps ?? []).flatMap(({ id }) =>
      id in run.done && !run.done[id]?.verdict ? [`${run.id} ${id} skipped without a reason`] : [],
    );
  });
  return [...silent, ...runs];
}

const told = (line: Line): string => {
  const at = line.at.toISOString();
  if ('row' in line)
    return `${at} ${line.kind} ${line.row.channel} ${line.row.words?.key ?? ''} ${'reason' in line ? line.reason : line.row.body.text}`;
  return `${at} ${line.kind} ${'item' in line ? `${line.item.why.step ?? ''} ${line.item.why.reason ?? line.item.text ?? ''}` : ''}`;
};

export interface Year {
  readonly contacts: number;
  readonly messages: number;
  readonly marketing: number;
  readonly byZone: Readonly<Record<string, number>>;
  /** Messages that stayed, by reason. */
  readonly stayed: Readonly<Record<string, number>>;
  /** Runs that began, by flow. */
  readonly entered: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
  /** Of everything anybody saw: the same seed gives the same one. */
  readonly digest: string;
}

/** Plays the year of so many people and judges it; `from` is the number of the first, so that several can share a crowd. */
export function liveYear(contacts: number, seed: number, from = 0): Year {
  const house = (opened ??= openHouse());
  const digest = createHash('sha256');
  const counted = { messages: 0, marketing: 0 };
  const [byZone, stayed, entered] = [{}, {}, {}] as Record<string, number>[];
  const broken: string[] = [];
  const add = (to: Record<string, number> = {}, name: string, count = 1): void => {
    to[name] = (to[name] ?? 0) + count;
  };
  for (let n = from; n < from + contacts; n += 1) {
    const home = homes[n % homes.length] as Home;
    const roll = chance(seed * 1_000_003 + n);
    const stage = openStage(castOf(house, `c_${String(n).padStart(4, '0')}`, home, roll), newYear);
    live({ stage, roll, house, past: [], turns: [], seen: 0, handled: new Set() });
    for (const line of stage.lines) {
      digest.update(`${told(line)}\n`);
      if (line.kind === 'blocked') add(stayed, line.reason);
    }
    for (const { flow } of stage.runs.values()) add(entered, flow);
    const sent = sentOf(stage);
    counted.messages += sent.length;
    counted.marketing += sent.filter(({ row }) => row.class === 'marketing').length;
    add(byZone, home.zone, sent.length);
    broken.push(...judge(stage, home));
  }
  return {
    contacts,
    ...counted,
    byZone: byZone ?? {},
    stayed: stayed ?? {},
    entered: entered ?? {},
    broken,
    digest: digest.digest('hex'),
  };
}
