import { monotonicMs } from '../clock.ts';
import { waitingStates } from '../store/arrivals.ts';
import type { Store } from '../store/connect.ts';
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
}

const second = 1_000;
const skewMs = 2 * second;
/** An arrival is moved in the moment it comes; a row leaves when it is due. */
const arrivalMs = { late: 10 * second, bad: 60 * second };
const outboxMs = { late: 60 * second, bad: 10 * 60 * second };
const unsureMost = { late: 0, bad: 20 };

/** How the house is doing. Waiting is measured on the product's clock, which a sandbox moves. */
export async function readHealth(desk: Desk, senderKeys: readonly string[]): Promise<HealthView> {
  const { store, now } = desk;
  const at = now();
  const present = { beatAt: { $gte: new Date(at.getTime() - 60 * second) } };
  const [lines, senders, ticks, all, here] = await Promise.all([
    readLines(desk, at),
    readSenders(desk, senderKeys),
    readTicks(desk),
    store.coaches.countDocuments(),
    store.coaches.countDocuments(present),
  ]);
  return { at, lines, senders, ticks, coaches: { all, present: here } };
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

async function readLines(desk: Desk, at: Date): Promise<readonly HealthLine[]> {
  const { store } = desk;
  const [database, missing, { arrivals, outbox, unsure, failed, stuck }] = await Promise.all([
    readDatabase(desk),
    store.missingIndexes(),
    readBacklog(store, at),
  ]);
  return [
    database,
    {
      key: 'indexes',
      state: missing.length > 0 ? 'bad' : 'good',
      values: { count: missing.length, names: missing.join(', ') },
    },
    { key: 'arrivals', state: stateOf(arrivals.ageMs, arrivalMs), values: arrivals },
    { key: 'outbox', state: stateOf(outbox.ageMs, outboxMs), values: outbox },
    { key: 'unsure', state: stateOf(unsure, unsureMost), values: { count: unsure } },
    { key: 'failed', state: failed > 0 ? 'late' : 'good', values: { count: failed } },
    { key: 'stuck', state: stuck > 0 ? 'bad' : 'good', values: { count: stuck } },
  ];
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
  keys: readonly string[],
): Promise<readonly SenderView[]> {
  const docs = new Map((await store.senders.find().toArray()).map((doc) => [doc._id, doc]));
  const { senders: declared } = library.keywords;
  return [...new Set([...keys, ...docs.keys()])].sort().map((key) => {
    const doc = docs.get(key);
    const says = declared[key] ?? declared[key.split(':')[0] ?? ''];
    return {
      key,
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
