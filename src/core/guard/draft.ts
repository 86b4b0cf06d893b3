import { placeOf, stepKeyOf, type Place } from '../calendar.ts';
import type { Step } from '../flow/definition.ts';
import type { GuardReason } from './reason.ts';
import type { Draft, Facts, Verdict, VerdictDetail } from './verdict.ts';

/* What several rules ask of a draft. */

export function never(rule: string, reason: GuardReason): Extract<Verdict, { may: 'never' }> {
  return { may: 'never', rule, reason };
}

export function wait(
  rule: string,
  reason: GuardReason,
  until: Date,
  detail?: VerdictDetail,
): Extract<Verdict, { may: 'wait' }> {
  return { may: 'wait', rule, reason, until, ...(detail && { detail }) };
}

export const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

/** Answers to a person, and to the law: no window, no cap, no turn to wait for. */
export const isAnswer = (draft: Draft): boolean => draft.class === 'reply' || draft.class === 'compliance';

/** Id of the flow a draft speaks for. */
export const flowOf = (draft: Draft, facts: Facts): string | null =>
  draft.guard.flow ?? facts.run?.flow ?? null;

/** The step a draft speaks for; null for an answer or a coach's words. */
export function stepOf(draft: Draft, { flow }: Facts): Step | null {
  if (!flow || !draft.stepKey) return null;
  return (
    flow.steps.find(({ id }) => id === draft.stepKey || stepKeyOf(flow.id, id) === draft.stepKey) ?? null
  );
}

/** A service core with its marketing sections still in: what holds marketing drops them, and the core leaves. */
export const hasCore = (draft: Draft, facts: Facts): boolean =>
  draft.class === 'marketing' && typeof stepOf(draft, facts)?.class === 'object';

/** Where the contact's clocks and holidays are read. The moment's zone is the contact's own. */
export const placeOfDraft = (facts: Facts, zone: string): Place => ({ ...placeOf(facts.contact), zone });

/** What spreads a held draft over its opening: the step, or the row itself. */
export function spreadKeyOf(draft: Draft, facts: Facts): string {
  const step = stepOf(draft, facts);
  return step && facts.flow ? stepKeyOf(facts.flow.id, step.id) : draft.id;
}
