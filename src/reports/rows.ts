import type { Filter, Sort } from 'mongodb';
import type { Library } from '../core/library.ts';
import type { RunState } from '../core/run.ts';
import type { Thread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { isVip } from '../core/vip.ts';
import { badRequest } from '../errors.ts';
import { fromDoc } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import { contactOf, type ContactDoc } from '../store/contacts.ts';
import type { ThreadDoc } from '../store/threads.ts';

/** Queues of the inbox (inbox.md §6). */
export const queues = [
  'todo',
  'mine',
  'vip',
  'promises',
  'snoozed',
  'check',
  'stuck',
  'sends',
  'all',
] as const;
export type Queue = (typeof queues)[number];

export interface RowView {
  readonly id: string;
  readonly seq: number;
  /** Of ownership: what a claim compares. */
  readonly rev: number;
  readonly name: string;
  readonly plan: number | null;
  readonly vip: boolean;
  readonly state: Thread['own']['state'];
  readonly channel: Channel | null;
  readonly preview: { readonly who: 'artist' | 'bot' | 'coach'; readonly text: string } | null;
  readonly lastAt: Date | null;
  readonly waitingSince: Date | null;
  readonly due: { readonly at: Date; readonly kind: 'promise' | 'first' | 'next' } | null;
  readonly window: { readonly closesAt: Date } | null;
  readonly run: {
    readonly flow: string;
    readonly step: number | null;
    readonly of: number;
    readonly name: string | null;
    readonly nextAt: Date | null;
    readonly channel: Channel | null;
  } | null;
  readonly unread: boolean;
  readonly draft: boolean;
  readonly tags: readonly string[];
  readonly flags: Thread['flags'];
  readonly viewers: readonly { readonly id: string; readonly mode: string; readonly name: string }[];
  readonly own: {
    readonly state: Thread['own']['state'];
    readonly ownerId: string | null;
    readonly ownerName: string | null;
    readonly rev: number;
    readonly reason: string | null;
    readonly priority: Thread['own']['priority'];
    readonly snooze: Thread['own']['snooze'];
  };
}

export interface Desk {
  readonly store: Store;
  readonly library: Library;
  readonly now: () => Date;
}

const pageSize = 100;
/** WhatsApp's window as the guard counts it (lifecycle.md §7, rule 5). */
const windowMs = (23 * 60 + 55) * 60_000;

const ours: Filter<ThreadDoc> = { waitingSince: { $type: 'date' } };

/** A promise is near once it is due within a day. */
const promiseNearMs = 24 * 3_600_000;

interface Asking {
  readonly coachId: string;
  /** A day from now. */
  readonly near: Date;
  /** To whom a coach's promise is near, or broken. */
  readonly promised: readonly string[];
}

async function askingOf({ store, now }: Desk, coachId: string): Promise<Asking> {
  const near = new Date(now().getTime() + promiseNearMs);
  const promised = await store.promises.distinct('contactId', { keptAt: null, dueAt: { $lte: near } });
  return { coachId, near, promised };
}

function filterOf(queue: Queue, { coachId, near, promised }: Asking): Filter<ThreadDoc> {
  const filters: Readonly<Record<Queue, Filter<ThreadDoc>>> = {
    todo: { $or: [{ 'own.state': 'waiting' }, { 'own.state': 'coach', 'own.ownerId': coachId, ...ours }] },
    mine: { 'own.state': 'coach', 'own.ownerId': coachId },
    vip: { 'own.state': { $in: ['waiting', 'coach'] }, 'own.priority': 'vip' },
    promises: {
      $or: [
        { _id: { $in: [...promised] } },
        { 'own.state': { $in: ['waiting', 'coach'] }, 'own.dueKind': 'promise', 'own.dueAt': { $lte: near } },
      ],
    },
    snoozed: { 'own.state': 'snoozed' },
    check: { flags: 'soft_stop' },
    stuck: { flags: { $in: ['stuck', 'loop'] } },
    sends: { flags: { $in: ['failed', 'unsure'] } },
    all: { 'last.at': { $type: 'date' } },
  };
  return filters[queue];
}

/** Due first; among the long list of all, the last to speak. */
const sortOf = (queue: Queue): Sort =>
  queue === 'all' ? { 'last.at': -1, _id: 1 } : { 'own.dueAt': 1, waitingSince: 1, _id: 1 };

const offsetOf = (after: string | null): number => {
  const offset = after === null ? 0 : Number(after);
  if (!Number.isInteger(offset) || offset < 0)
    throw badRequest('bad_cursor', '"after" must be the "next" of an earlier page.');
  return offset;
};

export async function listThreads(
  desk: Desk,
  queue: Queue,
  coachId: string,
  after: string | null,
): Promise<{ rows: RowView[]; next: string | null }> {
  const skip = offsetOf(after);
  const docs = await desk.store.threads
    .find(filterOf(queue, await askingOf(desk, coachId)))
    .sort(sortOf(queue))
    .skip(skip)
    .limit(pageSize + 1)
    .toArray();
  const rows = await rowsOf(desk, docs.slice(0, pageSize), coachId);
  return { rows, next: docs.length > pageSize ? String(skip + pageSize) : null };
}

export async function countQueues(desk: Desk, coachId: string): Promise<Record<Queue, number>> {
  const asking = await askingOf(desk, coachId);
  const counts = await Promise.all(
    queues.map((queue) => desk.store.threads.countDocuments(filterOf(queue, asking))),
  );
  return Object.fromEntries(queues.map((queue, at) => [queue, counts[at] ?? 0])) as Record<Queue, number>;
}

export async function readRow(desk: Desk, contactId: string, coachId: string): Promise<RowView | null> {
  const doc = await desk.store.threads.findOne({ _id: contactId });
  if (!doc) return null;
  return (await rowsOf(desk, [doc], coachId))[0] ?? null;
}

/** Rows of these threads: one query a collection, whatever their number. */
export async function rowsOf(desk: Desk, docs: readonly ThreadDoc[], coachId: string): Promise<RowView[]> {
  const { store } = desk;
  const ids = docs.map(({ _id }) => _id);
  const [contacts, addresses, runs, drafts, presence, reads, coaches] = await Promise.all([
    store.contacts.find({ _id: { $in: ids } }).toArray(),
    store.addresses.find({ contactId: { $in: ids } }, { projection: { contactId: 1, value: 1 } }).toArray(),
    store.runs.find({ contactId: { $in: ids }, open: true }).toArray(),
    store.drafts
      .find({ _id: { $in: ids.flatMap((id) => [`${id}:reply`, `${id}:note`]) } }, { projection: { _id: 1 } })
      .toArray(),
    store.presence.find({ contactId: { $in: ids }, until: { $gt: new Date() } }).toArray(),
    store.reads.find({ _id: { $in: ids.map((id) => `${coachId}:${id}`) } }).toArray(),
    store.coaches.find({}, { projection: { name: 1 } }).toArray(),
  ]);
  const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
  const byId = new Map(contacts.map((doc) => [doc._id, doc]));
  const read = new Map(reads.map(({ _id, seq }) => [_id, seq]));
  const withDraft = new Set(drafts.map(({ _id }) => _id.slice(0, _id.lastIndexOf(':'))));
  return docs.map((doc) =>
    rowOf(desk, fromDoc<Thread>(doc), byId.get(doc._id) ?? null, {
      address: addresses.find(({ contactId }) => contactId === doc._id)?.value ?? null,
      runs: runs
        .filter(({ contactId }) => contactId === doc._id)
        .map((run) => fromDoc<RunState & { id: string }>(run)),
      hasDraft: withDraft.has(doc._id),
      viewers: presence
        .filter(({ contactId, coachId: other }) => contactId === doc._id && other !== coachId)
        .map(({ coachId: id, mode }) => ({
          id,
          mode: mode === 'looking' ? 'viewing' : mode,
          name: names.get(id) ?? '',
        })),
      readSeq: read.get(`${coachId}:${doc._id}`) ?? 0,
      names,
    }),
  );
}

interface Around {
  readonly address: string | null;
  readonly runs: readonly RunState[];
  readonly hasDraft: boolean;
  readonly viewers: RowView['viewers'];
  readonly readSeq: number;
  readonly names: ReadonlyMap<string, string>;
}

function rowOf(desk: Desk, thread: Thread, contact: ContactDoc | null, around: Around): RowView {
  const { own } = thread;
  return {
    id: thread.id,
    seq: thread.seq,
    rev: own.rev,
    name: nameOf(contact) ?? around.address ?? thread.id,
    plan: contact?.plan ?? null,
    vip: contact ? isVip(contactOf(contact), desk.library.policy.vip) : false,
    state: own.state,
    channel: thread.last?.channel ?? thread.lastInbound?.channel ?? null,
    preview: thread.last ? { who: thread.last.who, text: thread.last.text.slice(0, 160) } : null,
    lastAt: thread.last?.at ?? null,
    waitingSince: thread.waitingSince,
    due: own.dueAt && own.dueKind ? { at: own.dueAt, kind: own.dueKind } : null,
    window: windowOf(thread, desk.now()),
    run: runOf(desk, around.runs),
    unread: thread.seq > around.readSeq,
    draft: around.hasDraft,
    tags: thread.tags,
    flags: thread.flags,
    viewers: around.viewers,
    own: {
      state: own.state,
      ownerId: own.ownerId,
      ownerName: own.ownerId ? (around.names.get(own.ownerId) ?? null) : null,
      rev: own.rev,
      reason: own.reason,
      priority: own.priority,
      snooze: own.snooze,
    },
  };
}

export const nameOf = (contact: Pick<ContactDoc, 'firstName' | 'lastName'> | null): string | null =>
  [contact?.firstName, contact?.lastName].filter(Boolean).join(' ') || null;

/** When WhatsApp's window shuts; null where it never opened or is shut. */
export function windowOf(thread: Thread, now: Date): { readonly closesAt: Date } | null {
  const opened = Object.entries(thread.windows).flatMap(([key, at]) =>
    key.startsWith('whatsapp:') ? [at.getTime()] : [],
  );
  if (opened.length === 0) return null;
  const closesAt = new Date(Math.max(...opened) + windowMs);
  return closesAt > now ? { closesAt } : null;
}

/** The sequence that speaks next, or the last one entered. */
function runOf({ library }: Desk, runs: readonly RunState[]): RowView['run'] {
  const sequences = runs.filter((run) => library.flow(run.flow, run.version)?.kind === 'sequence');
  const run = sequences.find(({ phase }) => phase === 'sending') ?? sequences[0];
  const flow = run ? library.flow(run.flow, run.version) : null;
  if (!run || !flow) return null;
  const next = flow.steps.find(({ id }) => !(id in run.done));
  const planned = run.plan.find(({ stepId }) => stepId === next?.id);
  return {
    flow: run.flow,
    step: flow.steps.filter(({ id }) => id in run.done).length,
    of: flow.steps.length,
    name: next?.id ?? null,
    nextAt: planned?.dueAt ?? null,
    channel: next?.channel ?? null,
  };
}
