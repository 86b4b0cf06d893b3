import { monotonicMs } from '../clock.ts';
import { waitingStates } from '../store/arrivals.ts';
import type { Store } from '../store/connect.ts';
import { readOffers } from './offers.ts';
import type { Desk } from './rows.ts';

/** `late` deserves a look, `bad` asks for something to be done. */
export type HealthState = 'good' | 'late' | 'bad';

/** One line of the page: what was looked at, how it is, and the numbers its sentence needs. */
export interface HealthLine {
  readonly key: string;
  readonly state: HealthState;
  readonly values: Readonly<Record<string, string | number | null>>;
}

export interface SenderView {
  readonly key: string;
  /** Messages a second it may use; null = as many as there are. */
  readonly mps: number | null;
  readonly isPaused: boolean;
  readonly breakerUntil: Date | null;
  /** Held by a worker until then. */
  readonly leasedUntil: Date | null;
  /** Who answers the word, as flows/keywords.yaml declares it, and as last seen; null = never seen. */
  readonly declared: { readonly stop: string; readonly help: string } | null;
  readonly seen: { readonly stop: string | null; readonly help: string | null; readonly at: Date } | null;
}

export interface TickView {
  readonly name: string;
  readonly lastAt: Date | null;
  readonly nextAt: Date | null;
  readonly failure: string | null;
}

export interface HealthView {
  readonly at: Date;
  readonly lines: readonly HealthLine[];
  readonly senders: readonly SenderView[];
  readonly ticks: readonly TickView[];
  readonly coaches: { readonly all: number; readonly present: number };
  /** How long the process that answers has been up. */
  readonly upMs: number;
}

/** What only the process that answers knows. */
export interface HealthParts {
  readonly senders: readonly { readonly key: string; readonly mps: number | null }[];
  /** Turned away in the last hour, by this process. */
  readonly rejected: {
    readonly forged: number;
    readonly malformed: number;
    readonly failed: number;
    readonly limited: number;
  };
  /** Mail leaves the house: a relay carries it. */
  readonly reachesMailboxes: boolean;
  readonly upMs: number;
}

const second = 1_000;
const skewMs = 2 * second;
/** An arrival is moved in the moment it comes; a row leaves when it is due. */
const arrivalMs = { late: 10 * second, bad: 60 * second };
const outboxMs = { late: 60 * second, bad: 10 * 60 * second };
const unsureMost = { late: 0, bad: 20 };
/** The quickest tick comes every 5 s. */
const tickMs = { late: 60 * second, bad: 180 * second };
/** A few forged posts are noise of the internet; a stream of them is a wrong token or address. */
const forgedMost = { late: 5, bad: 100 };
const diskMost = { late: 0.8, bad: 0.92 };
const namesMost = 6;

/** How the house is doing. Waiting is measured on the product's clock, which a sandbox moves. */
export async function readHealth(desk: Desk, parts: HealthParts): Promise<HealthView> {
  const { store, now } = desk;
  const at = now();
  const present = { beatAt: { $gte: new Date(at.getTime() - 60 * second) } };
  const [senders, ticks, all, here] = await Promise.all([
    readSenders(desk, parts.senders),
    readTicks(desk),
    store.coaches.countDocuments({ leftAt: null, status: { $ne: 'invited' } }),
    store.coaches.countDocuments(present),
  ]);
  const lines = await readLines(desk, parts, ticks, here, at);
  return { at, lines, senders, ticks, coaches: { all, present: here }, upMs: parts.upMs };
}

const ageOf = (at: Date | undefined, now: Date): number =>
  at ? Math.max(0, now.getTime() - at.getTime()) : 0;

const stateOf = (value: number, most: { readonly late: number; readonly bad: number }): HealthState =>
  value > most.bad ? 'bad' : value > most.late ? 'late' : 'good';

/** What waits in the house, and for how long its oldest has. */
export interface Backlog {
  readonly arrivals: { readonly count: number; readonly ageMs: number };
  readonly outbox: { readonly count: number; readonly ageMs: number };
  readonly unsure: number;
  /** Threads with a message that failed. */
  readonly failed: number;
  /** Threads with something parked for a coach. */
  readonly stuck: number;
}

/** Waiting is measured on the clock of `at`. */
export async function readBacklog(store: Store, at: Date): Promise<Backlog> {
  const [arrival, waiting, stuck, row, queued, unsure, failed] = await Promise.all([
    store.arrivals.findOne(
      { state: { $in: [...waitingStates] } },
      { sort: { receivedAt: 1 }, projection: { receivedAt: 1 } },
    ),
    store.arrivals.countDocuments({ state: { $in: [...waitingStates] } }),
    store.threads.countDocuments({ flags: { $in: ['stuck', 'loop'] } }),
    store.outbox.findOne(
      { status: 'queued', notBefore: { $lte: at } },
      { sort: { notBefore: 1 }, projection: { notBefore: 1 } },
    ),
    store.outbox.countDocuments({ status: 'queued', notBefore: { $lte: at } }),
    store.outbox.countDocuments({ status: 'unsure' }),
    store.threads.countDocuments({ flags: 'failed' }),
  ]);
  return {
    arrivals: { count: waiting, ageMs: ageOf(arrival?.receivedAt, at) },
    outbox: { count: queued, ageMs: ageOf(row?.notBefore, at) },
    unsure,
    failed,
    stuck,
  };
}

async function readLines(
  desk: Desk,
  parts: HealthParts,
  ticks: readonly TickView[],
  present: number,
  at: Date,
): Promise<readonly HealthLine[]> {
  const { store } = desk;
  const [database, missing, backlog, disk, inbox, facts, flows] = await Promise.all([
    readDatabase(desk),
    store.missingIndexes(),
    readBacklog(store, at),
    readDisk(desk),
    readInbox(desk, present, at),
    readFacts(desk),
    readPaused(desk),
  ]);
  const { arrivals, outbox, unsure, failed, stuck } = backlog;
  return [
    database,
    {
      key: 'indexes',
      state: missing.length > 0 ? 'bad' : 'good',
      values: { count: missing.length, names: missing.join(', ') },
    },
    ...disk,
    ...tickLines(ticks),
    { key: 'arrivals', state: stateOf(arrivals.ageMs, arrivalMs), values: arrivals },
    { key: 'outbox', state: stateOf(outbox.ageMs, outboxMs), values: outbox },
    { key: 'unsure', state: stateOf(unsure, unsureMost), values: { count: unsure } },
    { key: 'failed', state: failed > 0 ? 'late' : 'good', values: { count: failed } },
    { key: 'stuck', state: stuck > 0 ? 'bad' : 'good', values: { count: stuck } },
    inbox,
    flows,
    facts,
    ...doorLines(parts),
  ];
}

/** Somebody keeps time and sends: the last tick that ended, and ticks that fail. Ticks live by the machine's clock. */
function tickLines(ticks: readonly TickView[]): readonly HealthLine[] {
  const last = Math.max(0, ...ticks.map(({ lastAt }) => lastAt?.getTime() ?? 0));
  const ageMs = last === 0 ? null : Math.max(0, Date.now() - last);
  const failing = ticks.filter(({ failure }) => failure !== null);
  return [
    { key: 'worker', state: ageMs === null ? 'bad' : stateOf(ageMs, tickMs), values: { ageMs } },
    {
      key: 'ticks',
      state: failing.length > 0 ? 'bad' : 'good',
      values: { count: failing.length, names: failing.map(({ name }) => name).join(', ') },
    },
  ];
}

/** What came to our doors and was turned away, and whether mail leaves the house. */
function doorLines({ rejected, reachesMailboxes }: HealthParts): readonly HealthLine[] {
  const { forged, malformed, failed, limited } = rejected;
  return [
    {
      key: 'webhooks',
      state: failed > 0 ? 'bad' : malformed > 0 && forged === 0 ? 'late' : stateOf(forged, forgedMost),
      values: { forged, malformed, failed },
    },
    { key: 'limits', state: limited > 0 ? 'late' : 'good', values: { count: limited } },
    { key: 'mail', state: reachesMailboxes ? 'good' : 'bad', values: {} },
  ];
}

/** Where the database may be asked how full its disk is. */
async function readDisk({ store }: Desk): Promise<readonly HealthLine[]> {
  const stats = await store.connection
    .getClient()
    .db(store.connection.name)
    .command({ dbStats: 1 })
    .catch(() => ({}));
  const { fsUsedSize: used, fsTotalSize: total } = stats as { fsUsedSize?: number; fsTotalSize?: number };
  if (!used || !total) return [];
  const values = { percent: Math.round((used / total) * 100), freeGb: Math.floor((total - used) / 1e9) };
  return [{ key: 'disk', state: stateOf(used / total, diskMost), values }];
}

/** Artists who wait for a person, and for how long past what they were told. */
async function readInbox({ store }: Desk, present: number, at: Date): Promise<HealthLine> {
  const waits = { 'own.state': { $in: ['waiting', 'coach'] } } as const;
  const [waiting, overdue] = await Promise.all([
    store.threads.countDocuments({ 'own.state': 'waiting' }),
    store.threads.countDocuments({ ...waits, 'own.dueAt': { $lt: at } }),
  ]);
  const isAlone = waiting > 0 && present === 0;
  return {
    key: 'desk',
    state: overdue > 0 && present === 0 ? 'bad' : overdue > 0 || isAlone ? 'late' : 'good',
    values: { waiting, overdue, present },
  };
}

/** Facts that messages lean on and that are not held true: their sentences are left out, or they do not leave. */
async function readFacts(desk: Desk): Promise<HealthLine> {
  const { offers, missing } = await readOffers(desk);
  const untrue = offers.filter(({ isLive, leaning }) => !isLive && leaning.length > 0);
  const names = [...missing.map(({ claim }) => claim), ...untrue.map(({ key }) => key)];
  const steps = new Set([...missing, ...untrue].flatMap(({ leaning }) => leaning));
  return {
    key: 'offers',
    state: names.length > 0 ? 'late' : 'good',
    values: {
      count: names.length,
      steps: steps.size,
      names: names.slice(0, namesMost).join(', ') + (names.length > namesMost ? '…' : ''),
    },
  };
}

/** Sequences that say nothing: paused by a person, or by the house because their mails came back. */
async function readPaused({ store }: Desk): Promise<HealthLine> {
  const paused = await store.flows.find({ pausedAt: { $type: 'date' } }).toArray();
  const isBroken = paused.some(({ mailBrokenAt }) => Boolean(mailBrokenAt));
  return {
    key: 'paused',
    state: isBroken ? 'bad' : paused.length > 0 ? 'late' : 'good',
    values: { count: paused.length, names: paused.map(({ _id }) => _id).join(', ') },
  };
}

async function readDatabase({ store }: Desk): Promise<HealthLine> {
  const client = store.connection.getClient();
  const began = monotonicMs();
  const hello = await client.db('admin').command({ hello: 1 });
  const tookMs = Math.round(monotonicMs() - began);
  const offMs = Math.abs((hello.localTime as Date).getTime() - Date.now());
  return {
    key: 'database',
    state: offMs > skewMs ? 'bad' : 'good',
    values: { tookMs, offMs, set: (hello.setName as string | undefined) ?? null },
  };
}

async function readSenders(
  { store, library }: Desk,
  known: HealthParts['senders'],
): Promise<readonly SenderView[]> {
  const docs = new Map((await store.senders.find().toArray()).map((doc) => [doc._id, doc]));
  const { senders: declared } = library.keywords;
  const rates = new Map(known.map(({ key, mps }) => [key, mps]));
  return [...new Set([...rates.keys(), ...docs.keys()])].sort().map((key) => {
    const doc = docs.get(key);
    const says = declared[key] ?? declared[key.split(':')[0] ?? ''];
    return {
      key,
      mps: rates.get(key) ?? null,
      isPaused: Boolean(doc?.pausedAt),
      breakerUntil: doc?.breaker?.until ?? null,
      leasedUntil: doc?.lease?.until ?? null,
      declared: says ? { stop: says.optOut === 'none' ? 'us' : 'carrier', help: says.help } : null,
      seen: doc?.answers ? { stop: doc.answers.stop, help: doc.answers.help, at: doc.answers.seenAt } : null,
    };
  });
}

interface AgendaDoc {
  readonly name: string;
  readonly lastFinishedAt?: Date | null;
  readonly nextRunAt?: Date | null;
  readonly failReason?: string | null;
  readonly failedAt?: Date | null;
}

/** Ticks as the clock room keeps them, for all processes. */
async function readTicks({ store }: Desk): Promise<readonly TickView[]> {
  const db = store.connection.getClient().db(store.connection.name);
  const docs = await db.collection<AgendaDoc>('agendaJobs').find().sort({ name: 1 }).toArray();
  return docs.map(({ name, lastFinishedAt, nextRunAt, failReason, failedAt }) => ({
    name,
    lastAt: lastFinishedAt ?? null,
    nextAt: nextRunAt ?? null,
    failure: failedAt && (!lastFinishedAt || failedAt >= lastFinishedAt) ? (failReason ?? null) : null,
  }));
}
