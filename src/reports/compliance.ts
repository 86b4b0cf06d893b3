import { nameOf, type Desk } from './rows.ts';
import type { Count } from './sequence.ts';

interface ChannelCount extends Count {
  readonly channel: string;
}

/** What the house may answer for before a regulator or an artist (inbox.md §13). */
export interface ComplianceView {
  /** People by what they last said of marketing on each channel. */
  readonly consents: readonly ChannelCount[];
  /** Of those who said yes: where it comes from. */
  readonly sources: readonly ChannelCount[];
  /** Ways out that were taken: today, in a week, in thirty days. */
  readonly optOuts: readonly {
    readonly channel: string;
    readonly day: number;
    readonly week: number;
    readonly month: number;
  }[];
  readonly softStops: number;
  readonly suppressions: readonly ChannelCount[];
  /** Messages the guard kept in, in thirty days, by its rule and reason. */
  readonly refused: readonly {
    readonly rule: string;
    readonly reason: string;
    readonly count: number;
    readonly lastAt: Date;
  }[];
  /** Facts that texts lean on and that are too old, or over. */
  readonly stale: readonly {
    readonly key: string;
    readonly kind: string;
    readonly asOf: Date;
    readonly endsAt: Date | null;
  }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly contactId: string;
    readonly name: string;
    readonly kind: string;
    readonly at: Date;
    readonly dueAt: Date;
  }[];
  readonly register: readonly {
    readonly at: Date;
    readonly contactId: string;
    readonly name: string;
    readonly channel: string;
    readonly action: string;
    readonly source: string;
  }[];
}

const dayMs = 86_400_000;
const shownMost = 20;

export async function readCompliance({ store, now }: Desk): Promise<ComplianceView> {
  const at = now();
  const ago = (days: number): Date => new Date(at.getTime() - days * dayMs);
  const [said, optOuts, softStops, suppressions, refused, offers, tasks, register] = await Promise.all([
    lastSaidByChannel(store),
    store.consents
      .aggregate<{ _id: string; day: number; week: number; month: number }>([
        { $match: { purpose: 'marketing', action: { $ne: 'granted' }, at: { $gte: ago(30) } } },
        {
          $group: {
            _id: '$channel',
            day: { $sum: { $cond: [{ $gte: ['$at', ago(1)] }, 1, 0] } },
            week: { $sum: { $cond: [{ $gte: ['$at', ago(7)] }, 1, 0] } },
            month: { $sum: 1 },
          },
        },
        { $sort: { _id: 1 } },
      ])
      .toArray(),
    store.threads.countDocuments({ flags: 'soft_stop' }),
    store.suppressions
      .aggregate<ChannelCount>([
        { $project: { channel: 1, reasons: { $objectToArray: '$reasons' } } },
        { $unwind: '$reasons' },
        ...countedBy({ channel: '$channel', key: '$reasons.k' }),
      ])
      .toArray(),
    store.decisions
      .aggregate<ComplianceView['refused'][number]>([
        { $match: { at: { $gte: ago(30) }, verdict: 'never' } },
        {
          $group: { _id: { rule: '$rule', reason: '$reason' }, count: { $sum: 1 }, lastAt: { $max: '$at' } },
        },
        { $project: { _id: 0, rule: '$_id.rule', reason: '$_id.reason', count: 1, lastAt: 1 } },
        { $sort: { count: -1, rule: 1 } },
      ])
      .toArray(),
    store.offers.find({ contactId: null }).toArray(),
    store.gdprTasks.find({ doneAt: null }).sort({ dueAt: 1 }).limit(shownMost).toArray(),
    store.consents
      .find({ purpose: 'marketing', at: { $lte: at } })
      .sort({ at: -1 })
      .limit(shownMost)
      .toArray(),
  ]);
  const names = await namesOf(store, [...tasks, ...register]);
  return {
    consents: said.consents,
    sources: said.sources,
    optOuts: optOuts.map(({ _id, ...counts }) => ({ channel: _id, ...counts })),
    softStops,
    suppressions,
    refused,
    stale: offers
      .filter(
        ({ asOf, maxAgeMs, endsAt }) => asOf.getTime() + maxAgeMs <= at.getTime() || (endsAt && endsAt <= at),
      )
      .map(({ key, kind, asOf, endsAt }) => ({ key, kind, asOf, endsAt: endsAt ?? null })),
    tasks: tasks.map(({ _id, contactId, kind, at: since, dueAt }) => ({
      id: _id,
      contactId,
      name: names.get(contactId) ?? contactId,
      kind,
      at: since,
      dueAt,
    })),
    register: register.map(({ at: when, contactId, channel, action, source }) => ({
      at: when,
      contactId,
      name: names.get(contactId) ?? contactId,
      channel,
      action,
      source,
    })),
  };
}

const countedBy = (id: Readonly<Record<string, unknown>>) => [
  { $group: { _id: id, count: { $sum: 1 } } },
  { $project: { _id: 0, channel: '$_id.channel', key: '$_id.key', count: 1 } },
  { $sort: { channel: 1 as const, count: -1 as const } },
];

/** Of each person and channel, the last word counts; the ledger's own index is walked once. */
async function lastSaidByChannel(
  store: Desk['store'],
): Promise<{ consents: readonly ChannelCount[]; sources: readonly ChannelCount[] }> {
  const [found] = await store.consents
    .aggregate<{ consents: ChannelCount[]; sources: ChannelCount[] }>(
      [
        { $match: { purpose: 'marketing' } },
        { $sort: { contactId: 1, channel: 1, purpose: 1, at: 1 } },
        {
          $group: {
            _id: { contactId: '$contactId', channel: '$channel' },
            action: { $last: '$action' },
            source: { $last: '$source' },
          },
        },
        {
          $facet: {
            consents: countedBy({ channel: '$_id.channel', key: '$action' }),
            sources: [
              { $match: { action: 'granted' } },
              ...countedBy({ channel: '$_id.channel', key: '$source' }),
            ],
          },
        },
      ],
      { allowDiskUse: true },
    )
    .toArray();
  return { consents: found?.consents ?? [], sources: found?.sources ?? [] };
}

/** An artist who was erased has only an id left. */
async function namesOf(
  store: Desk['store'],
  records: readonly { readonly contactId: string }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(records.map(({ contactId }) => contactId))];
  const docs = await store.contacts
    .find({ _id: { $in: ids } }, { projection: { firstName: 1, lastName: 1 } })
    .toArray();
  return new Map(docs.map((doc) => [doc._id, nameOf(doc) ?? doc._id]));
}
