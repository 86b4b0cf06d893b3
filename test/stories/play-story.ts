import type { CoachAct, Inbound } from '../../src/core/arrival.ts';
import { localDate, wallTime, addDays } from '../../src/core/calendar.ts';
import { parseDuration } from '../../src/core/flow/time.ts';
import { openStage, play, type Cast, type Line, type Stage } from '../../src/core/rehearse.ts';
import type { Row } from '../../src/core/row.ts';
import { channels, type Channel } from '../../src/core/vocabulary.ts';
import { spokenIn, type Cell, type Details, type Expected, type Story, type StoryCue, type Written } from './story.ts';
import { wordsApart } from './words-apart.ts';

/** One line of a chat as written, beside what happened there. */
export interface Told {
  readonly written: string;
  readonly happened: string;
  readonly isTrue: boolean;
  /** Where it is written; null of what no line of the story speaks of. */
  readonly line: number | null;
  /** Of a line that was not true: what was wanted and what was said, in full. */
  readonly differs?: readonly string[];
}

interface Telling {
  readonly story: Story;
  readonly cell: Cell;
  readonly stage: Stage;
  readonly told: Told[];
  /** Line of the cue that is being told. */
  line: number | null;
  /** Messages of the bot already told. */
  heard: number;
  /** Lines of the stage before the last cue that made something happen. */
  mark: number;
  optOutType: Inbound['optOutType'];
  /** `everyone leaves`: no coach is there, whatever the hours. */
  readonly house: { isEmpty: boolean };
}

/** Plays a chat from its first line to its last; a line that was not true does not end it. */
export function tell({ story, lines }: Written, cell: Cell, cast: Cast, at: Date, watch: (stage: Stage) => void = () => undefined): readonly Told[] {
  const house = { isEmpty: false };
  const stage = openStage(withDuty(cast, house), at);
  watch(stage);
  const telling: Telling = { story, cell, stage, house, told: [], line: null, heard: 0, mark: 0, optOutType: null };
  for (const [index, cue] of story.chat.entries()) {
    telling.line = lines[index] ?? null;
    tellOne(telling, cue);
  }
  complainOfRest(telling, 'the end');
  return telling.told;
}

const says = (telling: Telling): readonly Row[] =>
  telling.stage.lines.flatMap((line) => (line.kind === 'out' && line.row.by === 'bot' ? [line.row] : []));

const keyOf = (row: Row, flow: string): string => {
  const { words } = row;
  if (!words) return `"${row.body.text}"`;
  return words.flow === flow ? words.key : `${words.flow}:${words.key}`;
};

const shown = (row: Row, flow: string): string => `bot ${row.channel} ${keyOf(row, flow)} · ${row.body.text.slice(0, 60).replaceAll('\n', ' / ')}`;

function note(telling: Telling, written: string, happened: string, isTrue: boolean): void {
  telling.told.push({ written, happened, isTrue, line: telling.line });
}

/** Something happens: whatever the bot said before must have been told. */
function begin(telling: Telling, written: string): void {
  complainOfRest(telling, written);
  telling.mark = telling.stage.lines.length;
}

function complainOfRest(telling: Telling, before: string): void {
  for (const row of says(telling).slice(telling.heard)) note(telling, `(nothing before ${before})`, shown(row, telling.story.flow), false);
  telling.heard = says(telling).length;
}

function tellOne(telling: Telling, cue: StoryCue): void {
  const { stage } = telling;
  const written = typeof cue === 'string' ? cue : JSON.stringify(cue).slice(1, -1).replaceAll('"', '').slice(0, 400);
  if (typeof cue === 'string') return stagehand(telling, cue);
  if ('bot' in cue) return bot(telling, written, cue.bot as string | [string, Details?]);
  if ('skip' in cue) return skipped(telling, written, cue.skip as [string, string]);
  if ('expect' in cue) return expectAll(telling, cue.expect as Expected);
  if ('at' in cue || 'wait' in cue) return pass(telling, cue as { at: string } | { wait: string });
  begin(telling, written);
  if ('event' in cue) {
    const [name, properties] = cue.event as [string, Record<string, unknown>?];
    play(stage, { do: 'track', name, ...(properties ? { properties } : {}) });
  } else if ('me' in cue) me(telling, cue as MeCue);
  else if ('tap' in cue) tap(telling, cue.tap as string | [string, string], cue.by as string | undefined);
  else if ('quote' in cue) {
    const [text, step] = cue.quote as [string, string];
    hear(telling, [{ text, repliedTo: sidOf(telling, step) }]);
  } else if ('carrier' in cue) carrier(telling, String(cue.carrier));
  else coach(telling, cue as Record<string, string | unknown[]>);
  note(telling, written, written, true);
}

function stagehand(telling: Telling, cue: 'window closes' | 'everyone leaves'): void {
  if (cue === 'window closes') play(telling.stage, { do: 'shut-window' });
  else telling.house.isEmpty = true;
  note(telling, cue, cue, true);
}

function withDuty(cast: Cast, house: Telling['house']): Cast {
  return {
    ...cast,
    duty: (now) => (house.isEmpty ? { ...cast.duty(now), isOnDuty: false, coaches: [], until: null } : cast.duty(now)),
  };
}

function bot(telling: Telling, written: string, line: string | [string, Details?]): void {
  const [wanted, details = {}] = typeof line === 'string' ? [line] : line;
  if (wanted === 'silence') return silent(telling, written, details);
  const row = says(telling)[telling.heard];
  if (!row) return note(telling, written, '(silence)', false);
  telling.heard += 1;
  const differs = [...(isSaid(row, wanted, telling) ? [] : [`wanted  ${wanted}`]), ...misfits(row, details, telling.cell)];
  const said = [`said    ${keyOf(row, telling.story.flow)} by ${row.channel}: ${row.body.text.replaceAll('\n', '\n            ')}`];
  const apart = details.says === undefined ? null : wordsApart(spokenIn(telling.cell, details.says), row.body.text);
  const all = [...differs, ...(differs.length > 0 ? said : []), ...(apart ? [`wanted  ${apart.wanted}`, `said    ${apart.said}`] : [])];
  telling.told.push({ written, happened: shown(row, telling.story.flow), isTrue: all.length === 0, line: telling.line, ...(all.length > 0 ? { differs: all } : {}) });
}

function isSaid(row: Row, wanted: string, { story }: Telling): boolean {
  if (wanted.startsWith('/') && wanted.endsWith('/')) return new RegExp(wanted.slice(1, -1), 'u').test(row.body.text);
  return keyOf(row, story.flow) === wanted || row.body.text === wanted;
}

/** What was asked of the message beside its words and does not hold, a line each. */
function misfits(row: Row, { segments, channel, class: messageClass, text }: Details, cell: Cell): readonly string[] {
  const pattern = text === undefined ? '' : spokenIn(cell, text);
  const isText = new RegExp(pattern, 'u').test(row.body.text);
  return [
    ...(segments !== undefined && row.channel === 'sms' && row.body.segments !== segments ? [`wanted  ${segments} segments, it has ${row.body.segments ?? '?'}`] : []),
    ...(channel !== undefined && row.channel !== channel ? [`wanted  by ${channel}`] : []),
    ...(messageClass !== undefined && row.class !== messageClass ? [`wanted  class ${messageClass}, it is ${row.class}`] : []),
    ...(isText ? [] : [`wanted  the text to say ${pattern}`]),
  ];
}

function silent(telling: Telling, written: string, { why }: Details): void {
  const rest = says(telling).slice(telling.heard);
  const whys = telling.stage.lines.slice(telling.mark).flatMap(whysOf);
  const happened = rest.length > 0 ? rest.map((row) => shown(row, telling.story.flow)).join(' | ') : `(silence: ${whys.join(', ')})`;
  telling.heard += rest.length;
  note(telling, written, happened, rest.length === 0 && (why === undefined || whys.includes(why)));
}

function whysOf(line: Line): string[] {
  if ('item' in line) return [line.item.why.rule, ...(line.item.why.reason ? [line.item.why.reason] : [])];
  return line.kind === 'blocked' || line.kind === 'held' ? [line.reason] : [];
}

function skipped(telling: Telling, written: string, [step, why]: [string, string]): void {
  const runs = [...telling.stage.runs.values()].filter((run) => run.flow === telling.story.flow);
  const verdict = runs.map((run) => run.done[step]?.verdict).find(Boolean) ?? '(not yet)';
  const blocked = [...telling.stage.rows.values()].find((row) => row.stepKey === step && row.status === 'blocked')?.reason;
  note(telling, written, `${step}: ${blocked ?? verdict}`, verdict === why || blocked === why);
}

function pass(telling: Telling, cue: { at: string } | { wait: string }): void {
  const { stage } = telling;
  telling.mark = stage.lines.length;
  const to = 'at' in cue ? instantOf(telling, cue.at) : new Date(stage.now.getTime() + needMs(cue.wait));
  play(stage, { do: 'until', at: to });
  const written = 'at' in cue ? `at ${cue.at}` : `wait ${cue.wait}`;
  note(telling, written, written, true);
}

function needMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new Error(`"${text}" is no duration`);
  return ms;
}

/** `J1 12:30` is read from the run's J0, where the contact lives; bare `J30` is its noon. */
function instantOf({ stage, story }: Telling, text: string): Date {
  const [, day, time] = /^J(\d+)(?: (\d\d:\d\d))?$/u.exec(text) ?? [];
  const [date = '', clock = '12:00'] = text.split(' ');
  if (day === undefined) return wallTime(date, clock, stage.contact.zone);
  const run = [...stage.runs.values()].find((one) => one.flow === story.flow);
  const anchorOn = run?.anchorOn ?? localDate(stage.now, stage.contact.zone);
  return wallTime(addDays(anchorOn, Number(day)), time ?? '12:00', stage.contact.zone);
}

const channelOf = (telling: Telling, by: string | undefined): Channel => channels.find((one) => one === by) ?? telling.cell.channel;

type Spoken = Exclude<Details['says'], undefined>;

const bubblesOf = (cell: Cell, said: Spoken | number | readonly string[]): readonly string[] =>
  Array.isArray(said) ? said.map(String) : [typeof said === 'number' ? String(said) : spokenIn(cell, said as Spoken)];

type MeCue = { readonly me: Spoken | number | readonly string[]; readonly by?: string; readonly times?: number; readonly media?: string };

function me(telling: Telling, { me: said, by, times = 1, media }: MeCue): void {
  const files = media === undefined ? [] : [{ url: 'https://media.example/1', type: media }];
  hear(telling, bubblesOf(telling.cell, said).map((text) => ({ text: text.repeat(times), media: files })), by);
}

function hear(telling: Telling, bubbles: readonly Partial<Inbound>[], by?: string): void {
  const { optOutType } = telling;
  telling.optOutType = null;
  play(telling.stage, { do: 'hear', bubbles: bubbles.map((bubble) => ({ optOutType, ...bubble })), channel: channelOf(telling, by) });
}

function tap(telling: Telling, tapped: string | [string, string], by: string | undefined): void {
  const [payload, step] = typeof tapped === 'string' ? [tapped, null] : tapped;
  const repliedTo = step ? sidOf(telling, step) : null;
  hear(telling, [{ button: { payload, text: payload.toUpperCase() }, repliedTo }], by);
}

function sidOf({ stage, story }: Telling, step: string): string {
  const rows = [...stage.rows.values()].filter((row) => keyOf(row, story.flow) === step && row.sid);
  const sid = rows.at(-1)?.sid;
  if (!sid) throw new Error(`"${step}" was not sent, so nothing of it can be tapped or quoted`);
  return sid;
}

function carrier(telling: Telling, word: string): void {
  const [, type] = /^OptOutType=(STOP|START|HELP)$/u.exec(word) ?? [];
  if (type) telling.optOutType = type as Inbound['optOutType'];
  else {
    const last = telling.stage.lines.findLast((line) => line.kind === 'out');
    if (last?.kind === 'out') play(telling.stage, { do: 'fail', rowId: last.row.id, code: word });
  }
}

const undoMs = 8_000;

function coach(telling: Telling, cue: Record<string, string | unknown[]>): void {
  const { stage } = telling;
  const [[who = '', what = ''] = []] = Object.entries(cue);
  const coachId = who.split(' ')[1] ?? 'nina';
  const [verb, ...more] = [what].flat().map(String);
  play(stage, { do: 'coach', coachId, act: actOf(telling, verb ?? '', more) });
  if (verb === 'says' || verb === 'says and resolves') play(stage, { do: 'until', at: new Date(stage.now.getTime() + undoMs) });
}

function actOf({ stage, cell }: Telling, verb: string, [first = '', second = '']: readonly string[]): CoachAct {
  const { rev } = stage.thread.own;
  switch (verb) {
    case 'takes':
      return { do: 'claim', rev };
    case 'takes late':
      return { do: 'claim', rev: rev - 1 };
    case 'says':
    case 'says and resolves':
      return { do: 'say', rev, seen: stage.thread.seq, channel: cell.channel, text: first, undoMs, resolve: verb !== 'says' };
    case 'says in a moment':
      return { do: 'say', rev, seen: stage.thread.seq, channel: cell.channel, text: first, undoMs };
    case 'says unseeing':
      return { do: 'say', rev, seen: stage.thread.seq - 1, channel: cell.channel, text: first, undoMs };
    case 'hands back':
      return { do: 'handBack', rev, to: first || null };
    case 'resolves':
      return { do: 'resolve', rev, why: first || 'done' };
    case 'snoozes':
      return { do: 'snooze', rev, until: new Date(stage.now.getTime() + needMs(first || '2h')) };
    case 'transfers':
      return { do: 'transfer', rev, to: first, why: second };
    case 'releases':
      return { do: 'release', rev };
    case 'undoes':
      return { do: 'undo', rev };
    case 'notes':
      return { do: 'note', text: first };
    case 'tags':
      return { do: 'tag', tags: [first] };
    default:
      throw new Error(`a coach does not know how to "${verb}"`);
  }
}

/** Each property on its own line, so that a failure names the one that differs. */
function expectAll(telling: Telling, wanted: Expected): void {
  for (const [name, value] of Object.entries(wanted)) {
    const found = facts[name as keyof Expected](telling, value);
    note(telling, `expect ${name}: ${text(value)}`, `${name}: ${text(found)}`, text(found) === text(value));
  }
}

const text = (value: unknown): string => JSON.stringify(value) ?? 'null';

const lastHeard = ({ stage }: Telling) => stage.items.findLast((item) => item.kind === 'in');

const linesSince = ({ stage, mark }: Telling): readonly Line[] => stage.lines.slice(mark);

/** What a chat may expect, and how the stage answers it. */
const facts: Readonly<Record<keyof Expected, (telling: Telling, wanted: unknown) => unknown>> = {
  rule: (telling) => lastHeard(telling)?.why.rule,
  intent: (telling) => lastHeard(telling)?.understood?.intent,
  owner: ({ stage }) => (stage.thread.own.state === 'coach' ? stage.thread.own.ownerId : stage.thread.own.state),
  reason: ({ stage }) => stage.thread.own.reason,
  priority: ({ stage }) => stage.thread.own.priority,
  due: ({ stage }, wanted) => {
    const { dueAt, since } = stage.thread.own;
    const ms = dueAt ? dueAt.getTime() - since.getTime() : null;
    return ms === parseDuration(String(wanted)) ? wanted : ms;
  },
  sent: (telling, wanted) => {
    const rest = says(telling).slice(telling.heard);
    telling.heard += rest.length;
    return wanted === 'whatever' ? wanted : rest.map((row) => keyOf(row, telling.story.flow));
  },
  open: ({ stage }) => stage.thread.open?.node ?? 'none',
  exit: ({ stage, story }) => [...stage.runs.values()].findLast((run) => run.flow === story.flow)?.exitReason ?? null,
  consent: ({ stage }, wanted) =>
    Object.fromEntries(Object.keys(wanted as object).map((channel) => [channel, stage.consents[`${channel}:marketing`] ?? 'none'])),
  answers: ({ stage, story }, wanted) => {
    const run = [...stage.runs.values()].findLast((one) => one.flow === story.flow);
    return Object.fromEntries(Object.keys(wanted as object).map((name) => [name, run?.answers[name] ?? null]));
  },
  flags: ({ stage }) => stage.thread.flags,
  tells: (telling) => linesSince(telling).flatMap((line) => (line.kind === 'tell' ? [`${line.tell.who} ${line.tell.why}`] : [])),
  events: (telling) =>
    linesSince(telling).flatMap((line) => (line.kind === 'event' && line.item.why.rule === 'event' ? [String(line.item.data?.['name'])] : [])),
  blocked: (telling) => linesSince(telling).flatMap((line) => (line.kind === 'blocked' ? [line.reason] : []))[0],
  refused: (telling) => linesSince(telling).flatMap((line) => (line.kind === 'refused' ? [line.refusal.code] : []))[0],
};

/** What a story that is not true prints: the lines that differ, each with its place, then the whole chat beside what happened. */
export function failureOf(told: readonly Told[], { file, name }: Written, { locale, channel }: Cell): string {
  const wrong = told.filter(({ isTrue }) => !isTrue).flatMap((line) => placed(file, line));
  return ['', `${name} (${locale} by ${channel})`, '', ...wrong, '', 'The whole chat:', ...sideBySide(told)].join('\n');
}

const placed = (file: string, { line, written, happened, differs }: Told): readonly string[] => [
  `  ${file}:${line ?? '?'}  ${written}`,
  ...(differs ?? [`happened  ${happened}`]).map((one) => `    ${one}`),
];

/** The chat as written beside what happened, line by line. */
function sideBySide(told: readonly Told[]): readonly string[] {
  const width = Math.min(60, Math.max(...told.map(({ written }) => written.length)));
  const rows = told.map(({ written, happened, isTrue }) => `${isTrue ? ' ' : '✗'} ${written.slice(0, width).padEnd(width)} │ ${happened}`);
  return [`  ${'written'.padEnd(width)} │ happened`, ...rows];
}
