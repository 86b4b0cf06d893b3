import type { PromotedArm } from '../experiment.ts';
import type { Channel, Locale, MessageClass, Priority, Register, Scalar } from '../vocabulary.ts';

/*
 * The compiled shape of a flow file (conversation.md §3). The authoring format and its zod schema are in schema.ts;
 * compile.ts turns one into the other.
 */

export type Comparison = {
  readonly [op in 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'nin' | 'has' | 'exists']?:
    Scalar | readonly Scalar[];
};

/** `{ path: scalar | comparison }`, all must hold, with `any` and `not`. */
export interface Condition {
  readonly [path: string]: Scalar | Comparison | Condition | readonly Condition[] | undefined;
}

export interface EventMatch {
  readonly on: readonly string[];
  readonly where?: Condition;
}

export interface Entry extends EventMatch {
  readonly unless?: Condition;
  /** Event property that keys parallel runs; absent = `default`. */
  readonly run?: string;
  /** Event property with the instant that is J0; absent = the entry itself. Steps may then lie before it (`J0-24h`). */
  readonly anchor?: string;
  readonly reentry: 'once' | 'per-run' | { readonly afterMs: number };
  /** Segment whose rising edge enters, instead of an event. */
  readonly segment?: string;
  /** Ids of the steps this entry plans; absent = all of the flow. */
  readonly steps?: readonly string[];
}

export type Offset =
  /** Elapsed from `anchorAt`. */
  | { readonly afterMs: number }
  /** Calendar day from `anchorOn`, at a wall time of the contact's zone. */
  | { readonly day: number; readonly time: string };

export type StepClass = MessageClass | { readonly full: 'marketing'; readonly core: 'service' };

export interface Late {
  readonly maxMs: number;
  readonly then: 'skip' | 'send' | 'exit' | { readonly variant: string };
}

export interface Step {
  readonly id: string;
  readonly was: readonly string[];
  readonly at: Offset;
  readonly channel: Channel;
  readonly fallback: readonly Channel[];
  readonly class: StepClass;
  /** The question this message asks. */
  readonly open?: string;
  readonly when?: Condition;
  readonly claims: readonly string[];
  readonly sections: Readonly<
    Record<
      string,
      { readonly when?: Condition; readonly open?: string; readonly class?: 'marketing' | 'service' }
    >
  >;
  readonly wait?: { readonly on: readonly string[]; readonly until: Offset; readonly else: string };
  readonly variant?: readonly { readonly when: Condition; readonly use: string }[];
  readonly window?: { readonly from: string; readonly to: string };
  readonly late: Late;
  /** The text is false after this offer's instant, or after J0 (path `J0`), less `beforeMs`. */
  readonly perishable?: { readonly path: string; readonly beforeMs: number };
  readonly experiment?: string;
  /** When it speaks instead, by the arm of its experiment. */
  readonly times?: Readonly<Record<string, Offset>>;
  readonly reserve?: { readonly offer: string; readonly until: Offset };
  /** Once it is sent, no marketing for so long, unless the contact comes back. */
  readonly silenceMs?: number;
  /** A later notification of the same topic takes its place on the device. */
  readonly topic?: string;
  readonly line: number;
}

export interface Choice {
  readonly id: string;
  readonly go: string;
  readonly when?: Condition;
  readonly set?: Readonly<Record<string, Scalar>>;
  readonly emit?: string;
}

export interface AskNode {
  readonly kind: 'ask';
  readonly id: string;
  /** Words key of the question. */
  readonly words: string;
  readonly choices: readonly Choice[];
  readonly expect?: 'text' | 'number' | 'email' | 'date' | 'media';
  readonly save?: string;
  readonly expectGo?: string;
  /** What is said or where it goes, one rung an invalid answer. */
  readonly invalid: readonly { readonly say?: string; readonly go?: string }[];
  readonly noReply: readonly { readonly afterMs: number; readonly say?: string; readonly go?: string }[];
  readonly stale: 'answer' | 'explain' | 'reopen';
  readonly context?: string;
  readonly on: readonly { readonly event: string; readonly go: string }[];
  readonly expiresMs: number;
}

export interface SayNode {
  readonly kind: 'say';
  readonly id: string;
  readonly words: string;
  readonly go: string;
}

export interface DoNode {
  readonly kind: 'do';
  readonly id: string;
  readonly set?: Readonly<Record<string, Scalar>>;
  readonly emit?: string;
  /** `inMs`: counted from the answer, not from J0. */
  readonly reserve?: { readonly offer: string; readonly until: Offset | { readonly inMs: number } };
  readonly withdraw?: 'channel' | 'all';
  /** No offer and no reminder for so long, from the answer on. */
  readonly snoozeMs?: number;
  readonly tell?: { readonly who: 'coach' | 'coaches' | 'managers'; readonly why: string };
  readonly go: string;
}

export interface BranchNode {
  readonly kind: 'branch';
  readonly id: string;
  readonly cases: readonly { readonly when?: Condition; readonly go: string }[];
}

export interface SplitNode {
  readonly kind: 'split';
  readonly id: string;
  readonly experiment: string;
  readonly arms: Readonly<Record<string, string>>;
}

export type ExitName = 'resolved' | 'timeout' | 'noCoach' | 'artistEnded';

export interface HandoffNode {
  readonly kind: 'handoff';
  readonly id: string;
  readonly reason: string;
  readonly team: string;
  readonly prefer?: 'last-coach';
  readonly priority: Priority | 'own';
  /** First human word promised within; its line is `common:promise`, else `common:handoff`. */
  readonly promiseMs?: number;
  /** No human word by then: exit `timeout`. */
  readonly timeoutMs: number;
  readonly brief: readonly string[];
  readonly exits: Readonly<
    Record<ExitName, { readonly say?: string; readonly go?: string; readonly stay?: true }>
  >;
}

export type Node = AskNode | SayNode | DoNode | BranchNode | SplitNode | HandoffNode;

export interface Flow {
  readonly id: string;
  readonly kind: 'sequence' | 'notices' | 'talk';
  readonly version: number;
  readonly was: readonly string[];
  readonly entry: readonly Entry[];
  readonly goal?: EventMatch & { readonly withinMs: number };
  readonly exits: readonly (EventMatch & { readonly result: string })[];
  readonly class: MessageClass;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly segments: number;
  readonly channels: readonly Channel[];
  readonly locales: readonly Locale[];
  readonly registers: Readonly<Partial<Record<Locale, readonly Register[]>>>;
  /** Policy of each placeholder: dotted path → what happens when it is missing. */
  readonly fields: Readonly<Record<string, 'required' | 'fallback' | 'omit'>>;
  readonly steps: readonly Step[];
  readonly nodes: Readonly<Record<string, Node>>;
  /** Arms that won their experiment, by its name: set when they are promoted, never written in a file. */
  readonly promoted?: Readonly<Record<string, PromotedArm>>;
  readonly migrate?: {
    readonly from: string;
    readonly nodes: Readonly<Record<string, string>>;
    readonly steps: Readonly<Record<string, string>>;
  };
}

/** Targets beside a node's id: the talk closes and the timeline goes on; the run ends with a result. */
export const restTarget = 'rest';
/** The generic handoff, which every flow has without writing it. */
export const receptionTarget = 'reception';
export const isEndTarget = (go: string): boolean => go.startsWith('end.');
