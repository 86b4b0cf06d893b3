import type { ExitName } from './flow/definition.ts';
import type { Channel, Register, Scalar } from './vocabulary.ts';

/** Exit reason of a run that has said all it had to. */
export const completed = 'completed';

/** One contact's way through one version of a flow: a plain value; the store keeps it as it stands. */
export interface RunState {
  readonly id: string;
  readonly contactId: string;
  readonly flow: string;
  readonly version: number;
  /** Hash of the word bundle pinned at entry. */
  readonly words: string;
  readonly runKey: string;
  readonly rev: number;
  readonly open: boolean;
  readonly phase: 'sending' | 'tail';
  readonly exitReason: string | null;
  readonly enteredAt: Date;
  /** J0 as an instant, and as a local ISO date. */
  readonly anchorAt: Date;
  readonly anchorOn: string;
  /** J0 is an instant that the event named, an appointment say, and not the entry. */
  readonly isAnchored?: boolean;
  readonly zone: string;
  /** Step that comes next, null once all are resolved. */
  readonly stepKey: string | null;
  readonly plan: readonly PlannedStep[];
  readonly waits: readonly { readonly event: string; readonly stepId: string; readonly until: Date }[];
  /** When the run next wants waking; the earliest of all its clocks. There is no other timer. */
  readonly wakeAt: Date | null;
  /** The last `wakeAt` that was answered. The next is later, or its arrival would be the same row. */
  readonly wokeAt?: Date | null;
  /** After a person let go, the bot does not speak first until then. */
  readonly quietUntil?: Date | null;
  readonly goalDeadline: Date | null;
  readonly register: Register | null;
  readonly answers: Readonly<Record<string, Scalar>>;
  readonly arms: Readonly<Record<string, string>>;
  /** Steps resolved, by id. */
  readonly done: Readonly<Record<string, { readonly at: Date; readonly verdict: string }>>;
  readonly talk: Talk | null;
  /** The last 20 questions that closed, oldest first. */
  readonly past: readonly PastTalk[];
  readonly hold: { readonly by: string; readonly since: Date } | null;
  readonly handoff: HandoffState | null;
  /** Names of events seen since J0, each once. */
  readonly seen: readonly string[];
  /** Properties of the event that entered it. */
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface PlannedStep {
  readonly stepId: string;
  readonly baseAt: Date;
  readonly dueAt: Date | null;
  readonly reasons: readonly string[];
  /** When the event it waits for came. */
  readonly readyAt?: Date | null;
  /** The hour a coach gave it, instead of the calendar's. */
  readonly movedTo?: Date | null;
}

/** The open question of a run. */
export interface Talk {
  readonly node: string;
  readonly waitId: string;
  readonly openedAt: Date;
  /** Items that asked it. */
  readonly itemIds: readonly string[];
  readonly channel: Channel;
  readonly invalid: number;
  /** Choice we asked about (« Tu veux dire OUI ? »); a yes now means it. */
  readonly maybe?: string | null;
  readonly due: readonly { readonly kind: string; readonly at: Date; readonly waitId: string }[];
  readonly expiresAt: Date;
}

export interface PastTalk {
  readonly node: string;
  readonly waitId: string;
  readonly itemIds: readonly string[];
  readonly channel: Channel;
  readonly how: 'answered' | 'superseded' | 'expired' | 'noReply' | 'event' | 'handoff' | 'ended';
  readonly choice: string | null;
  readonly at: Date;
}

/** Who holds a talk as long as it only waits for a person: the handoff that asks for one, or another run's. */
export const unclaimed = { handoff: 'handoff', queue: 'queue' } as const;

/** Whether a coach has it, not only the queue. */
export const isClaimed = ({ hold }: Pick<RunState, 'hold'>): boolean =>
  hold !== null && hold.by !== unclaimed.handoff && hold.by !== unclaimed.queue;

export interface HandoffState {
  readonly id: string;
  readonly node: string;
  readonly since: Date;
  /** What was already done of its clock: `push`, `manager`, `late`, `timeout`. */
  readonly told: readonly string[];
  readonly due: readonly { readonly kind: 'push' | 'promise' | 'timeout'; readonly at: Date }[];
  readonly exit: ExitName | null;
}
