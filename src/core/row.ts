import type { Condition } from './flow/definition.ts';
import type { SentFile } from './sent-file.ts';
import type { Channel, Locale, MessageClass, Register } from './vocabulary.ts';

export const rowStatuses = [
  'queued',
  'sending',
  'unsure',
  'sent',
  'delivered',
  'failed',
  'read',
  'blocked',
  'ghost',
] as const;
export type RowStatus = (typeof rowStatuses)[number];

/** A status only ever moves right (data.md, "States"). */
export const rank: Readonly<Record<RowStatus, number>> = {
  queued: 0,
  sending: 1,
  unsure: 2,
  sent: 3,
  delivered: 4,
  failed: 4,
  blocked: 4,
  ghost: 4,
  read: 5,
};

/** The words of a row, by key, so that they are rendered again, with the values of that instant, when it is claimed. */
export interface RowWords {
  /** Namespace, which is the flow's id, or `common`. */
  readonly flow: string;
  readonly version: number;
  readonly key: string;
  readonly variant?: string | null;
  /** Parts of a mail that stay; undefined = all. */
  readonly sections?: readonly string[];
  readonly locale: Locale;
  readonly register: Register;
  /** Values fixed by the step (handoff's coach name …); live ones are read at the claim. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly claims: readonly string[];
  /** First answer of a thread: `common:assistant` follows the text. */
  readonly introduces?: boolean;
}

export interface RowButton {
  readonly id: string;
  readonly label: string;
}

/** What leaves, as rendered. */
export interface RowBody {
  readonly text: string;
  readonly subject?: string | null;
  readonly html?: string | null;
  readonly buttons?: readonly RowButton[];
  readonly template?: { readonly name: string; readonly variables: Readonly<Record<string, string>> } | null;
  /** What the carrier fetches and hands on. */
  readonly mediaUrl?: string | null;
  /** The file that goes with the words, carried or linked to. */
  readonly file?: Omit<SentFile, 'url'> | null;
  /** Where a tap on a notification leads. */
  readonly link?: string | null;
  readonly segments?: number;
  readonly encoding?: 'gsm' | 'ucs2' | null;
}

/** A message that was asked for: a row of the outbox (house.md, "The outbox"; reliability.md §5). */
export interface Row {
  /** `<arrival>/<n>`, and `+<again>` for a new try after a final "not delivered". */
  readonly id: string;
  readonly contactId: string;
  readonly class: MessageClass;
  readonly channel: Channel;
  /** Ours; key of `senders`. */
  readonly sender: string;
  /** Theirs: the value, without the channel. */
  readonly address: string;
  readonly priority: number;
  readonly words: RowWords | null;
  readonly body: RowBody;
  /** A later notification of the same topic takes the place of this one. */
  readonly topic?: string | null;
  readonly status: RowStatus;
  readonly reason?: string | null;
  readonly code?: string | null;
  readonly notBefore: Date;
  readonly expiresAt: Date;
  /** Leaves only once this row is `sent`. */
  readonly after?: string | null;
  readonly attempt: number;
  readonly lapses: number;
  readonly token?: string | null;
  readonly leaseUntil?: Date | null;
  readonly claimedAt?: Date | null;
  readonly inFlightKey?: string | null;
  /** Its reader told the mail provider that it is spam. */
  readonly complainedAt?: Date | null;
  readonly sid?: string | null;
  /** Sids the carrier also gave us for this row: it took the message twice, which is alarmed (reliability.md I16). */
  readonly otherSids?: readonly string[];
  /** How often the carrier's list did not show the present claim, and when it was last looked at. */
  readonly emptyLooks?: number;
  readonly lookedAt?: Date | null;
  readonly history: readonly {
    readonly at: Date;
    readonly status: RowStatus;
    readonly reason?: string | null;
    readonly code?: string | null;
  }[];
  readonly itemId: string;
  readonly runId?: string | null;
  readonly stepKey?: string | null;
  readonly node?: string | null;
  readonly waitId?: string | null;
  readonly again: number;
  readonly by: 'bot' | string;
  readonly guard: RowGuard;
  readonly createdAt: Date;
}

/** What the guard needs to ask the same questions again at the claim. */
export interface RowGuard {
  readonly flow?: string | null;
  readonly exclusive: boolean;
  readonly asksQuestion: boolean;
  readonly expectsReply: boolean;
  readonly when?: Condition | null;
  /** Latest instant the text is true. */
  readonly perishAt?: Date | null;
  /** Base instant of the step and the longest it may be late. */
  readonly baseAt?: Date | null;
  readonly lateMaxMs?: number | null;
  /** Window of the step, inside the policy's. */
  readonly window?: { readonly from: string; readonly to: string } | null;
  /** Inbound instant a `reply` answers. */
  readonly answersAt?: Date | null;
  /** How long no marketing follows, once this has left. */
  readonly silenceMs?: number | null;
  /** In an experiment's holdout: judged like any other, then `ghost`; no channel is called. */
  readonly isHoldout?: boolean;
}
