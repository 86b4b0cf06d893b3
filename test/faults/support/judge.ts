import type { Message } from '../../../src/sandbox/carrier/message.ts';
import type { ItemDoc } from '../../../src/store/items.ts';
import type { RowDoc } from '../../../src/store/outbox.ts';
import type { Store } from '../../../src/store/connect.ts';
import { isOutgoing, rowOf, type CarrierDesk } from './carrier.ts';
import type { Answered } from './post.ts';

/*
 * The judge: reads the carrier's book, the webhooks' answers and the database, and nothing else. Each finding is an
 * invariant of reliability.md §1 that does not hold, with the ids to look at.
 */

/** What the sending came to. Every list is empty in a run that went well. */
export interface SendingFindings {
  /** I1: rows the carrier has more than once. */
  readonly doubled: readonly string[];
  /** Messages at the carrier that no row stands for. */
  readonly stray: readonly string[];
  /** I2: rows that came to no end. */
  readonly unfinished: readonly string[];
  /** I10: rows whose status or sid the carrier's book contradicts. */
  readonly untrue: readonly string[];
  /** I16: rows with a second sid. */
  readonly secondSids: readonly string[];
}

export interface Sending extends SendingFindings {
  readonly rows: number;
  readonly accepted: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Rows that were unsure and know now, by what they are. */
  readonly settled: Readonly<Record<string, number>>;
}

export const nothingFound: SendingFindings = {
  doubled: [],
  stray: [],
  unfinished: [],
  untrue: [],
  secondSids: [],
};

export const findingsOf = ({ doubled, stray, unfinished, untrue, secondSids }: Sending): SendingFindings => ({
  doubled,
  stray,
  unfinished,
  untrue,
  secondSids,
});

const claimsAcceptance = new Set(['sent', 'delivered', 'read']);
const isUnfinished = ({ status }: RowDoc): boolean => status === 'queued' || status === 'sending';

/** Weighs rows (all, or some) against the carrier's book. */
export async function judgeSending(
  store: Store,
  carrier: Pick<CarrierDesk, 'book'>,
  isConcerned: (row: RowDoc) => boolean = () => true,
): Promise<Sending> {
  // The database first: what the carrier takes while we look is no stray.
  const all = (await store.outbox.find().toArray()).filter(({ channel }) => channel !== 'email');
  const book = (await carrier.book()).filter(isOutgoing);
  const rows = all.filter(isConcerned);
  const known = new Set(all.map(({ _id }) => _id));
  const taken = new Map<string, Message[]>();
  for (const message of book) {
    const rowId = rowOf(message) ?? '';
    taken.set(rowId, [...(taken.get(rowId) ?? []), message]);
  }
  const takenOf = ({ _id }: RowDoc): readonly Message[] => taken.get(_id) ?? [];
  return {
    rows: rows.length,
    accepted: rows.reduce((sum, row) => sum + takenOf(row).length, 0),
    byStatus: countBy(rows, ({ status, reason }) => (reason ? `${status} ${reason}` : status)),
    settled: countBy(rows.filter(wasUnsure), ({ status }) => status),
    doubled: ids(rows.filter((row) => takenOf(row).length > 1)),
    stray: [...taken.keys()].filter((rowId) => !known.has(rowId)),
    unfinished: ids(rows.filter(isUnfinished)),
    untrue: ids(rows.filter((row) => isUntrue(row, takenOf(row)))),
    secondSids: ids(rows.filter(({ otherSids }) => (otherSids?.length ?? 0) > 0)),
  };
}

const ids = (docs: readonly { readonly _id: string }[]): string[] => docs.map(({ _id }) => _id);

const wasUnsure = ({ history, status }: RowDoc): boolean =>
  status !== 'unsure' && history.some((entry) => entry.status === 'unsure');

export function countBy<T>(some: readonly T[], keyOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of some) counts[keyOf(one)] = (counts[keyOf(one)] ?? 0) + 1;
  return counts;
}

function isUntrue({ status, sid, reason }: RowDoc, taken: readonly Message[]): boolean {
  if (sid && !taken.some((message) => message.sid === sid)) return true;
  if (claimsAcceptance.has(status)) return taken.length === 0 || !sid;
  // A failure that the carrier reported is of a message it has; any other end says that it has none.
  if (status === 'failed' && reason === 'not_delivered')
    return taken.every((message) => message.status !== 'failed');
  return (status === 'blocked' || status === 'ghost' || status === 'failed') && taken.length > 0;
}

/** What became of the threads. Every list is empty in a run that went well. */
export interface ThreadFindings {
  /** I6: contacts whose items are not 1…n. */
  readonly holes: readonly string[];
  /** I4: arrivals that are not exactly one item, where each should be. */
  readonly notOnce: readonly string[];
  /** Arrivals that were neither moved nor parked. */
  readonly unmoved: readonly string[];
  /** I15: arrivals that were parked and stand in nobody's list. */
  readonly unseen: readonly string[];
  /** I5: rows, items or consents of a step whose arrival did not move. */
  readonly halfKept: readonly string[];
}

export const wellKept: ThreadFindings = { holes: [], notOnce: [], unmoved: [], unseen: [], halfKept: [] };

/** Weighs threads, items, rows and consents against the arrivals they come from. */
export async function judgeThreads(store: Store): Promise<ThreadFindings> {
  const [threads, items, arrivals, rows, consents] = await Promise.all([
    store.threads.find().toArray(),
    store.items.find().sort({ contactId: 1, seq: 1 }).toArray(),
    store.arrivals.find().toArray(),
    store.outbox.find({}, { projection: { itemId: 1 } }).toArray(),
    store.consents.find().toArray(),
  ]);
  const itemsOf = new Map<string, ItemDoc[]>();
  for (const item of items) itemsOf.set(item.contactId, [...(itemsOf.get(item.contactId) ?? []), item]);
  const shown = countBy(
    items.filter(({ kind }) => kind === 'in'),
    ({ arrivalId }) => arrivalId ?? '',
  );
  const texts = arrivals.filter(({ kind }) => kind === 'inbound');
  const moved = new Set(arrivals.filter(({ state }) => state === 'moved').map(({ _id }) => _id));
  const ended = new Set(
    arrivals.filter(({ state }) => state === 'moved' || state === 'stuck').map(({ _id }) => _id),
  );
  const itemIds = new Set(ids(items));
  const isWhole = (seqs: readonly number[]): boolean => seqs.every((seq, place) => seq === place + 1);
  return {
    holes: ids(
      threads.filter(({ _id, seq }) => {
        const seqs = (itemsOf.get(_id) ?? []).map((item) => item.seq);
        return seqs.length !== seq || !isWhole(seqs);
      }),
    ),
    notOnce: ids(texts.filter(({ _id }) => shown[_id] !== 1)),
    unmoved: ids(arrivals.filter(({ state }) => state !== 'moved' && state !== 'stuck')),
    unseen: ids(
      arrivals.filter(
        ({ state, contactId }) =>
          state === 'stuck' &&
          !threads.some(({ _id, flags }) => _id === contactId && flags.includes('stuck')),
      ),
    ),
    halfKept: [
      ...Object.keys(shown).filter((arrivalId) => !ended.has(arrivalId)),
      ...ids(rows.filter(({ _id, itemId }) => !itemIds.has(itemId) || !moved.has(arrivalOf(_id)))),
      ...ids(
        consents.filter(
          ({ evidence }) => typeof evidence['arrivalId'] === 'string' && !moved.has(evidence['arrivalId']),
        ),
      ),
    ],
  };
}

/**
 * Arrivals parked for a person: their step was begun three times without an end. Where nobody kills there is none; a
 * killer that strikes every few seconds may meet an innocent one three times, which is then shown and not lost.
 */
export const countParked = (store: Store): Promise<number> =>
  store.arrivals.countDocuments({ state: 'stuck' });

/** `<arrival>/<n>`, and `+<again>` behind it. */
const arrivalOf = (rowId: string): string => rowId.replace(/\/\d+(?:\+\d+)?$/, '');

/** Every try of one text at our doors. */
export interface Delivered {
  readonly arrivalId: string;
  readonly contact: string;
  readonly answers: readonly Answered[];
}

/**
 * Pairs of one contact that stand the wrong way round: the first 200 of one was given before the first post of the
 * other began, and yet it stands behind it. What was under way at the same time may stand in any order.
 */
export async function outOfOrder(store: Store, delivered: readonly Delivered[]): Promise<string[]> {
  const items = await store.items.find({ kind: 'in' }, { projection: { arrivalId: 1, seq: 1 } }).toArray();
  const seqOf = new Map(items.map(({ arrivalId, seq }) => [arrivalId ?? '', seq]));
  const byContact = new Map<string, Delivered[]>();
  for (const one of delivered) byContact.set(one.contact, [...(byContact.get(one.contact) ?? []), one]);
  const wrong: string[] = [];
  for (const own of byContact.values()) {
    for (const one of own) {
      const takenAt = Math.min(
        ...one.answers.filter(({ status }) => status === 200).map(({ endedAt }) => endedAt),
      );
      const behind = own.filter(
        (other) =>
          takenAt < Math.min(...other.answers.map(({ beganAt }) => beganAt)) &&
          (seqOf.get(one.arrivalId) ?? 0) > (seqOf.get(other.arrivalId) ?? Infinity),
      );
      wrong.push(...behind.map((other) => `${one.arrivalId} stands behind ${other.arrivalId}`));
    }
  }
  return wrong;
}

/** Arrivals of one contact that stand otherwise than by `receivedAt`: only those that were written at the same moment may. */
export async function notByReceipt(store: Store): Promise<number> {
  const arrivals = await store.arrivals
    .find({ kind: 'inbound' }, { projection: { receivedAt: 1 } })
    .toArray();
  const receivedAt = new Map(arrivals.map(({ _id, receivedAt: at }) => [_id, at.getTime()]));
  const items = await store.items.find({ kind: 'in' }).sort({ contactId: 1, seq: 1 }).toArray();
  return items.filter((item, place) => {
    const before = items[place - 1];
    if (before?.contactId !== item.contactId) return false;
    return (receivedAt.get(before.arrivalId ?? '') ?? 0) > (receivedAt.get(item.arrivalId ?? '') ?? 0);
  }).length;
}

/** One line of figures at the end of a test, for the report. */
export function tell(test: string, figures: object): void {
  console.log(`${test}: ${JSON.stringify(figures)}`);
}
