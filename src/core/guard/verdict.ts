import type { Address, ConsentState, Contact, Suppression } from '../contact.ts';
import type { Allowance, SenderFacts } from '../decide.ts';
import type { Flow } from '../flow/definition.ts';
import type { Policy } from '../library.ts';
import type { Row } from '../row.ts';
import type { RunState } from '../run.ts';
import type { Thread } from '../thread.ts';
import type { Moment } from '../vocabulary.ts';

/** A message not yet judged: a row before, or at, its claim. */
export type Draft = Pick<
  Row,
  | 'id'
  | 'contactId'
  | 'class'
  | 'channel'
  | 'sender'
  | 'address'
  | 'priority'
  | 'body'
  | 'notBefore'
  | 'expiresAt'
  | 'runId'
  | 'stepKey'
  | 'by'
  | 'guard'
  | 'createdAt'
>;

/** What the rules read. Filled inside the claim's transaction, or from the World of a decision. */
export interface Facts {
  readonly asked: 'w' | 'd';
  readonly contact: Contact;
  readonly address: Address | null;
  readonly consents: ConsentState;
  readonly suppressions: readonly Suppression[];
  readonly thread: Thread;
  /** The draft's own run, null for replies of reception and of coaches. */
  readonly run: RunState | null;
  readonly flow: Flow | null;
  /** All open runs of the contact with their flows, for arbitration. */
  readonly openRuns: readonly { readonly run: RunState; readonly flow: Flow | null }[];
  readonly sender: SenderFacts | null;
  readonly allowances: readonly Allowance[];
  readonly pausedFlows: readonly string[];
  readonly policy: Policy;
  /** Has an approved template for this text. */
  readonly hasTemplate: boolean;
  /** Evaluates a condition on this contact and run (core/flow/expression.ts). */
  readonly holds: (when: NonNullable<Row['guard']['when']>) => boolean;
  /** Marketing is silenced until (a promise of a last message). */
  readonly silencedUntil: Date | null;
  /** The outcome of rendering with the values of now: null = fine, else the reason. */
  readonly unrendered: 'claim_unbound' | 'missing_field' | 'render' | 'words_missing' | null;
}

/** What a coach is told beside the reason: which run stands before it, which rule would have waited. */
export type VerdictDetail = Readonly<Record<string, unknown>>;

/** First rule that answers, wins; null from a rule = nothing to say. */
export type Verdict =
  | { readonly may: 'go' }
  | {
      readonly may: 'wait';
      readonly until: Date;
      readonly reason: string;
      readonly rule: string;
      readonly detail?: VerdictDetail;
    }
  | { readonly may: 'never'; readonly reason: string; readonly rule: string; readonly detail?: VerdictDetail }
  /** A lesser draft, judged again from the top: `core` drops the marketing sections. */
  | {
      readonly may: 'instead';
      readonly use: 'core';
      readonly reason: string;
      readonly rule: string;
      readonly detail?: VerdictDetail;
    };

export type Rule = (draft: Draft, facts: Facts, moment: Moment) => Exclude<Verdict, { may: 'go' }> | null;
