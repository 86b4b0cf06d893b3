import { instantOf, localDate } from '../calendar.ts';
import type { Flow, Step } from '../flow/definition.ts';
import type { RunState } from '../run.ts';
import { isHeld } from '../thread.ts';
import type { Channel, Moment } from '../vocabulary.ts';
import { limitsOf, nextPlace } from './cap.ts';
import { after, flowOf, isAnswer, never, wait } from './draft.ts';
import type { Draft, Facts, Rule } from './verdict.ts';

const rule = 'arbitration';

/** Who speaks first where several want to: a person, a promise of silence, a stronger sequence (lifecycle.md §8). */
export const arbitration: Rule = (draft, facts, moment) => {
  if (isSpokenOver(draft, facts)) return never(rule, 'coach_took_over');
  if (isAnswer(draft)) return null;
  const flow = flowOf(draft, facts);
  if (flow !== null && facts.pausedFlows.includes(flow))
    return wait(rule, 'sequence_paused', draft.expiresAt);
  if (draft.class === 'marketing' || draft.guard.asksQuestion) {
    const quietUntil = conversationUntil(draft, facts);
    if (quietUntil > moment.now) return wait(rule, 'conversation_open', quietUntil);
  }
  if (draft.class !== 'marketing') return null;
  if (facts.silencedUntil && facts.silencedUntil > moment.now)
    return wait(rule, 'promised_silence', facts.silencedUntil);
  return preempted(draft, facts, moment) ?? keptBack(draft, facts, moment);
};

/**
 * An answer of the bot from before a coach took the thread. It was under way then, and the carrier surely has nothing of
 * it: a person speaks now (I7).
 */
const isSpokenOver = ({ class: kind, by, createdAt }: Draft, { thread: { own } }: Facts): boolean =>
  kind === 'reply' && by === 'bot' && own.state === 'coach' && createdAt < own.since;

/** While a person holds the thread, after the artist's last message, and after a coach let go, we do not speak first. */
function conversationUntil(draft: Draft, { thread, policy }: Facts): Date {
  if (isHeld(thread)) return draft.expiresAt;
  const spoke = thread.lastInbound ? thread.lastInbound.at.getTime() + policy.guard.afterInboundMs : 0;
  const letGo = thread.own.rev > 0 ? thread.own.since.getTime() + policy.guard.afterReleaseMs : 0;
  return new Date(Math.max(spoke, letGo));
}

/** The other open runs that outrank the draft's own. */
function higherRuns(draft: Draft, facts: Facts): readonly { run: RunState; flow: Flow }[] {
  const priority = facts.flow?.priority ?? 0;
  return facts.openRuns.flatMap(({ run, flow }) =>
    flow && run.open && run.id !== draft.runId && flow.priority > priority && run.phase === 'sending'
      ? [{ run, flow }]
      : [],
  );
}

/** One exclusive marketing voice at a time, until the stronger run's last planned step. `late` decides then. */
function preempted(draft: Draft, facts: Facts, { now, zone }: Moment) {
  if (!draft.guard.exclusive || facts.flow?.kind === 'notices') return null;
  const voices = higherRuns(draft, facts).filter(({ flow }) => flow.exclusive && flow.kind === 'sequence');
  if (voices.length === 0) return null;
  const ends = voices.flatMap(({ run, flow }) => leftSteps(run, flow, zone).map(({ at }) => at.getTime()));
  const until = new Date(Math.max(...ends, 0));
  const by = voices.map(({ flow }) => flow.id);
  return wait(rule, 'preempted', until > now ? until : after(now, facts.policy.guard.retryMs), { by });
}

/** Steps a run has still to resolve, and when: as planned, else their base. */
function leftSteps(run: RunState, flow: Flow, zone: string): readonly { step: Step; at: Date }[] {
  return flow.steps.flatMap((step) => {
    const planned = run.plan.find(({ stepId }) => stepId === step.id);
    if (!planned || run.done[step.id]) return [];
    return [{ step, at: planned.dueAt ?? instantOf(step.at, run, zone) }];
  });
}

/** Sending now would take the place that a stronger run needs within a day. */
function keptBack(draft: Draft, facts: Facts, { now, zone }: Moment) {
  const limits = limitsOf(facts);
  const taken = facts.allowances.filter(({ key }) => key !== draft.id);
  const withThis = [...taken, { key: draft.id, channel: draft.channel, at: now, on: localDate(now, zone) }];
  const horizon = after(now, facts.policy.guard.lookAheadMs);
  const isFree = (channel: Channel, at: Date, sends: typeof taken): boolean =>
    nextPlace(channel, at, zone, sends, limits)?.getTime() === at.getTime();
  const inNeed = higherRuns(draft, facts)
    .flatMap(({ run, flow }) => leftSteps(run, flow, zone).map((left) => ({ ...left, for: flow.id })))
    .filter(({ step }) => step.class === 'marketing' || typeof step.class === 'object')
    .filter(({ at }) => at > now && at <= horizon)
    .find(({ step, at }) => isFree(step.channel, at, taken) && !isFree(step.channel, at, withThis));
  return inNeed ? wait(rule, 'kept_back', inNeed.at, { for: inNeed.for, step: inNeed.step.id }) : null;
}
