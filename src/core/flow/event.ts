import type { RouteRule } from '../route.ts';
import type { Understood } from '../understood.ts';
import type { Channel, Scalar } from '../vocabulary.ts';

/** A product event, or one of ours. `id` is its messageId. */
export interface TrackedEvent {
  readonly id: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
  readonly historical?: boolean;
}

/** Which question a text or tap answers, and the choice if one was named. */
export interface Binding {
  readonly runId: string;
  readonly node: string;
  readonly waitId: string;
  readonly choice: string | null;
  readonly how: 'open' | 'tap' | 'tap-unbound' | 'quote' | 'late';
}

/** What happened, as `step` hears it. */
export type FlowEvent =
  | { readonly type: 'entered'; readonly by: TrackedEvent | null }
  | {
      readonly type: 'heard';
      /** All bubbles of one breath as one text. */
      readonly text: string;
      readonly channel: Channel;
      readonly itemIds: readonly string[];
      readonly understood: Understood;
      readonly rule: RouteRule;
      readonly binding: Binding | null;
      readonly media: boolean;
    }
  | { readonly type: 'woke'; readonly wakeAt: Date }
  | { readonly type: 'tracked'; readonly event: TrackedEvent }
  /** The guard's answer to a step's draft, given back at once so that the run advances. */
  | {
      readonly type: 'judged';
      readonly stepId: string;
      readonly verdict: string;
      readonly itemId: string | null;
      readonly channel: Channel | null;
      /** A held row: when it may leave, if that is known. Its question counts from then. */ readonly until?: Date;
      /** The marketing sections were dropped, with the question they asked. */ readonly isCore?: boolean;
    }
  /** Another run of the contact asked a question: the open one of this run closes. */
  | { readonly type: 'superseded' }
  /** A person's first word since the handoff (a claim is none): its clocks stop. */
  | { readonly type: 'spoke'; readonly by: string }
  /** A person took the thread: talk freezes. */
  | { readonly type: 'held'; readonly by: string }
  /** A person let go of it (or never came): talk thaws, its times shifted by what the hold lasted. */
  | {
      readonly type: 'released';
      readonly outcome: 'handBack' | 'resolved' | 'artistEnded';
      readonly to?: string;
      readonly answers?: Readonly<Record<string, Scalar>>;
    }
  /** A handoff of no node of ours: opens at the node named (`reception`), or a coach asks. */
  | { readonly type: 'jumped'; readonly to: string }
  | { readonly type: 'skipped'; readonly stepId: string }
  /** A coach gave a step another hour. */
  | { readonly type: 'moved'; readonly stepId: string; readonly to: Date }
  | { readonly type: 'closed'; readonly reason: string };
