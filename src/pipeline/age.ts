import type { Collection, Filter, UpdateFilter } from 'mongodb';
import { monotonicMs, type Clock } from '../clock.ts';
import type { CollectionName, Store } from '../store/connect.ts';
import { bodyDays, personalData } from '../store/personal-data.ts';

const dayMs = 86_400_000;
const rawDays = 30;
const ipDays = 30;
const pageSize = 1_000;
/** The sweep through the whole house is nightly; a night that was missed is made up the next time. */
const everyMs = 20 * 3_600_000;
const key = 'aged';

export interface AgeDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** Documents aged, by rule. */
export interface Aged {
  readonly [what: string]: number;
  readonly raw: number;
  readonly bodies: number;
  readonly addresses: number;
}

type Loose = Readonly<Record<string, unknown>>;

/** One limit of compliance.md §8, as the nightly round keeps it and the report names it. */
export interface AgeRule {
  /** Words under `retention` in locales/<locale>/register.yaml. */
  readonly code: string;
  readonly collection: CollectionName;
  readonly days: number;
  /** Each is answered by an index: `before` is the limit, `since` what the round before has seen. */
  readonly due: (before: Date, since: Date) => Loose;
  /** Null deletes. */
  readonly blank: Loose | null;
}

const filled = { $gt: '' };
const keptDaysOf = (name: CollectionName): number => personalData[name]?.keptDays ?? Infinity;

export const ageRules: readonly AgeRule[] = [
  {
    code: 'raw',
    collection: 'arrivals',
    days: rawDays,
    due: (before, since) => ({
      movedAt: { $type: 'date', $lte: before, $gt: since },
      state: 'moved',
      kind: 'inbound',
      'inbound.text': filled,
    }),
    blank: { 'inbound.text': '', 'inbound.media': [], 'inbound.profileName': null },
  },
  {
    code: 'bodies',
    collection: 'items',
    days: bodyDays,
    due: (before) => ({ at: { $lte: before }, text: filled }),
    blank: { text: '', media: [] },
  },
  {
    code: 'bodies',
    collection: 'outbox',
    days: bodyDays,
    due: (before) => ({ createdAt: { $lte: before }, 'body.text': filled }),
    blank: { body: { text: '' } },
  },
  {
    code: 'addresses',
    collection: 'hits',
    days: ipDays,
    due: (before) => ({ at: { $lte: before }, ip: filled }),
    blank: { ip: null },
  },
  {
    code: 'appointments',
    collection: 'appointments',
    days: keptDaysOf('appointments'),
    due: (before) => ({ at: { $lte: before } }),
    blank: null,
  },
  {
    code: 'promises',
    collection: 'promises',
    days: keptDaysOf('promises'),
    due: (before) => ({ dueAt: { $lte: before } }),
    blank: null,
  },
  {
    code: 'requests',
    collection: 'gdprTasks',
    days: keptDaysOf('gdprTasks'),
    due: (before) => ({ at: { $lte: before }, doneAt: { $type: 'date' } }),
    blank: null,
  },
];

/** What is past its limit now, by rule: what the next round will do (`mona gdpr retention --dry-run`). */
export async function countAging({
  store,
  clock,
}: AgeDeps): Promise<readonly (AgeRule & { count: number })[]> {
  const now = clock.now();
  return Promise.all(
    ageRules.map(async (rule) => ({
      ...rule,
      count: await loose(store, rule.collection).countDocuments(rule.due(daysBefore(now, rule.days), epoch)),
    })),
  );
}

const epoch = new Date(0);
const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);

/** Blanks what was kept long enough (compliance.md §8): once a night, in pages, never in one long write. */
export async function age({ store, clock }: AgeDeps, untilMs: number): Promise<Aged> {
  const now = clock.now();
  const last = await store.settings.findOne({ _id: key });
  const doneAt = last?.value instanceof Date ? last.value : null;
  if (doneAt && now.getTime() - doneAt.getTime() < everyMs) return { raw: 0, bodies: 0, addresses: 0 };
  const aged: Record<string, number> = {};
  for (const rule of ageRules) {
    // What the last round saw is done; a day more, for clocks that are not one.
    const since = doneAt ? daysBefore(doneAt, rule.days + 1) : epoch;
    const filter = rule.due(daysBefore(now, rule.days), since);
    const count = await ageOne(loose(store, rule.collection), filter, rule.blank, untilMs);
    aged[rule.code] = (aged[rule.code] ?? 0) + count;
  }
  // Out of time: not noted, so the next tick goes on.
  if (monotonicMs() < untilMs)
    await store.settings.updateOne({ _id: key }, { $set: { value: now } }, { upsert: true });
  return { raw: 0, bodies: 0, addresses: 0, ...aged };
}

interface Any {
  _id: string;
}

const loose = (store: Store, name: CollectionName): Collection<Any> =>
  store[name] as unknown as Collection<Any>;

async function ageOne(
  collection: Collection<Any>,
  filter: Filter<Any>,
  set: Loose | null,
  untilMs: number,
): Promise<number> {
  let total = 0;
  while (monotonicMs() < untilMs) {
    const page = await collection
      .find(filter, { projection: { _id: 1 } })
      .limit(pageSize)
      .toArray();
    if (page.length === 0) break;
    const those = { _id: { $in: page.map(({ _id }) => _id) } };
    total += set
      ? (await collection.updateMany(those, { $set: set } as UpdateFilter<Any>, { hint: { _id: 1 } }))
          .modifiedCount
      : (await collection.deleteMany(those)).deletedCount;
    if (page.length < pageSize) break;
  }
  return total;
}
