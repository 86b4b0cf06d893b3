import type { TrackedEvent } from './flow/event.ts';
import type { RowStatus } from './row.ts';
import type { SentFile } from './sent-file.ts';
import type { Channel, Scalar } from './vocabulary.ts';

export interface ArrivalHead {
  /** `twilio:<AccountSid>:<MessageSid>` · `mail:<Message-ID>` · `event:<messageId>` · `wake:<run>:<wakeAt ISO>` · `coach:<clientId>` · `receipt:<sid>:<status>` */
  readonly id: string;
  readonly contactId: string | null;
  readonly receivedAt: Date;
  readonly state: 'new' | 'shown' | 'moved' | 'stuck';
  readonly tries: number;
  readonly error?: string | null;
}

/** A message in, from any carrier, in our words. */
export interface Inbound {
  readonly channel: Channel;
  /** Ours, as `senders` names it. */
  readonly sender: string;
  /** Theirs: E.164, mail address or business-scoped id, without channel prefix. */
  readonly address: string;
  readonly text: string;
  readonly media: readonly { readonly url: string; readonly type: string }[];
  readonly button: { readonly payload: string; readonly text: string } | null;
  /** The carrier's id of the message of ours that was quoted or whose button was tapped. */
  readonly repliedTo: string | null;
  readonly optOutType: 'STOP' | 'START' | 'HELP' | null;
  readonly profileName: string | null;
  /** An absence note or another program's answer, by its headers: kept, never answered by a program. */
  readonly isAutomatic?: boolean;
  /** The carrier's own id. */
  readonly sid: string;
}

export type CoachAct =
  | { readonly do: 'claim'; readonly rev: number }
  | { readonly do: 'transfer'; readonly rev: number; readonly to: string; readonly why: string }
  | { readonly do: 'release'; readonly rev: number }
  | {
      readonly do: 'handBack';
      readonly rev: number;
      readonly to: string | null;
      readonly answers?: Readonly<Record<string, Scalar>>;
    }
  | {
      readonly do: 'snooze';
      readonly rev: number;
      readonly until: Date;
      readonly note?: string;
      readonly keep?: boolean;
    }
  | { readonly do: 'resolve'; readonly rev: number; readonly why: string }
  | { readonly do: 'undo'; readonly rev: number }
  | {
      readonly do: 'say';
      readonly rev: number;
      readonly seen: number;
      readonly channel: Channel;
      readonly text: string;
      readonly resolve?: boolean;
      readonly undoMs: number;
      readonly isForced?: boolean;
      /** Leaves then and not before; the artist's own word meanwhile gives it back as a draft. */
      readonly at?: Date;
      /** An approved template instead of the text: what reaches WhatsApp once its window is closed. */
      readonly template?: { readonly key: string; readonly fields: Readonly<Record<string, string>> };
      /** A file of ours that goes with the text. */
      readonly file?: SentFile;
      /** The text is a promise to come back by then: it leaves, and the thread rests until that hour. */
      readonly promiseAt?: Date;
    }
  | { readonly do: 'unsay'; readonly itemId: string }
  | { readonly do: 'note'; readonly text: string }
  | { readonly do: 'tag'; readonly tags: readonly string[] }
  | { readonly do: 'skip'; readonly runId: string; readonly stepId: string }
  /** A step at another hour; one that is past means now, as far as the guard lets it. */
  | { readonly do: 'move'; readonly runId: string; readonly stepId: string; readonly to: Date };

export type Arrival =
  | (ArrivalHead & { readonly kind: 'inbound'; readonly inbound: Inbound })
  | (ArrivalHead & { readonly kind: 'wake'; readonly runId: string; readonly wakeAt: Date })
  | (ArrivalHead & { readonly kind: 'event'; readonly event: TrackedEvent })
  | (ArrivalHead & {
      readonly kind: 'coach';
      readonly coachId: string;
      readonly coachName: string;
      readonly act: CoachAct;
    })
  /** A final bad receipt whose consequences concern the thread (a block at the carrier, a VIP's failed message). */
  | (ArrivalHead & {
      readonly kind: 'receipt';
      readonly rowId: string;
      readonly sid: string | null;
      readonly status: RowStatus;
      readonly code: string | null;
      /** Of the row, so that a block at the carrier names one address. */ readonly channel?: Channel;
      readonly address?: string;
    });

export type ArrivalKind = Arrival['kind'];
