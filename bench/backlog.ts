import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../test/faults/support/outcome.ts';
import type { Store } from '../src/store/connect.ts';
import { contactIdOf, seedArtists, seedRuns } from './cast.ts';
import type { Ground, Product } from './ground.ts';
import { measureSent, segmentsOfText } from './rate.ts';

/*
 * F22: a million runs that wait, fifty thousand of them due at one instant. Looking for what is due costs nothing while nothing
 * is; what is due leaves at the sender's rate, in bounded memory, and no collection is read from end to end.
 */

export interface BacklogSize {
  readonly runs: number;
  readonly due: number;
  /** Segments a second. */
  readonly mps: number;
}

const dbName = 'backlog';
const idleForMs = 30_000;
const settleMs = 5_000;
const patienceMs = 60_000;
const most = { tickMs: 20, rssMb: 300 };
/** The rate is used, or something else was too slow. */
const leastShare = 0.8;
const pageSize = 5_000;
/** What is read from end to end must not be one of these: they grow with the people. */
const growing = new Set([
  'runs',
  'outbox',
  'arrivals',
  'threads',
  'contacts',
  'items',
  'addresses',
  'consents',
  'decisions',
]);

export async function drainBacklog(ground: Ground, { runs, due, mps }: BacklogSize): Promise<Outcome> {
  const { outside } = ground;
  const store = await ground.open(dbName);
  await seedArtists(store, due);
  await seedRuns(store, runs);
  await store.connection.getClient().db('admin').command({ fsync: 1 });
  await watchScans(store);
  const product = await ground.product(dbName, { SMS_MPS: String(mps) });
  try {
    await pause(settleMs);
    const idle = await idleTicks(product);
    outside.reset();
    outside.reports(false);
    const beganMs = performance.now();
    await wakeSome(store, due);
    await outside.filled(due, patienceMs);
    const drainedS = Math.round((performance.now() - beganMs) / 1000);
    const sent = measureSent(outside, mps);
    const rssMb = mostMemoryMb(product.pid);
    const scans = await scansOf(store);
    const rows = await store.outbox.countDocuments({});
    return {
      injected: { runs, due },
      operations: { calls: outside.book.length, rows },
      violations: [
        ...Object.entries(idle).flatMap(([tick, ms]) =>
          ms > most.tickMs ? [`idle: a ${tick} tick took ${String(ms)} ms`] : [],
        ),
        ...(rssMb > most.rssMb ? [`memory: ${String(rssMb)} MB`] : []),
        ...scans.map((scan) => `read from end to end: ${scan}`),
        ...(sent.mostInASecond > mps + segmentsOfText
          ? [`rate: ${String(sent.mostInASecond)} segments in a second`]
          : []),
        ...(sent.share < leastShare ? [`rate: only ${sent.share.toFixed(2)} of it was used`] : []),
        ...(rows === due ? [] : [`${String(rows)} rows for ${String(due)} due runs`]),
      ],
      figures: { idleTickMs: idle, drainedS, ...sent, rssMb },
    };
  } finally {
    await product.stop();
  }
}

/** The hour of so many has come, at once. */
async function wakeSome(store: Store, due: number): Promise<void> {
  const wakeAt = new Date();
  for (let from = 0; from < due; from += pageSize) {
    const contactIds = Array.from({ length: Math.min(pageSize, due - from) }, (_, n) =>
      contactIdOf(from + n),
    );
    await store.runs.updateMany({ contactId: { $in: contactIds } }, { $set: { wakeAt } });
  }
}

/** Mean of what each tick took while nothing was due, in milliseconds. */
async function idleTicks(product: Product): Promise<Record<string, number>> {
  const before = await ticksOf(product);
  await pause(idleForMs);
  const after = await ticksOf(product);
  return Object.fromEntries(
    [...after].flatMap(([tick, { count, sum }]) => {
      const was = before.get(tick) ?? { count: 0, sum: 0 };
      const ran = count - was.count;
      return ran === 0 ? [] : [[tick, Math.round(((sum - was.sum) / ran) * 10_000) / 10]];
    }),
  );
}

async function ticksOf({ url }: Product): Promise<Map<string, { count: number; sum: number }>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const ticks = new Map<string, { count: number; sum: number }>();
  for (const [, what, tick, value] of text.matchAll(
    /^mona_tick_seconds_(count|sum)\{tick="([^"]+)"\} (\S+)$/gm,
  )) {
    const known = ticks.get(tick ?? '') ?? { count: 0, sum: 0 };
    if (what === 'count' || what === 'sum') known[what] = Number(value);
    ticks.set(tick ?? '', known);
  }
  return ticks;
}

const dbOf = (store: Store) => store.connection.getClient().db(store.connection.name);

/** From now on the server's profiler writes down whatever reads a collection from end to end. */
async function watchScans(store: Store): Promise<void> {
  await dbOf(store).command({ profile: 1, filter: { planSummary: 'COLLSCAN' } });
}

async function scansOf(store: Store): Promise<string[]> {
  await dbOf(store).command({ profile: 0, filter: 'unset' });
  const entries = await dbOf(store).collection('system.profile').find().toArray();
  const names = entries.map((entry) => String(entry['ns']).split('.').slice(1).join('.'));
  return [...new Set(names)].filter((name) => growing.has(name));
}

/** The most it ever had, in megabytes. */
function mostMemoryMb(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes ?? 0) / 1024);
}
