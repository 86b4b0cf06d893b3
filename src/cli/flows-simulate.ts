import { DateTime } from 'luxon';
import type { CoachAct } from '../core/arrival.ts';
import { createUnderstand } from '../core/intent.ts';
import { parseDuration } from '../core/flow/time.ts';
import type { Flow } from '../core/flow/definition.ts';
import type { Persona } from '../core/persona.ts';
import { nextInstant, openStage, play, type Line, type Stage } from '../core/rehearse.ts';
import type { Row } from '../core/row.ts';
import type { RunState } from '../core/run.ts';
import type { Locale } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import { readIntentLists } from '../store/intent-files.ts';
import { FlowFileError, personasIn, readCast, readLibrary, type Folders } from './rehearsal-files.ts';

export interface SimulateOptions extends Folders {
  readonly persona: string;
  /** ISO 8601 or `30d`. */
  readonly until: string;
  readonly json: boolean;
  /** When the persona enters; a Monday evening in Paris unless given. */
  readonly at?: Date;
}

interface Printed {
  readonly output: string;
  /** 1: the engine failed · 2: the caller named something that is not there. */
  readonly exitCode: number;
}

const mondayEvening = new Date('2026-03-02T17:04:00Z');

/**
 * `mona flows simulate FLOW --as PERSONA`: the whole length of a flow in the script's own time, with what the persona
 * answers. The same files always print the same transcript.
 */
export function simulateFlow(flowId: string, options: SimulateOptions): Printed {
  const personas = personasIn(options.flowsDir);
  if (!personas.includes(options.persona))
    return usage(`persona "${options.persona}" is not there. There are: ${personas.join(', ')}.`);
  const untilMs = durationMs(options.until);
  if (untilMs === null) return usage(`"${options.until}" is no duration. Write it like P30D or 30d.`);
  try {
    return simulate(flowId, options, untilMs);
  } catch (error) {
    if (error instanceof FlowFileError) return { output: error.message, exitCode: 1 };
    return { output: `mona flows simulate: ${messageOf(error)}; mona flows lint says where`, exitCode: 1 };
  }
}

const usage = (message: string): Printed => ({ output: message, exitCode: 2 });

function durationMs(text: string): number | null {
  const short = parseDuration(text);
  if (short !== null) return short;
  const [, days, hours] = /^P(?:(\d+)D)?(?:T(\d+)H)?$/u.exec(text) ?? [];
  return days || hours ? (Number(days ?? 0) * 24 + Number(hours ?? 0)) * 3_600_000 : null;
}

function simulate(flowId: string, options: SimulateOptions, untilMs: number): Printed {
  const library = readLibrary(options);
  const flow = library.published.find((one) => one.id === flowId);
  if (!flow)
    return usage(
      `flow "${flowId}" is not there. There are: ${library.published.map(({ id }) => id).join(', ')}.`,
    );
  const at = options.at ?? mondayEvening;
  const understand = createUnderstand(readIntentLists(options.localesDir));
  const { cast, persona } = readCast({ ...options, at, library, understand });
  const entry = entryOf(flow, persona);
  if (!entry)
    return usage(
      `${flowId} has no entry that a rehearsal can make: give ${options.persona} one in flows/personas.`,
    );
  const stage = openStage(cast, at);
  play(stage, { do: 'track', name: entry.event, properties: entry.properties });
  const run = runOf(stage, flow);
  if (!run) return { output: `${options.persona} did not enter ${flowId} by "${entry.event}".`, exitCode: 1 };
  playPeople(stage, { persona, flowId, from: at }, new Date(at.getTime() + untilMs));
  return { output: options.json ? asJson(stage, flow) : asText(stage, flow, persona, untilMs), exitCode: 0 };
}

/** The persona's own way in, else the flow's first event. */
function entryOf(flow: Flow, persona: Persona): Persona['entry'][string] | null {
  const own = persona.entry[flow.id];
  if (own) return own;
  const event = flow.entry[0]?.on[0];
  return event ? { event, properties: {} } : null;
}

const runOf = (stage: Stage, flow: Flow): RunState | undefined =>
  [...stage.runs.values()].find((run) => run.flow === flow.id);

/** Something a person of the rehearsal does at an hour of their own. */
interface Turn {
  readonly at: Date;
  readonly take: () => void;
}

/** A persona on their way through one flow. */
interface Life {
  readonly persona: Persona;
  readonly flowId: string;
  readonly from: Date;
}

/** What the product tells of them on the way. */
function eventTurns(stage: Stage, { persona, flowId, from }: Life, done: Set<string>): readonly Turn[] {
  return (persona.events[flowId] ?? []).flatMap(({ after, event, properties }, n) => {
    const key = `event:${n}`;
    if (done.has(key)) return [];
    const take = (): void => {
      done.add(key);
      play(stage, { do: 'track', name: event, properties });
    };
    return [{ at: new Date(from.getTime() + after), take }];
  });
}

/** Lets time go on to the end; the persona answers as its file says, and a coach takes what is handed over. */
function playPeople(stage: Stage, life: Life, end: Date): void {
  const { persona } = life;
  const done = new Set<string>();
  while (stage.now < end) {
    const turns = [
      ...eventTurns(stage, life, done),
      ...repliesTo(stage, persona, done),
      ...coachTurns(stage, persona, done),
    ].sort((a, b) => a.at.getTime() - b.at.getTime());
    const [turn] = turns;
    const next = nextInstant(stage) ?? end;
    if (turn && turn.at <= next && turn.at <= end) {
      play(stage, { do: 'until', at: turn.at });
      turn.take();
    } else {
      play(stage, { do: 'until', at: next < end ? next : end });
    }
  }
}

function repliesTo(stage: Stage, persona: Persona, done: Set<string>): readonly Turn[] {
  return stage.lines.flatMap((line) => {
    const reply = line.kind === 'out' ? persona.replies[keyOf(line.row)] : undefined;
    if (line.kind !== 'out' || !reply || done.has(line.row.id)) return [];
    const { row } = line;
    const { text = '', tap, after } = reply;
    const bubble = {
      text,
      button: tap ? { payload: tap, text: tap } : null,
      repliedTo: tap ? (row.sid ?? null) : null,
    };
    const take = (): void => {
      done.add(row.id);
      play(stage, { do: 'hear', channel: row.channel, bubbles: [bubble] });
    };
    return [{ at: new Date(line.at.getTime() + after), take }];
  });
}

const takesMs = 60_000;
const solvesMs = 20 * 60_000;

/** A coach on duty takes a thread within a minute, and has solved it twenty minutes later. */
function coachTurns(stage: Stage, persona: Persona, done: Set<string>): readonly Turn[] {
  const { own } = stage.thread;
  const { isOnDuty, coaches, nextOpening } = stage.cast.duty(own.since);
  const coachId = persona.coachId ?? coaches[0]?.id ?? 'nina';
  const key = `${own.state}:${own.rev}`;
  if ((own.state !== 'waiting' && own.state !== 'coach') || done.has(key)) return [];
  const from = isOnDuty || own.state === 'coach' ? own.since : (nextOpening ?? own.since);
  const at = new Date(
    Math.max(from.getTime() + (own.state === 'waiting' ? takesMs : solvesMs), stage.now.getTime()),
  );
  const take = (): void => {
    done.add(key);
    const { rev } = stage.thread.own;
    const act: CoachAct = own.state === 'waiting' ? sayOf(stage, rev) : { do: 'resolve', rev, why: 'done' };
    play(stage, { do: 'coach', coachId, act });
  };
  return [{ at, take }];
}

/** The coach's first word, which no flow has words for. */
function sayOf(stage: Stage, rev: number): CoachAct {
  const channel = stage.thread.lastInbound?.channel ?? 'sms';
  return { do: 'say', rev, seen: stage.thread.seq, channel, text: '…', undoMs: 8_000 };
}

const keyOf = ({ words }: Row): string => (words ? `${words.flow}.${words.key}` : '');

/** One JSON line an entry: what left, what did not and why, what was heard. */
function asJson(stage: Stage, flow: Flow): string {
  return stage.lines
    .flatMap((line) => entriesOf(line, flow))
    .map((entry) => JSON.stringify(entry))
    .join('\n');
}

function entriesOf(line: Line, flow: Flow): object[] {
  const at = line.at.toISOString();
  switch (line.kind) {
    case 'out':
      return [
        {
          at,
          kind: 'sent',
          flow: flow.id,
          channel: line.row.channel,
          class: line.row.class,
          key: keyOf(line.row),
          segments: line.row.body.segments,
          text: line.row.body.text,
        },
      ];
    case 'blocked':
      return [{ at, kind: 'blocked', channel: line.row.channel, key: keyOf(line.row), reason: line.reason }];
    case 'held':
      return [
        {
          at,
          kind: 'held',
          channel: line.row.channel,
          key: keyOf(line.row),
          reason: line.reason,
          until: line.until.toISOString(),
        },
      ];
    case 'in':
      return [
        {
          at,
          kind: 'heard',
          channel: line.item.channel,
          text: line.item.text,
          rule: line.item.why.rule,
          intent: line.item.understood?.intent,
          confidence: line.item.understood?.confidence,
        },
      ];
    case 'tell':
      return [{ at, kind: 'tell', ...line.tell }];
    case 'refused':
      return [{ at, ...line.refusal, kind: 'refused' }];
    default:
      return [
        { at, kind: line.kind, step: line.item.why.step, reason: line.item.why.reason, ...line.item.data },
      ];
  }
}

interface Clock {
  readonly run: RunState;
  readonly zone: string;
  readonly locale: Locale;
}

function asText(stage: Stage, flow: Flow, persona: Persona, untilMs: number): string {
  const run = runOf(stage, flow);
  if (!run) return '';
  const { contact } = persona;
  const clock: Clock = { run, zone: contact.zone, locale: contact.locale };
  const registerWord = contact.locale === 'fr' && contact.register ? ` ${contact.register}` : '';
  const channels = [...new Set(persona.addresses.map((address) => address.channel))].join('+');
  const head = `${flow.id}@${flow.version} · ${contact.firstName ?? ''}, ${contact.locale}${registerWord}, ${contact.zone}, ${channels} · entered ${dayOf(run.enteredAt, clock)} ${timeOf(run.enteredAt, clock)}`;
  const rows = stage.lines
    .flatMap((line) => textsOf(line, clock))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  return [head, ...columns(rows, clock), summary(stage, flow, run, untilMs)].join('\n');
}

interface Entry {
  readonly at: Date;
  readonly cells: readonly string[];
}

/** What a reader of the timeline wants: messages, answers, silences with their reason. */
function textsOf(line: Line, { run }: Clock): readonly Entry[] {
  if (line.kind === 'out') return [{ at: line.at, cells: outCells(line.row, run) }];
  if (line.kind === 'held' || line.kind === 'blocked') {
    const until = line.kind === 'held' ? ` until ${line.until.toISOString().slice(0, 16)}Z` : '';
    return [
      { at: line.at, cells: [line.row.channel, nameOf(line.row, run), line.kind, `${line.reason}${until}`] },
    ];
  }
  if (line.kind === 'in')
    return [{ at: line.at, cells: [`< ${line.item.text ?? ''}`, '', '', heardText(line)] }];
  if (line.kind === 'silence' && line.item.why.step && !line.item.rowId)
    return [{ at: line.at, cells: ['', line.item.why.step, 'skipped', line.item.why.reason ?? ''] }];
  if (line.kind === 'state' && line.item.why.rule === 'own')
    return [
      { at: line.at, cells: ['', '', String(line.item.data?.['to'] ?? ''), line.item.why.reason ?? ''] },
    ];
  return [];
}

function outCells(row: Row, run: RunState): readonly string[] {
  const cost = row.body.segments
    ? `${row.body.segments} seg ${row.body.encoding === 'gsm' ? 'GSM-7' : 'UCS-2'}   `
    : '';
  return [
    row.channel,
    nameOf(row, run),
    'sent',
    `${cost}${row.body.text.replaceAll('\n', ' ').slice(0, 48)}…`,
  ];
}

function nameOf({ words, by }: Row, run: RunState): string {
  if (!words) return by;
  return words.flow === run.flow ? words.key : `${words.flow}:${words.key}`;
}

function heardText({ item }: Extract<Line, { item: unknown }>): string {
  const { understood, why } = item;
  return `${understood?.intent ?? ''} ${understood?.confidence.toFixed(2) ?? ''} · ${why.rule}`;
}

/** J1   mar.  3 mars 12:30  sms    j1-sms     sent     … */
function columns(rows: readonly Entry[], clock: Clock): readonly string[] {
  let shown = '';
  return rows.map(({ at, cells: [first = '', second = '', third = '', rest = ''] }) => {
    const day = dayOf(at, clock);
    const isSame = day === shown;
    shown = day;
    const when = isSame ? ''.padEnd(17) : `${jOf(at, clock).padEnd(4)} ${day.padEnd(12)}`;
    const what = first.startsWith('<')
      ? first.padEnd(28)
      : `${first.padEnd(8)} ${second.padEnd(18)} ${third.padEnd(8)}`;
    return `${when} ${timeOf(at, clock)}  ${what} ${rest}`.trimEnd();
  });
}

const local = (at: Date, { zone, locale }: Clock): DateTime =>
  DateTime.fromJSDate(at, { zone }).setLocale(locale);
const dayOf = (at: Date, clock: Clock): string => local(at, clock).toFormat('ccc d LLLL');
const timeOf = (at: Date, clock: Clock): string => local(at, clock).toFormat('HH:mm');

function jOf(at: Date, clock: Clock): string {
  const from = DateTime.fromISO(clock.run.anchorOn, { zone: clock.zone });
  return `J${Math.floor(local(at, clock).startOf('day').diff(from, 'days').days)}`;
}

/** `7 steps: 6 sent, 1 skipped, 0 held · 3 SMS segments · 1 handoff · J30 no goal` */
function summary(stage: Stage, flow: Flow, run: RunState, untilMs: number): string {
  const rows = [...stage.rows.values()].filter((row) => row.runId === run.id && row.stepKey);
  const sent = rows.filter((row) => row.sid).length;
  const held = rows.filter((row) => row.status === 'queued').length;
  const skipped = flow.steps.length - sent - held;
  const segments = [...stage.rows.values()].reduce(
    (sum, row) => sum + (row.sid ? (row.body.segments ?? 0) : 0),
    0,
  );
  const handoffs = stage.items.filter((item) => item.kind === 'brief').length;
  const ended = run.exitReason === 'goal_met' ? 'goal met' : 'no goal';
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `${plural(flow.steps.length, 'step')}: ${sent} sent, ${skipped} skipped, ${held} held · ${plural(segments, 'SMS segment')} · ${plural(handoffs, 'handoff')} · J${Math.round(untilMs / 86_400_000)} ${ended}`;
}
