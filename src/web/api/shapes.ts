/** What the server answers on `/api`, as JSON: instants are ISO texts. */

export const channels = ['sms', 'whatsapp', 'email', 'push'] as const;
export type Channel = (typeof channels)[number];

export type CoachStatus = 'available' | 'away' | 'off';
export interface Me {
  readonly coach: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly role: 'coach' | 'manager';
    readonly status: CoachStatus;
    readonly hasSecondFactor: boolean;
  };
  readonly isSandbox: boolean;
  readonly build: string;
  readonly locale: string;
}

export interface Duty {
  readonly isOnDuty?: boolean;
  readonly coaches?: readonly { readonly id: string; readonly name: string; readonly status?: CoachStatus }[];
  readonly until?: string | null;
  readonly nextOpening?: string | null;
}

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
export type Counts = Readonly<Record<Queue, number>>;

export type OwnState = 'bot' | 'waiting' | 'coach' | 'snoozed' | 'resolved';
export type Flag = 'failed' | 'unsure' | 'stuck' | 'soft_stop' | 'loop';
export type ViewerMode = 'viewing' | 'typing' | 'away';
export interface Viewer {
  readonly id: string;
  readonly mode: ViewerMode;
  readonly name?: string;
}

export interface Row {
  readonly id: string;
  readonly seq: number;
  /** Of ownership: what a claim compares. */
  readonly rev: number;
  readonly name: string;
  readonly plan: number | null;
  readonly vip: boolean;
  readonly state: OwnState;
  readonly channel: Channel | null;
  readonly preview: { readonly who: 'artist' | 'bot' | 'coach'; readonly text: string } | null;
  readonly lastAt: string | null;
  readonly waitingSince?: string | null;
  readonly due?: { readonly at: string; readonly kind: 'promise' | 'first' | 'next' } | null;
  readonly window?: { readonly closesAt: string } | null;
  readonly run?: {
    readonly flow: string;
    readonly step: string | number | null;
    readonly of: number;
    readonly name?: string | null;
    readonly nextAt?: string | null;
    readonly channel?: Channel | null;
  } | null;
  readonly unread: number | boolean;
  readonly draft: boolean;
  readonly tags: readonly string[];
  readonly flags: readonly Flag[];
  readonly viewers: readonly Viewer[];
  readonly own: {
    readonly state: OwnState;
    readonly ownerId: string | null;
    readonly ownerName: string | null;
    readonly rev: number;
    readonly reason: string | null;
    readonly priority: 'vip' | 'high' | 'normal' | null;
    readonly snooze?: { readonly until: string | null } | null;
  };
}

export interface Why {
  readonly rule?: string;
  readonly flow?: string;
  readonly step?: string;
  readonly reason?: string;
}

export interface Button {
  readonly id: string;
  readonly label: string;
}

export type Status =
  'queued' | 'sending' | 'unsure' | 'sent' | 'delivered' | 'failed' | 'read' | 'blocked' | 'ghost';

/** What an artist sent; `url` null once it was let go of. */
export interface Media {
  readonly url: string | null;
  readonly type: string;
}

/** A file of ours: attached, or gone with a message. */
export interface SentFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly url: string;
}

interface ItemHead {
  readonly id: string;
  readonly seq: number;
  readonly at: string;
  readonly channel?: Channel | null;
  readonly why?: Why;
}
export interface InItem extends ItemHead {
  readonly kind: 'in';
  readonly text: string | null;
  readonly media?: readonly Media[];
  readonly intent?: string | null;
  readonly confidence?: number | null;
  readonly rule?: string | null;
  /** The message it answers. */
  readonly answers?: string | null;
  readonly button?: { readonly payload: string; readonly text: string } | null;
}
export interface OutItem extends ItemHead {
  readonly kind: 'out';
  readonly by: string;
  readonly byName?: string | null;
  readonly text: string | null;
  readonly subject?: string | null;
  readonly file?: SentFile | null;
  readonly buttons?: readonly Button[];
  readonly step?: string | null;
  readonly status: Status;
  readonly reason?: string | null;
  readonly segments?: number | null;
  readonly undoUntil?: string | null;
}
export interface NoteItem extends ItemHead {
  readonly kind: 'note';
  readonly by: string;
  readonly byName?: string | null;
  readonly text: string;
}
export interface StateItem extends ItemHead {
  readonly kind: 'state';
  readonly from: OwnState | null;
  readonly to: OwnState | null;
  readonly by: string | null;
  readonly byName?: string | null;
  readonly reason: string | null;
}
export interface SilenceItem extends ItemHead {
  readonly kind: 'silence';
  readonly step?: string | null;
  readonly reason: string | null;
}
export interface EventItem extends ItemHead {
  readonly kind: 'event';
  readonly name: string;
}
export interface BriefItem extends ItemHead {
  readonly kind: 'brief';
  readonly asked?: string | null;
  readonly answers?: Readonly<Record<string, unknown>> | readonly string[] | null;
  readonly tried?: readonly string[] | string | null;
  readonly suggest?: string | null;
  readonly reason?: string | null;
}
export type Item = InItem | OutItem | NoteItem | StateItem | SilenceItem | EventItem | BriefItem;

export interface Future {
  readonly stepId: string;
  readonly title: string;
  readonly channel: Channel;
  readonly at: string;
  readonly heldBy?: string | null;
  readonly cancelledBy: readonly string[];
  readonly segments?: number | null;
}

export type Can = true | { readonly reason: string; readonly at?: string; readonly text?: string };

export interface Artist {
  readonly id: string;
  readonly name: string;
  readonly locale: string;
  readonly register: 'tu' | 'vous' | null;
  readonly zone: string;
  readonly plan: number | null;
  readonly planSince: string | null;
  readonly mona: {
    readonly score: number;
    readonly start?: number | null;
    readonly trend?: readonly number[] | null;
    readonly delta?: number | null;
  } | null;
  readonly points: number;
  readonly genre: string | null;
  readonly city: string | null;
  readonly consents: readonly {
    readonly channel: Channel;
    readonly marketing: 'granted' | 'withdrawn' | 'none';
    readonly at: string | null;
    readonly source: string | null;
  }[];
  readonly addresses: readonly { readonly channel: Channel; readonly value: string }[];
  readonly runs: readonly {
    readonly flow: string;
    readonly step: string | number | null;
    readonly of: number;
    readonly goalDeadline: string | null;
    readonly phase: string;
  }[];
  readonly events: readonly { readonly name: string; readonly at: string }[];
  readonly coach: string | { readonly id: string; readonly name: string } | null;
  readonly tags: readonly string[];
}

export interface Thread {
  readonly row: Row;
  readonly artist: Artist;
  /** The last 50, oldest first; older ones by `seq`. */
  readonly items: readonly Item[];
  readonly future: readonly Future[];
  readonly drafts: { readonly reply?: string | null; readonly note?: string | null };
  readonly can: Readonly<Partial<Record<Channel, Can>>>;
  readonly windows: { readonly whatsapp?: { readonly closesAt: string } | null };
}

export interface HandBackPreview {
  readonly rev: number;
  readonly onward?: readonly { readonly to: string; readonly kind: 'ask' | 'say' | 'end' }[];
  readonly next: { readonly text: string; readonly channel: Channel; readonly at: string } | null;
  readonly held: readonly {
    readonly stepId?: string;
    readonly title?: string;
    readonly channel?: Channel;
    readonly at?: string | null;
    readonly fate?: string | null;
    readonly reason?: string | null;
  }[];
}

export interface WhyDetail {
  readonly rule?: string | null;
  readonly flow?: string | null;
  readonly version?: number | string | null;
  readonly step?: string | null;
  readonly node?: string | null;
  readonly reason?: string | null;
  readonly intent?: string | null;
  readonly confidence?: number | null;
  readonly runnerUp?: { readonly intent: string; readonly confidence: number } | null;
  readonly arm?: string | null;
  readonly nextAt?: string | null;
  readonly decisions?: readonly {
    readonly at: string;
    readonly asked?: 'w' | 'd';
    readonly rule: string;
    readonly verdict: 'go' | 'wait' | 'never' | 'instead';
    readonly until?: string | null;
    readonly reason?: string | null;
  }[];
  readonly history?: readonly {
    readonly at: string;
    readonly status: Status;
    readonly reason?: string | null;
    readonly code?: string | null;
  }[];
  readonly detail?: Readonly<Record<string, unknown>> | null;
}
