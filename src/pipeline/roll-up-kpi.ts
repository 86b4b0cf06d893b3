import { isDeepStrictEqual } from 'node:util';
import { monotonicMs, type Clock } from '../clock.ts';
import { localDate } from '../core/calendar.ts';
import {
  addTallies,
  cellsOf,
  kpiDefinition,
  type MessageFate,
  type RunFate,
  type Tally,
} from '../core/kpi.ts';
import type { Channel } from '../core/vocabulary.ts';
import { without } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import type { HitDoc } from '../store/hits.ts';
import type { KpiDoc } from '../store/kpi-daily.ts';
import type { RowDoc } from '../store/outbox.ts';
import type { RunDoc } from '../store/runs.ts';

export interface KpiDeps {
  readonly store: Store;
  readonly clock: Clock;
}

export interface RolledUp {
  readonly [what: string]: number;
  /** Days recomputed, cells written, and cells the nightly rebuild found different. */
  readonly days: number;
  readonly cells: number;
  readonly differences: number;
}

const dayMs = 86_400_000;
/** The longest goal window and the days after which a click still counts. */
const livelyDays = 36;
const nightlyEveryMs = 20 * 3_600_000;
const settingKey = 'kpi';

interface Noted {
  /** Where the round through the lively days stands. */
  readonly next?: number;
  readonly rebuiltAt?: Date;
  readonly differences?: readonly string[];
}

/**
 * Recomputes and sets, never raises (reliability.md §8): today and yesterday each time, the other lively days in turn,
 * and everything once a night. What the night finds different from what stood is noted, and shown.
 */
export async function rollUpKpi({ store, clock }: KpiDeps, untilMs: number): Promise<RolledUp> {
  const now = clock.now();
  const noted = ((await store.settings.findOne({ _id: settingKey }))?.value ?? {}) as Noted;
  const isNight = !noted.rebuiltAt || now.getTime() - noted.rebuiltAt.getTime() >= nightlyEveryMs;
  if (isNight) return rebuildKpi({ store, clock }, now);
  let next = noted.next ?? 2;
  const total = { days: 0, cells: 0, differences: 0 };
  for (let step = 0; step < livelyDays && (step < 2 || monotonicMs() < untilMs); step += 1) {
    const ago = step < 2 ? step : next;
    if (step >= 2) next = next + 1 >= livelyDays ? 2 : next + 1;
    total.cells += (await rollUpDay(store, dayOf(now, ago), now)).length;
    total.days += 1;
  }
  await store.settings.updateOne(
    { _id: settingKey },
    { $set: { value: { ...noted, next } } },
    { upsert: true },
  );
  return total;
}

const dayOf = (now: Date, ago: number): string =>
  new Date(now.getTime() - ago * dayMs).toISOString().slice(0, 10);

/** Every day there is, from the rows themselves; what differs from what stood is noted by its id. */
export async function rebuildKpi({ store }: KpiDeps, now: Date): Promise<RolledUp> {
  const [first] = await store.runs
    .find({}, { projection: { enteredAt: 1 } })
    .sort({ enteredAt: 1 })
    .limit(1)
    .toArray();
  const total = { days: 0, cells: 0, differences: 0 };
  const differences: string[] = [];
  if (first) {
    const last = now.getTime() + dayMs;
    for (let at = first.enteredAt.getTime() - dayMs; at <= last; at += dayMs) {
      const day = new Date(at).toISOString().slice(0, 10);
      const stood = await store.kpiDaily.find({ day }).toArray();
      const made = await rollUpDay(store, day, now);
      // While a day lives, what differs is what happened since; afterwards it is a mistake.
      if (now.getTime() - at > livelyDays * dayMs) differences.push(...differing(stood, made));
      total.days += 1;
      total.cells += made.length;
    }
  }
  total.differences = differences.length;
  const noted: Noted = { rebuiltAt: now, differences: differences.slice(0, 100) };
  await store.settings.updateOne({ _id: settingKey }, { $set: { value: noted } }, { upsert: true });
  return total;
}

/** Only what both have says something is wrong: a day that was never rolled up is no difference. */
function differing(stood: readonly KpiDoc[], made: readonly KpiDoc[]): string[] {
  const now = new Map(made.map((doc) => [doc._id, doc.tally]));
  return stood.filter(({ _id, tally }) => !isDeepStrictEqual(now.get(_id), tally)).map(({ _id }) => _id);
}

/** The cells of one day of entry, as they are now, in place of what stood. */
export async function rollUpDay(store: Store, day: string, now: Date): Promise<KpiDoc[]> {
  const docs = await cellsOfDay(store, day, now);
  const ids = docs.map(({ _id }) => _id);
  await store.kpiDaily.deleteMany({ day, _id: { $nin: ids } });
  if (docs.length > 0)
    await store.kpiDaily.bulkWrite(
      docs.map((doc) => ({
        replaceOne: { filter: { _id: doc._id }, replacement: without(doc, '_id'), upsert: true },
      })),
      { ordered: false },
    );
  return docs;
}

const pageSize = 1_000;

async function cellsOfDay(store: Store, day: string, now: Date): Promise<KpiDoc[]> {
  const noon = new Date(`${day}T12:00:00Z`).getTime();
  const cells = new Map<string, KpiDoc>();
  let page: Entered[] = [];
  const flush = async (): Promise<void> => {
    for (const { run, fate } of await fatesOf(store, page)) count(cells, day, run, fate, now);
    page = [];
  };
  // A local day lies within 26 hours of the noon of its date, wherever that is.
  const near = { $gte: new Date(noon - 26 * 3_600_000), $lte: new Date(noon + 26 * 3_600_000) };
  for await (const run of store.runs.find<Entered>({ enteredAt: near }, { projection: counted })) {
    if (run.flow === 'reception' || localDate(run.enteredAt, run.zone) !== day) continue;
    page.push(run);
    if (page.length >= pageSize) await flush();
  }
  if (page.length > 0) await flush();
  return [...cells.values()];
}

function count(cells: Map<string, KpiDoc>, day: string, run: Entered, fate: RunFate, now: Date): void {
  for (const [key, tally] of cellsOf(fate, now)) {
    const [stepKey = '', channel = '', arm = ''] = key.split(':');
    const _id = `${day}:${run.flow}:${String(run.version)}:${key}`;
    const standing: Tally | undefined = cells.get(_id)?.tally;
    cells.set(_id, {
      _id,
      day,
      flow: run.flow,
      version: run.version,
      stepKey,
      channel,
      arm,
      definition: kpiDefinition,
      tally: standing ? addTallies(standing, tally) : tally,
    });
  }
}

interface Fated {
  readonly run: Entered;
  readonly fate: RunFate;
}

/** What a cell is counted from: a run is large, and a day of entry can have hundreds of thousands. */
const counted = {
  contactId: 1,
  flow: 1,
  version: 1,
  enteredAt: 1,
  zone: 1,
  arms: 1,
  exitReason: 1,
  goalDeadline: 1,
  past: 1,
} as const;

type Entered = Pick<RunDoc, '_id' | keyof typeof counted>;

type Spoken = Pick<
  RowDoc,
  '_id' | 'contactId' | 'runId' | 'stepKey' | 'channel' | 'status' | 'history' | 'itemId'
>;

async function fatesOf(store: Store, runs: readonly Entered[]): Promise<Fated[]> {
  const rows = await store.outbox
    .find<Spoken>(
      { runId: { $in: runs.map(({ _id }) => _id), $type: 'string' }, stepKey: { $type: 'string' } },
      {
        projection: { contactId: 1, runId: 1, stepKey: 1, channel: 1, status: 1, history: 1, itemId: 1 },
      },
    )
    .toArray();
  const contactIds = [...new Set(runs.map(({ contactId }) => contactId))];
  const [hits, consents] = await Promise.all([
    store.hits
      .find({ rowId: { $in: rows.map(({ _id }) => _id) } }, { projection: { rowId: 1, kind: 1, verdict: 1 } })
      .toArray(),
    store.consents
      .find(
        { contactId: { $in: contactIds } },
        { projection: { contactId: 1, channel: 1, purpose: 1, action: 1, at: 1 } },
      )
      .sort({ at: 1 })
      .toArray(),
  ]);
  const hitsBy = grouped(hits, ({ rowId }) => rowId);
  const rowsBy = grouped(rows, ({ runId }) => runId ?? '');
  const consentsBy = grouped(consents, ({ contactId }) => contactId);
  return runs.map((run) => {
    const said = consentsBy.get(run.contactId) ?? [];
    const own = rowsBy.get(run._id) ?? [];
    const mayOpen = said.findLast(({ purpose }) => purpose === 'open_tracking')?.action === 'granted';
    const left = said.filter(({ purpose, action }) => purpose === 'marketing' && action !== 'granted');
    const messages = own.map((row): MessageFate =>
      fateOf(row, run, hitsBy.get(row._id) ?? [], mayOpen, leftBy(row, own, left)),
    );
    return {
      run,
      fate: {
        arm: Object.entries(run.arms)
          .map(([experiment, arm]) => `${experiment}=${arm}`)
          .sort()
          .join('+'),
        exitReason: run.exitReason,
        goalDeadline: run.goalDeadline,
        messages,
      },
    };
  });
}

function grouped<D>(docs: readonly D[], keyOf: (doc: D) => string): Map<string, D[]> {
  const groups = new Map<string, D[]>();
  for (const doc of docs) {
    const group = groups.get(keyOf(doc));
    if (group) group.push(doc);
    else groups.set(keyOf(doc), [doc]);
  }
  return groups;
}

const sentAtOf = ({ history }: Spoken): Date | null =>
  history.find(({ status }) => status === 'sent' || status === 'delivered' || status === 'read')?.at ?? null;

type Hit = Pick<HitDoc, 'kind' | 'verdict'>;

function fateOf(
  row: Spoken,
  run: Entered,
  hits: readonly Hit[],
  mayOpen: boolean,
  isUnsubscribed: boolean,
): MessageFate {
  const isSent = row.status !== 'ghost' && sentAtOf(row) !== null;
  const isDelivered = isSent && row.status !== 'failed';
  const opens = hits.filter(({ kind }) => kind === 'open');
  const isHuman = ({ verdict }: Hit): boolean => verdict === 'human';
  const isOnlyPrefetched = opens.length > 0 && opens.every(({ verdict }) => verdict === 'machine');
  return {
    stepKey: row.stepKey ?? '',
    channel: row.channel,
    isSent,
    isDelivered,
    isMeasurable: isDelivered && row.channel === 'email' && mayOpen && !isOnlyPrefetched,
    isOpened: opens.some(isHuman),
    isClicked: hits.some((hit) => hit.kind === 'click' && isHuman(hit)),
    isReplied: run.past.some(({ how, itemIds }) => repliedBy.has(how) && itemIds.includes(row.itemId)),
    isUnsubscribed,
  };
}

const repliedBy: ReadonlySet<string> = new Set(['answered', 'handoff', 'ended']);

const creditMs = 5 * dayMs;

/** Whoever left a channel left because of the last thing they got there, if that was within five days. */
function leftBy(
  row: Spoken,
  rows: readonly Spoken[],
  left: readonly { readonly channel: Channel; readonly at: Date }[],
): boolean {
  return left.some(({ channel, at }) => {
    if (channel !== row.channel) return false;
    const before = rows
      .filter((one) => one.channel === channel)
      .flatMap((one) => {
        const sentAt = sentAtOf(one);
        return sentAt && sentAt <= at && at.getTime() - sentAt.getTime() <= creditMs
          ? [{ id: one._id, sentAt }]
          : [];
      })
      .sort((one, other) => other.sentAt.getTime() - one.sentAt.getTime());
    return before[0]?.id === row._id;
  });
}
