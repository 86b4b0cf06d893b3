import type { Arrival, CoachAct, Inbound } from './arrival.ts';
import type { Address, ConsentRecord, ConsentState, Contact, Suppression } from './contact.ts';
import {
  createDecide,
  judgeAtClaim,
  type Allowance,
  type AppointmentChange,
  type Decide,
  type DecisionRecord,
  type Duty,
  type Kept,
  type Offer,
  type SenderFacts,
  type World,
} from './decide.ts';
import type { Assignment, Exposure } from './experiment.ts';
import type { TrackedEvent } from './flow/event.ts';
import type { Understand } from './intent.ts';
import type { Item } from './item.ts';
import type { Library } from './library.ts';
import type { Row, RowStatus } from './row.ts';
import type { RunState } from './run.ts';
import { newThread, type Thread } from './thread.ts';
import { localDate } from './calendar.ts';
import { silencedUntil, silenceOf } from './silence.ts';
import type { Channel } from './vocabulary.ts';

/** Who and what stands on the stage before the first cue. */
export interface Cast {
  readonly contact: Contact;
  readonly addresses: readonly Address[];
  readonly consents: ConsentState;
  readonly senders: readonly SenderFacts[];
  readonly coachNames: Readonly<Record<string, string>>;
  /** Facts as they are at an instant: a rehearsal's facts do not grow stale by being played ahead. */
  readonly offers: (now: Date) => readonly Offer[];
  readonly duty: (now: Date) => Duty;
  readonly library: Library;
  readonly understand: Understand;
  readonly publicUrl: string;
}

/** One thing that happens in a script, at the time the stage has reached. */
export type Cue =
  | { readonly do: 'until'; readonly at: Date }
  | {
      readonly do: 'track';
      readonly name: string;
      readonly properties?: Readonly<Record<string, unknown>>;
      readonly historical?: boolean;
    }
  | { readonly do: 'hear'; readonly bubbles: readonly Partial<Inbound>[]; readonly channel: Channel }
  | { readonly do: 'coach'; readonly coachId: string; readonly act: CoachAct }
  /** The carrier's last word on a message that left. */
  | { readonly do: 'fail'; readonly rowId: string; readonly code: string }
  /** WhatsApp's 24 hours are over. */
  | { readonly do: 'shut-window' };

/** What both sides, and the coaches, saw. Oldest first. */
export type Line =
  | { readonly kind: 'out'; readonly at: Date; readonly row: Row }
  | { readonly kind: 'blocked'; readonly at: Date; readonly row: Row; readonly reason: string }
  | {
      readonly kind: 'held';
      readonly at: Date;
      readonly row: Row;
      readonly until: Date;
      readonly reason: string;
    }
  | {
      readonly kind: 'in' | 'silence' | 'state' | 'note' | 'event' | 'brief';
      readonly at: Date;
      readonly item: Item;
    }
  | { readonly kind: 'tell'; readonly at: Date; readonly tell: Kept['tells'][number] }
  | { readonly kind: 'refused'; readonly at: Date; readonly refusal: NonNullable<Kept['refusal']> };

/** The state of a rehearsal: one contact's world in memory, and the time there. */
export interface Stage {
  readonly cast: Cast;
  readonly decide: Decide;
  now: Date;
  contact: Contact;
  addresses: readonly Address[];
  consents: ConsentState;
  suppressions: readonly Suppression[];
  appointments: World['appointments'];
  thread: Thread;
  readonly runs: Map<string, RunState>;
  readonly rows: Map<string, Row>;
  readonly items: Item[];
  readonly ledger: ConsentRecord[];
  readonly decisions: DecisionRecord[];
  readonly own: Map<string, Offer>;
  readonly assignments: Assignment[];
  readonly exposures: Exposure[];
  allowances: readonly Allowance[];
  readonly waiting: Arrival[];
  readonly lines: Line[];
  count: number;
}

export function openStage(cast: Cast, at: Date): Stage {
  return {
    cast,
    decide: createDecide(cast.understand),
    now: at,
    contact: cast.contact,
    addresses: cast.addresses,
    consents: cast.consents,
    suppressions: [],
    appointments: [],
    thread: newThread(cast.contact.id, at),
    runs: new Map(),
    rows: new Map(),
    items: [],
    ledger: [],
    decisions: [],
    own: new Map(),
    assignments: [],
    exposures: [],
    allowances: [],
    waiting: [],
    lines: [],
    count: 0,
  };
}

/** Plays a script from its first cue to its last, in the script's own time: a year takes moments. */
export function rehearse(cast: Cast, at: Date, script: readonly Cue[]): Stage {
  const stage = openStage(cast, at);
  for (const cue of script) play(stage, cue);
  return stage;
}

/** Plays one cue, and everything that follows from it at once. */
export function play(stage: Stage, cue: Cue): void {
  switch (cue.do) {
    case 'until':
      return playUntil(stage, cue.at);
    case 'track':
      return arrive(stage, { ...head(stage, 'event'), kind: 'event', event: eventOf(stage, cue) });
    case 'hear':
      return hear(stage, cue.bubbles, cue.channel);
    case 'coach':
      return coach(stage, cue.coachId, cue.act);
    case 'fail':
      return fail(stage, cue.rowId, cue.code);
    case 'shut-window':
      stage.thread = { ...stage.thread, windows: {} };
      return;
  }
}

const head = (stage: Stage, kind: string) =>
  ({
    id: `${kind}:${(stage.count += 1)}`,
    contactId: stage.contact.id,
    receivedAt: stage.now,
    state: 'new',
    tries: 0,
  }) as const;

function eventOf(stage: Stage, cue: Extract<Cue, { do: 'track' }>): TrackedEvent {
  const { name, properties = {}, historical } = cue;
  return {
    id: `m${stage.count}`,
    name,
    properties,
    occurredAt: stage.now,
    ...(historical ? { historical } : {}),
  };
}

/** Bubbles of one breath come half a second apart; then the artist waits, as people do. */
const breathMs = 500;

function hear(stage: Stage, bubbles: readonly Partial<Inbound>[], channel: Channel): void {
  bubbles.forEach((bubble, index) => {
    if (index > 0) playUntil(stage, new Date(stage.now.getTime() + breathMs));
    const arrival = {
      ...head(stage, 'twilio'),
      kind: 'inbound',
      inbound: inboundOf(stage, bubble, channel),
    } as const;
    arrive(stage, arrival);
  });
  const { collectUntil } = stage.thread;
  if (collectUntil) playUntil(stage, collectUntil);
}

function inboundOf(stage: Stage, bubble: Partial<Inbound>, channel: Channel): Inbound {
  return {
    channel,
    sender: stage.cast.senders.find((sender) => sender.channel === channel)?.key ?? channel,
    address: stage.addresses.find((address) => address.channel === channel)?.value ?? '',
    text: '',
    media: [],
    button: null,
    repliedTo: null,
    optOutType: null,
    profileName: null,
    sid: `SM${stage.count}`,
    ...bubble,
  };
}

function coach(stage: Stage, coachId: string, act: CoachAct): void {
  const coachName = stage.cast.coachNames[coachId] ?? coachId;
  arrive(stage, { ...head(stage, 'coach'), kind: 'coach', coachId, coachName, act });
}

function fail(stage: Stage, rowId: string, code: string): void {
  const row = stage.rows.get(rowId);
  if (!row) return;
  mark(stage, row, 'failed', code);
  arrive(stage, {
    ...head(stage, 'receipt'),
    kind: 'receipt',
    rowId,
    sid: row.sid ?? null,
    status: 'failed',
    code,
    channel: row.channel,
    address: row.address,
  });
}

function arrive(stage: Stage, arrival: Arrival): void {
  stage.waiting.push(arrival);
  settle(stage);
}

/** Time goes on to an instant; all that comes due on the way happens at its own time. */
export function playUntil(stage: Stage, at: Date): void {
  for (let next = nextInstant(stage); next && next <= at; next = nextInstant(stage)) {
    if (next > stage.now) stage.now = next;
    settle(stage);
  }
  if (at > stage.now) stage.now = at;
}

/** When something next comes due by itself; null where nothing ever will. */
export function nextInstant(stage: Stage): Date | null {
  const times = [
    stage.thread.collectUntil,
    stage.thread.own.snooze?.until,
    ...openRuns(stage).map((run) => run.wakeAt),
    ...queued(stage).map((row) => row.notBefore),
  ].flatMap((time) => (time ? [time.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}

const openRuns = (stage: Stage): readonly RunState[] => [...stage.runs.values()].filter((run) => run.open);
const queued = (stage: Stage): readonly Row[] =>
  [...stage.rows.values()].filter((row) => row.status === 'queued');

/** More rounds at one instant than anything sensible takes: a loop between two parts, not an outage. */
const mostRounds = 1_000;

/** Everything that is due at this instant: arrivals, wakes, rows, until nothing is. */
function settle(stage: Stage): void {
  for (let round = 0; round < mostRounds; round += 1) {
    if (!drain(stage) && !wakeOne(stage) && !speakOne(stage)) return;
  }
  throw new Error(`the rehearsal goes round in a circle at ${stage.now.toISOString()}`);
}

/** Moves what waits, unless free text still collects. */
function drain(stage: Stage): boolean {
  const isNew = stage.waiting.some((arrival) => arrival.state === 'new');
  const { collectUntil } = stage.thread;
  if (stage.waiting.length === 0 || (!isNew && collectUntil && collectUntil > stage.now)) return false;
  const arrivals = stage.waiting.splice(0);
  const kept = stage.decide(arrivals, worldOf(stage), momentOf(stage));
  keep(stage, kept);
  if (kept.isCollecting)
    stage.waiting.unshift(...arrivals.map((arrival) => ({ ...arrival, state: 'shown' as const })));
  return true;
}

function wakeOne(stage: Stage): boolean {
  const due = openRuns(stage).find((run) => run.wakeAt && run.wakeAt <= stage.now);
  if (due?.wakeAt) {
    const id = `wake:${due.id}:${due.wakeAt.toISOString()}`;
    if (stage.waiting.some((arrival) => arrival.id === id)) return false;
    stage.waiting.push({ ...head(stage, 'wake'), id, kind: 'wake', runId: due.id, wakeAt: due.wakeAt });
    return true;
  }
  const until = stage.thread.own.snooze?.until;
  if (!until || until > stage.now) return false;
  stage.waiting.push({ ...head(stage, 'wake'), kind: 'wake', runId: '', wakeAt: until });
  return true;
}

/** The sender takes the oldest row that is due, and the guard has its last word. */
function speakOne(stage: Stage): boolean {
  const row = queued(stage).find((one) => one.notBefore <= stage.now);
  if (!row) return false;
  const { verdict, row: rendered, decisions } = judgeAtClaim(row, worldOf(stage), momentOf(stage));
  stage.decisions.push(...decisions);
  if (verdict.may === 'never') block(stage, rendered, verdict.reason);
  else if (stage.now >= row.expiresAt) block(stage, rendered, row.reason ?? 'expired');
  else if (verdict.may === 'wait') hold(stage, rendered, verdict.until, verdict.reason);
  else deliver(stage, rendered);
  return true;
}

function block(stage: Stage, row: Row, reason: string): void {
  mark(stage, row, 'blocked', reason);
  stage.lines.push({ kind: 'blocked', at: stage.now, row, reason });
  freeFollowers(stage, row);
}

function hold(stage: Stage, row: Row, until: Date, reason: string): void {
  const later = Math.min(Math.max(until.getTime(), stage.now.getTime() + 1), row.expiresAt.getTime());
  stage.rows.set(row.id, { ...row, notBefore: new Date(later), reason });
  stage.lines.push({ kind: 'held', at: stage.now, row, until: new Date(later), reason });
}

function deliver(stage: Stage, row: Row): void {
  const sent: Row = { ...row, sid: `sid:${row.id}` };
  mark(stage, sent, 'delivered', null);
  if (row.class === 'marketing') {
    const place = {
      key: row.id,
      channel: row.channel,
      at: stage.now,
      on: localDate(stage.now, stage.contact.zone),
    };
    stage.allowances = [...stage.allowances, place];
  }
  const silence = silenceOf(sent, stage.now);
  if (silence) stage.own.set(silence.key, silence);
  stage.lines.push({ kind: 'out', at: stage.now, row: sent });
  freeFollowers(stage, row);
}

function mark(stage: Stage, row: Row, status: RowStatus, reason: string | null): void {
  const history = [...row.history, { at: stage.now, status, reason }];
  stage.rows.set(row.id, { ...row, status, reason, history });
}

/** The second bubble of an answer leaves once the first is through. */
function freeFollowers(stage: Stage, row: Row): void {
  for (const other of queued(stage)) {
    if (other.after === row.id) stage.rows.set(other.id, { ...other, notBefore: stage.now, after: null });
  }
}

/** Keeps a decision as the store would: all of it. */
function keep(stage: Stage, kept: Kept): void {
  stage.thread = kept.thread;
  keepItems(stage, kept);
  for (const run of kept.runs) stage.runs.set(run.id, run);
  for (const row of kept.rows) keepRow(stage, row);
  for (const change of kept.rowChanges) changeRow(stage, change);
  for (const record of kept.consents) keepConsent(stage, record);
  keepFacts(stage, kept);
  stage.decisions.push(...kept.decisions);
  stage.assignments.push(...(kept.assignments ?? []));
  stage.exposures.push(...(kept.exposures ?? []));
  for (const appointment of kept.appointments ?? []) keepAppointment(stage, appointment);
  for (const offer of kept.offers) stage.own.set(offer.key, offer);
  stage.lines.push(...kept.tells.map((tell) => ({ kind: 'tell', at: stage.now, tell }) as const));
  if (kept.refusal) stage.lines.push({ kind: 'refused', at: stage.now, refusal: kept.refusal });
  for (const event of kept.emitted) stage.waiting.push({ ...head(stage, 'event'), kind: 'event', event });
}

function keepAppointment(stage: Stage, { state, ...appointment }: AppointmentChange): void {
  const others = stage.appointments.filter(({ id }) => id !== appointment.id);
  const booked = state === 'booked' ? [...others, appointment] : others;
  stage.appointments = booked.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

function keepItems(stage: Stage, kept: Kept): void {
  for (const { id, set } of kept.itemChanges ?? []) {
    const at = stage.items.findIndex((item) => item.id === id);
    const item = stage.items[at];
    if (item) stage.items[at] = { ...item, ...set };
    const line = stage.lines.findIndex((one) => 'item' in one && one.item.id === id);
    const seen = stage.lines[line];
    if (seen && 'item' in seen) stage.lines[line] = { ...seen, item: { ...seen.item, ...set } };
  }
  for (const item of kept.items) {
    stage.items.push(item);
    if (item.kind !== 'out') stage.lines.push({ kind: item.kind, at: item.at, item });
  }
}

function keepRow(stage: Stage, row: Row): void {
  if (stage.rows.has(row.id)) throw new Error(`row ${row.id} is written twice`);
  stage.rows.set(row.id, row);
  if (row.status === 'blocked')
    stage.lines.push({ kind: 'blocked', at: stage.now, row, reason: row.reason ?? 'blocked' });
  else if (row.reason)
    stage.lines.push({ kind: 'held', at: stage.now, row, until: row.notBefore, reason: row.reason });
}

function changeRow(stage: Stage, { rowId, to, reason, notBefore }: Kept['rowChanges'][number]): void {
  const row = stage.rows.get(rowId);
  if (row?.status !== 'queued') return;
  if (to) block(stage, row, reason ?? to);
  else if (notBefore) stage.rows.set(rowId, { ...row, notBefore });
}

function keepConsent(stage: Stage, record: ConsentRecord): void {
  stage.ledger.push(record);
  stage.consents = { ...stage.consents, [`${record.channel}:${record.purpose}`]: record.action };
}

function keepFacts(stage: Stage, kept: Kept): void {
  for (const [path, value] of Object.entries(kept.contactSet))
    stage.contact = withPath(stage.contact, path.split('.'), value);
  for (const { id, set } of kept.addressSet)
    stage.addresses = stage.addresses.map((address) =>
      address.id === id ? { ...address, ...set } : address,
    );
  for (const { channel, reason, lift } of kept.suppress) {
    const others = stage.suppressions.filter(
      (one) => one.channel !== channel || (!lift && one.reason !== reason),
    );
    stage.suppressions = lift ? others : [...others, { channel, reason, at: stage.now }];
  }
}

function withPath<T extends object>(value: T, path: readonly string[], leaf: unknown): T {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const inner = (value as Readonly<Record<string, unknown>>)[first];
  const next =
    rest.length === 0 ? leaf : withPath(typeof inner === 'object' && inner ? inner : {}, rest, leaf);
  return { ...value, [first]: next };
}

const pending: ReadonlySet<RowStatus> = new Set(['queued', 'sending', 'unsure']);

/** The world of a decision, as the store would load it at this instant. */
export function worldOf(stage: Stage): World {
  const { cast, now } = stage;
  const rows = [...stage.rows.values()];
  return {
    contact: stage.contact,
    addresses: stage.addresses,
    consents: stage.consents,
    suppressions: stage.suppressions,
    thread: stage.thread,
    runs: [...stage.runs.values()],
    quoted: rows.flatMap((row) => (row.sid ? [quotedOf(row, row.sid)] : [])),
    rows: rows.filter((row) => pending.has(row.status)),
    duty: cast.duty(now),
    coachNames: cast.coachNames,
    offers: offersOf(stage),
    allowances: stage.allowances,
    senders: cast.senders,
    pausedFlows: [],
    appointments: stage.appointments,
    assignments: Object.fromEntries(stage.assignments.map(({ experiment, arm }) => [experiment, arm])),
    library: cast.library,
    publicUrl: cast.publicUrl,
    silencedUntil: silencedUntil([...stage.own.values()], now),
  };
}

const offersOf = ({ cast, now, own }: Stage): readonly Offer[] =>
  own.size === 0 ? cast.offers(now) : [...cast.offers(now), ...own.values()];

function quotedOf(row: Row, sid: string): World['quoted'][number] {
  const { id: rowId, itemId, runId = null, node = null, waitId = null, createdAt: at } = row;
  return { sid, rowId, itemId, runId, node, waitId, at };
}

const momentOf = (stage: Stage) => ({ now: stage.now, zone: stage.contact.zone });
