import type { Filter } from 'mongodb';
import { messageClasses, type Channel as ChannelName, type MessageClass } from '../core/vocabulary.ts';
import type { Store } from '../store/connect.ts';
import type { RowDoc } from '../store/outbox.ts';

/** Candidates read at a time, unless more are asked for. */
export const pageSize = 50;

/** A row whose time has come, as the index shows it. */
export interface Candidate {
  readonly rowId: string;
  readonly contactId: string;
  readonly attempt: number;
  readonly sender: string;
  readonly channel: ChannelName;
  readonly class: MessageClass;
  readonly weight: number;
}

const classPriority: readonly MessageClass[] = ['compliance', 'reply', 'service', 'marketing'];

/** Compliance before replies, replies before service, marketing last. */
export const priorityOf = (candidate: Candidate): number => classPriority.indexOf(candidate.class);

export interface Looking {
  /** Senders with room for any class. */
  readonly senders: readonly string[];
  /** Those of them that have room for marketing too. */
  readonly forMarketing: readonly string[];
  readonly now: Date;
  /** Threads with a row in hand: one at a time. */
  readonly heldThreads: readonly string[];
  readonly resting: readonly string[];
  /** Candidates to read at most. */
  readonly most: number;
}

export interface Due {
  readonly candidates: readonly Candidate[];
  /** A page was full: more may be due than was read. */
  readonly hasMore: boolean;
}

/**
 * The oldest that are due, by class priority, one a thread. One look is enough while all that is due fits on a page; a
 * backlog is asked class by class, so that marketing in front never hides a reply behind it.
 */
export async function findDue(store: Store, looking: Looking): Promise<Due> {
  if (looking.forMarketing.length === looking.senders.length) {
    const all = await findPage(store, looking, looking.senders, messageClasses);
    if (all.length < looking.most) return { candidates: oneAThread(all), hasMore: false };
  }
  const byClass: Candidate[] = [];
  for (const each of classPriority) {
    const senders = each === 'marketing' ? looking.forMarketing : looking.senders;
    if (byClass.length < looking.most && senders.length > 0)
      byClass.push(...(await findPage(store, looking, senders, [each])));
  }
  return { candidates: oneAThread(byClass).slice(0, looking.most), hasMore: byClass.length >= looking.most };
}

function oneAThread(candidates: readonly Candidate[]): Candidate[] {
  const threads = new Set<string>();
  const ordered = [...candidates].sort((one, other) => priorityOf(one) - priorityOf(other));
  return ordered.filter(({ contactId }) => {
    const isFirst = !threads.has(contactId);
    threads.add(contactId);
    return isFirst;
  });
}

async function findPage(
  store: Store,
  looking: Looking,
  senders: readonly string[],
  classes: readonly MessageClass[],
): Promise<Candidate[]> {
  const docs = await store.outbox
    .find(dueFilter(looking, senders, classes), {
      projection: { contactId: 1, attempt: 1, sender: 1, channel: 1, class: 1, 'body.segments': 1 },
    })
    .sort({ notBefore: 1 })
    .limit(looking.most)
    .toArray();
  return docs.map((doc) => ({
    rowId: doc._id,
    contactId: doc.contactId,
    attempt: doc.attempt,
    sender: doc.sender,
    channel: doc.channel,
    class: doc.class,
    weight: Math.max(1, doc.body.segments ?? 1),
  }));
}

/** One range of the index a sender and class: no row that waits is read. */
export function dueFilter(
  { now, heldThreads, resting }: Pick<Looking, 'now' | 'heldThreads' | 'resting'>,
  senders: readonly string[],
  classes: readonly MessageClass[],
): Filter<RowDoc> {
  return {
    status: 'queued',
    sender: { $in: [...senders] },
    class: { $in: [...classes] },
    notBefore: { $lte: now },
    ...(heldThreads.length > 0 ? { contactId: { $nin: [...heldThreads] } } : {}),
    ...(resting.length > 0 ? { _id: { $nin: [...resting] } } : {}),
  };
}
