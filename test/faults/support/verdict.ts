import { isOutgoing, rowOf } from './carrier.ts';
import type { watchLedger } from './ledger.ts';
import {
  countParked,
  findingsOf,
  judgeSending,
  judgeThreads,
  outOfOrder,
  type Delivered,
  type Sending,
} from './judge.ts';
import type { Outcome } from './outcome.ts';
import type { Answered } from './post.ts';
import type { Squall } from './squall.ts';
import { arrivalIdOf, type Traffic } from './traffic.ts';
import { pause, until } from './until.ts';

/*
 * What became of the people of a run: nothing lost, doubled, out of order, or said after a STOP; every row with an end or a
 * rule that holds it.
 */

type Commits = Awaited<ReturnType<ReturnType<typeof watchLedger>['close']>>;

const restMs = 900_000;
/** What is held for longer is held by a rule that says so, and is at rest. */
const heldMs = 120_000;
const claimToWireMs = 2_000;

export async function verdictOf(
  squall: Squall,
  { delivered, stops, artists }: Traffic,
  commits: Commits,
): Promise<Omit<Outcome, 'injected'>> {
  const { store, carrier } = squall;
  const sending = await judgeSending(store, carrier);
  const threads = await judgeThreads(store);
  const unfinished = await unfinishedOf(squall, sending);
  const late = await afterStops(squall, stops, commits);
  const disordered = await outOfOrder(store, delivered);
  const lost = await lostOf(squall, delivered);
  const answers = delivered.flatMap((one) => one.answers);
  return {
    operations: {
      ...(await operationsOf(squall, { delivered })),
      rows: sending.rows,
      artists: artists.length,
      texts: delivered.length,
    },
    violations: [
      ...Object.entries({ ...findingsOf(sending), unfinished, ...threads }).flatMap(([what, ids]) =>
        ids.map((id) => `${what}: ${id}`),
      ),
      ...late.map((what) => `after STOP: ${what}`),
      ...disordered.map((what) => `out of order: ${what}`),
      ...lost.map((what) => `lost: ${what}`),
    ],
    figures: {
      lost: lost.length,
      doubled: sending.doubled.length,
      outOfOrder: disordered.length,
      afterStop: late.length,
      settled: sending.settled,
      byStatus: sending.byStatus,
      parked: await countParked(store),
      answers: answersOf(answers),
      webhookMs: slowest(answers),
    },
  };
}

/** Holds that a rule set for hours; a sender that paused is no such rule. */
const isHeld = ({
  reason,
  notBefore,
}: {
  readonly reason?: string | null;
  readonly notBefore: Date;
}): boolean => Boolean(reason) && reason !== 'sender_paused' && notBefore.getTime() > Date.now() + heldMs;

/** Rows that had no end and are held by no rule. */
async function unfinishedOf({ store }: Squall, { unfinished }: Sending): Promise<string[]> {
  const rows = await store.outbox.find({ _id: { $in: [...unfinished] } }).toArray();
  return rows
    .filter((row) => !(row.status === 'queued' && isHeld(row)))
    .map(({ _id, status, reason }) => `${_id} ${status} ${reason ?? ''}`);
}

/** What the house did: each of them met a fault, or was near one. */
export async function operationsOf(
  { store, carrier }: Squall,
  { delivered }: Pick<Traffic, 'delivered'>,
): Promise<Record<string, number>> {
  const [{ calls, accepted, callbacks }, commits, claims] = await Promise.all([
    carrier.counters(),
    store.arrivals.countDocuments({ state: 'moved' }),
    store.outbox.aggregate<{ sum: number }>([{ $group: { _id: null, sum: { $sum: '$attempt' } } }]).toArray(),
  ]);
  const webhooks = delivered.reduce((sum, { answers }) => sum + answers.length, 0);
  return { webhooks, commits, claims: claims[0]?.sum ?? 0, calls, accepted, callbacks };
}

export async function comeToRest({ store, hurry, lastWords }: Squall): Promise<void> {
  let looks = 0;
  let open: object = {};
  await until(
    'all has come to rest',
    async () => {
      looks += 1;
      await pause(500);
      if (looks % 20 === 1) await hurry('wake', 'sweep', 'reconcile');
      const soon = new Date(Date.now() + heldMs);
      const [rows, arrivals] = await Promise.all([
        store.outbox.countDocuments({
          channel: 'sms',
          $or: [
            { status: 'sending' },
            { status: 'queued', $or: [{ notBefore: { $lte: soon } }, { reason: 'sender_paused' }] },
            { status: 'unsure', class: { $ne: 'marketing' } },
          ],
        }),
        store.arrivals.countDocuments({ state: { $in: ['new', 'shown'] } }),
      ]);
      open = { rows, arrivals };
      return rows + arrivals === 0;
    },
    restMs,
    () => ({ open, ...lastWords() }),
  );
}

/** What began later than a STOP's commit allows. */
async function afterStops(
  { carrier }: Squall,
  stops: Traffic['stops'],
  commits: ReadonlyMap<string, { readonly at: number }>,
): Promise<string[]> {
  const to = new Map<string, Awaited<ReturnType<Squall['carrier']['book']>>[number][]>();
  for (const message of (await carrier.book()).filter(isOutgoing))
    to.set(message.to, [...(to.get(message.to) ?? []), message]);
  return stops.flatMap(({ artist, text }) => {
    const arrivalId = arrivalIdOf(text);
    const commit = commits.get(arrivalId);
    if (!commit) return [];
    return (to.get(artist.phone) ?? [])
      .filter((message) => !(rowOf(message)?.startsWith(`${arrivalId}/`) ?? false))
      .filter(({ calledAt }) => calledAt > commit.at + claimToWireMs)
      .map((message) => `${rowOf(message) ?? message.sid} ${String(message.calledAt - commit.at)} ms`);
  });
}

/** Texts that were answered 200 and are nowhere. */
export async function lostOf({ store }: Squall, delivered: readonly Delivered[]): Promise<string[]> {
  const stored = new Set(
    (await store.arrivals.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
  );
  return delivered
    .filter(({ answers }) => answers.some(({ status }) => status === 200))
    .filter(({ arrivalId }) => !stored.has(arrivalId))
    .map(({ arrivalId }) => arrivalId);
}

export function answersOf(answers: readonly Answered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[String(status)] = (counts[String(status)] ?? 0) + 1;
  return counts;
}

/** How long a door took to say 200: half of them, 99 of a hundred, the slowest. */
export function slowest(answers: readonly Answered[]): Record<string, number> {
  const took = answers
    .filter(({ status }) => status === 200)
    .map(({ beganAt, endedAt }) => endedAt - beganAt)
    .sort((one, other) => one - other);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}
