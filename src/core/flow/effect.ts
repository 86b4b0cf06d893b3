import type { Channel, MessageClass, Priority, Scalar } from '../vocabulary.ts';
import type { Offset, Step } from './definition.ts';

/** What a step of a run wants (conversation.md §5): data, never a call. Only `send` ever leaves the house. */
export type Effect =
  | SendEffect
  /** Answers and contact facts, by path: `answers.x` or `contact.traits.x`. */
  | { readonly type: 'set'; readonly values: Readonly<Record<string, Scalar>> }
  /** `afterMs` counts from now; a day counts from J0. */
  | { readonly type: 'reserve'; readonly offer: string; readonly until: Offset }
  | { readonly type: 'withdraw'; readonly scope: 'channel' | 'all' }
  | { readonly type: 'emit'; readonly event: string; readonly properties?: Readonly<Record<string, unknown>> }
  | { readonly type: 'handoff'; readonly handoff: HandoffEffect }
  | { readonly type: 'release'; readonly outcome: string }
  | { readonly type: 'exit'; readonly result: string }
  | { readonly type: 'assign'; readonly experiment: string; readonly arm: string }
  /** `stepKey`: the step, or the node that splits. */
  | { readonly type: 'expose'; readonly experiment: string; readonly arm: string; readonly stepKey: string }
  | { readonly type: 'tell'; readonly who: 'coach' | 'coaches' | 'managers'; readonly why: string }
  | {
      readonly type: 'note';
      readonly kind: 'silence' | 'state' | 'event' | 'brief';
      readonly why: string;
      readonly detail?: Readonly<Record<string, unknown>>;
    };

export interface SendEffect {
  readonly type: 'send';
  /** `<flow>:<key>` or a bare key of the run's own flow. */
  readonly words: string;
  readonly class: MessageClass | { readonly full: 'marketing'; readonly core: 'service' };
  /** `step` = by the step's channel, then its fallbacks; `answer` = where the artist wrote. */
  readonly via: { readonly step: Step; readonly baseAt: Date } | 'answer';
  readonly channel: Channel;
  readonly fallback: readonly Channel[];
  /** The question it asks, with the waitId the talk got. */
  readonly question: { readonly node: string; readonly waitId: string } | null;
  readonly variant: string | null;
  /** Parts of the mail whose `when` holds; absent = the words have no parts. */
  readonly sections?: readonly string[];
  /** Values fixed here. `choice` and `choices` are ids, `question` the words key whose words name them: the writer of the row says them. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

export interface HandoffEffect {
  readonly id: string;
  readonly node: string;
  readonly reason: string;
  readonly team: string;
  readonly priority: Priority | 'own';
  readonly preferLast: boolean;
  readonly promiseMs: number | null;
  readonly dueAt: Date;
  readonly dueKind: 'promise' | 'first';
  readonly brief: readonly string[];
  /** Nobody is on duty: exit `noCoach` was taken at once. */
  readonly noCoach: boolean;
}
