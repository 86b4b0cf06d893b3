import { idFrom } from './id.ts';
import type { Channel, Priority } from './vocabulary.ts';

export type OwnState = 'bot' | 'waiting' | 'coach' | 'snoozed' | 'resolved';

/** Who speaks next in a thread (inbox.md §3). */
export interface Own {
  readonly state: OwnState;
  readonly ownerId: string | null;
  /** Raised by one on each change of owner or state: what a coach's claim compares. */
  readonly rev: number;
  readonly since: Date;
  readonly reason: string | null;
  readonly priority: Priority | null;
  readonly handoffId: string | null;
  /** The run whose handoff node opened it. */
  readonly runId: string | null;
  readonly dueAt: Date | null;
  /** When that clock began to run: 80 % and 120 % of it are counted from here (inbox.md §9). */
  readonly dueSince?: Date | null;
  readonly dueKind: 'promise' | 'first' | 'next' | null;
  /** `keep`: the artist's own words do not end it (a VIP's and E1–E3 do). */
  readonly snooze: { readonly until: Date | null; readonly note?: string; readonly keep?: boolean } | null;
  readonly resolvedAt: Date | null;
  /** Instant of the owner's first word since the handoff; a claim is no word. */
  readonly spokeAt: Date | null;
  /** What a coach's last move changed, so that it can be undone for 10 s where nothing has left. */
  readonly undo?: {
    readonly at: Date;
    readonly by: string;
    readonly own: Omit<Own, 'undo'>;
    readonly rowIds: readonly string[];
  } | null;
}

export type ThreadFlag = 'failed' | 'unsure' | 'stuck' | 'soft_stop' | 'loop';

/** All that is said with one contact, over every channel. Written first in every transaction on the contact. */
export interface Thread {
  /** The contact's id. */
  readonly id: string;
  readonly rev: number;
  readonly claims: number;
  /** Number of the newest item; items are 1…seq without a hole. */
  readonly seq: number;
  readonly own: Own;
  /** The one open question. */
  readonly open: {
    readonly runId: string;
    readonly node: string;
    readonly waitId: string;
    readonly channel: Channel;
  } | null;
  readonly collectSince: Date | null;
  readonly collectUntil: Date | null;
  /** Last inbound instant by `<channel>:<our sender>`; WhatsApp's 24 h window is read here. */
  readonly windows: Readonly<Record<string, Date>>;
  readonly last: {
    readonly who: 'artist' | 'bot' | 'coach';
    readonly text: string;
    readonly at: Date;
    readonly channel: Channel;
  } | null;
  readonly lastInbound: {
    readonly channel: Channel;
    readonly address: string;
    readonly sender: string;
    readonly at: Date;
  } | null;
  /** The artist's first unanswered message; a bot message never resets it. */
  readonly waitingSince: Date | null;
  readonly flags: readonly ThreadFlag[];
  readonly tags: readonly string[];
  /** The first bot answer said that it is automatic. */
  readonly introducedAt: Date | null;
  /** For the loop guard: hashes of the last texts heard, instants of the last bot answers (each ≤ 12). */
  readonly recent: {
    readonly heard: readonly { readonly hash: string; readonly at: Date }[];
    readonly answered: readonly Date[];
    /** Hash of what the bot said last, whoever spoke since: an echo of it is a machine. */
    readonly said?: string | null;
  };
  readonly notUnderstoodAt: Date | null;
  readonly softStops: readonly { readonly channel: Channel; readonly at: Date }[];
}

export function newThread(contactId: string, at: Date): Thread {
  return {
    id: contactId,
    rev: 0,
    claims: 0,
    seq: 0,
    own: {
      state: 'bot',
      ownerId: null,
      rev: 0,
      since: at,
      reason: null,
      priority: null,
      handoffId: null,
      runId: null,
      dueAt: null,
      dueKind: null,
      snooze: null,
      resolvedAt: null,
      spokeAt: null,
    },
    open: null,
    collectSince: null,
    collectUntil: null,
    windows: {},
    last: null,
    lastInbound: null,
    waitingSince: null,
    flags: [],
    tags: [],
    introducedAt: null,
    recent: { heard: [], answered: [] },
    notUnderstoodAt: null,
    softStops: [],
  };
}

/** What tells a text from another in the loop guard, without keeping its words. */
export const hashOfText = (text: string): string => idFrom('text', text.trim().toLowerCase());

/** A person holds the thread: the bot records and stays silent. */
export const isHeld = (thread: Thread): boolean =>
  thread.own.state === 'waiting' || thread.own.state === 'coach' || thread.own.state === 'snoozed';
