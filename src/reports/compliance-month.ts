import type { Store } from '../store/connect.ts';

export interface ReportWords {
  readonly title: string;
  readonly sent: string;
  readonly consents: string;
  readonly refused: string;
  readonly suppressions: string;
  readonly requests: string;
  readonly opened: string;
  readonly answered: string;
  readonly late: string;
  readonly open: string;
  readonly checks: string;
  readonly afterStop: string;
  readonly unexplained: string;
  readonly none: string;
}

/** How often each of these came; `key` joins what it is counted by. */
export interface Tally {
  readonly key: string;
  readonly count: number;
}

export interface ComplianceMonth {
  /** `2026-11`, in UTC. */
  readonly month: string;
  readonly sent: readonly Tally[];
  readonly consents: readonly Tally[];
  readonly refused: readonly Tally[];
  readonly suppressions: readonly Tally[];
  readonly requests: Readonly<Record<'opened' | 'answered' | 'late' | 'open', number>>;
  /** Both are 0, or somebody has to look. */
  readonly checks: { readonly afterStop: number; readonly unexplained: number };
}

const left = ['sent', 'delivered', 'read'] as const;

/** What a month was like for a regulator (compliance.md §9). `now` says which requests are late. */
export async function readComplianceMonth(store: Store, month: string, now: Date): Promise<ComplianceMonth> {
  const from = new Date(`${month}-01T00:00:00Z`);
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  const within = { $gte: from, $lt: to };
  const [sent, consents, refused, suppressions, requests, afterStop, unexplained] = await Promise.all([
    tally(store, 'outbox', { claimedAt: within, status: { $in: [...left] } }, ['class', 'channel']),
    tally(store, 'consents', { at: within }, ['channel', 'purpose', 'action', 'source']),
    tally(store, 'decisions', { at: within, verdict: 'never' }, ['rule', 'reason']),
    newSuppressions(store, from, to),
    requestsOf(store, from, to, now),
    countAfterStop(store, from, to),
    store.outbox.countDocuments({ createdAt: within, status: 'blocked', reason: { $in: [null, ''] } }),
  ]);
  return { month, sent, consents, refused, suppressions, requests, checks: { afterStop, unexplained } };
}

async function tally(
  store: Store,
  name: 'outbox' | 'consents' | 'decisions',
  match: Readonly<Record<string, unknown>>,
  by: readonly string[],
): Promise<Tally[]> {
  const id = Object.fromEntries(by.map((field) => [field, `$${field}`]));
  const found = await store.connection
    .collection(name)
    .aggregate<{ _id: Record<string, string | null>; count: number }>([
      { $match: match },
      { $group: { _id: id, count: { $sum: 1 } } },
      { $sort: { count: -1 } },
    ])
    .toArray();
  return found.map(({ _id, count }) => ({ key: by.map((field) => _id[field] ?? '–').join(' · '), count }));
}

async function newSuppressions(store: Store, from: Date, to: Date): Promise<Tally[]> {
  const found = await store.suppressions
    .aggregate<{ _id: { channel: string; reason: string }; count: number }>([
      { $project: { channel: 1, reasons: { $objectToArray: '$reasons' } } },
      { $unwind: '$reasons' },
      { $match: { 'reasons.v.at': { $gte: from, $lt: to } } },
      { $group: { _id: { channel: '$channel', reason: '$reasons.k' }, count: { $sum: 1 } } },
      { $sort: { count: -1 } },
    ])
    .toArray();
  return found.map(({ _id: { channel, reason }, count }) => ({ key: `${channel} · ${reason}`, count }));
}

async function requestsOf(
  store: Store,
  from: Date,
  to: Date,
  now: Date,
): Promise<ComplianceMonth['requests']> {
  const within = { $gte: from, $lt: to };
  const [opened, answered, open] = await Promise.all([
    store.gdprTasks.countDocuments({ at: within }),
    store.gdprTasks.find({ doneAt: within }).toArray(),
    store.gdprTasks.find({ doneAt: null, at: { $lt: to } }).toArray(),
  ]);
  const late =
    answered.filter(({ doneAt, dueAt }) => doneAt && doneAt > dueAt).length +
    open.filter(({ dueAt }) => dueAt < now).length;
  return { opened, answered: answered.length, late, open: open.length };
}

/** Of each way out taken in the month: marketing on that channel that was claimed after it, and before a way back. */
async function countAfterStop(store: Store, from: Date, to: Date): Promise<number> {
  let count = 0;
  const outs = store.consents.find({
    purpose: 'marketing',
    action: { $ne: 'granted' },
    at: { $gte: from, $lt: to },
  });
  for await (const { contactId, channel, at } of outs) {
    const back = await store.consents.findOne(
      { contactId, channel, purpose: 'marketing', action: 'granted', at: { $gt: at } },
      { sort: { at: 1 } },
    );
    count += await store.outbox.countDocuments({
      contactId,
      channel,
      class: 'marketing',
      status: { $in: [...left] },
      claimedAt: { $gt: at, ...(back ? { $lt: back.at } : {}) },
    });
  }
  return count;
}

/** The month as Markdown. */
export function writeComplianceMonth(report: ComplianceMonth, words: ReportWords): string {
  const list = (tallies: readonly Tally[]): string[] =>
    tallies.length === 0
      ? [`- ${words.none}`]
      : tallies.map(({ key, count }) => `- ${key}: ${String(count)}`);
  const named = <K extends keyof ReportWords>(counts: Readonly<Partial<Record<K, number>>>): string[] =>
    (Object.entries(counts) as [K, number][]).map(([key, count]) => `- ${words[key]}: ${String(count)}`);
  return [
    `# ${words.title.replace('{month}', report.month)}`,
    ...(['sent', 'consents', 'refused', 'suppressions'] as const).flatMap((part) => [
      '',
      `## ${words[part]}`,
      ...list(report[part]),
    ]),
    '',
    `## ${words.requests}`,
    ...named(report.requests),
    '',
    `## ${words.checks}`,
    ...named(report.checks),
    '',
  ].join('\n');
}
