import type { DecisionRecord, World } from '../decide.ts';
import { claimScope } from '../claim.ts';
import { flowOfRun } from '../flow/arm.ts';
import { holds, type Scope } from '../flow/expression.ts';
import { guard } from '../guard/index.ts';
import type { Facts, Verdict } from '../guard/verdict.ts';
import { idFrom } from '../id.ts';
import type { Row } from '../row.ts';
import type { RunState } from '../run.ts';
import type { Condition, Step } from '../flow/definition.ts';
import { questionOf } from '../flow/timeline.ts';
import type { TrackedEvent } from '../flow/event.ts';
import type { Moment } from '../vocabulary.ts';
import { isUnrendered, type Unrendered } from '../render.ts';
import { compose } from './compose.ts';

export interface Judged {
  /** As rendered for this verdict: class and sections are those of the core where the guard asked for it. */
  readonly row: Row;
  readonly verdict: Exclude<Verdict, { may: 'instead' }>;
  /** The full draft gave way to its core. */
  readonly isCore: boolean;
  readonly decisions: readonly DecisionRecord[];
}

/** What is left of a message when its marketing sections must go. */
export interface Core {
  readonly sections: readonly string[];
  /** It still asks its question: a dropped part asks nothing. */
  readonly isAsking: boolean;
}

/**
 * Renders a row with the values of now and asks the guard: when it is written (w), and by the claim (d).
 * `core` is what stays when the marketing sections must go; null where there is no lesser draft.
 */
export function judge(row: Row, world: World, moment: Moment, asked: 'w' | 'd', core: Core | null): Judged {
  const drafted = draft(row, world, moment);
  const verdict = guard(drafted.row, factsOf(drafted.row, world, moment, asked, drafted.unrendered), moment);
  const decision = decisionOf(drafted, verdict, moment, asked, 1);
  if (verdict.may !== 'instead') return { row: drafted.row, verdict, isCore: false, decisions: [decision] };
  if (core === null) {
    const never = { may: 'never', reason: verdict.reason, rule: verdict.rule } as const;
    return { row: drafted.row, verdict: never, isCore: false, decisions: [decision] };
  }
  const lesser = judge(asCore(row, core), world, moment, asked, null);
  return { ...lesser, isCore: true, decisions: [decision, ...lesser.decisions.map(renumbered)] };
}

function asCore(row: Row, { sections, isAsking }: Core): Row {
  const lesser: Row = { ...row, class: 'service', words: row.words ? { ...row.words, sections } : null };
  if (isAsking) return lesser;
  return {
    ...lesser,
    node: null,
    waitId: null,
    guard: { ...row.guard, asksQuestion: false, expectsReply: false },
  };
}

const renumbered = (record: DecisionRecord): DecisionRecord => ({ ...record, id: idFrom(record.id, 'core') });

interface Drafted {
  readonly row: Row;
  readonly unrendered: Unrendered | null;
}

/** A coach's own text has no words to render again: it leaves as typed. */
function draft(row: Row, world: World, moment: Moment): Drafted {
  if (!row.words) return { row, unrendered: null };
  const body = compose(row, row.words, world, moment);
  return isUnrendered(body) ? { row, unrendered: body } : { row: { ...row, body }, unrendered: null };
}

/**
 * What a condition may read (conversation.md §3): contact, run, answers, event, claim, duty, seen. Facts are gathered where
 * a condition first asks for one: most lean on none.
 */
export function scopeOf(
  world: World,
  run: RunState | null,
  moment: Moment,
  event: TrackedEvent | null = null,
): Scope {
  let claim: Scope['claim'] | null = null;
  return {
    contact: { ...world.contact },
    run: run ? { ...run } : {},
    answers: { ...run?.answers },
    event: event ? { ...event.properties, name: event.name } : { ...run?.entry },
    get claim() {
      return (claim ??= claimScope(world.offers, world.contact, world.duty, moment));
    },
    duty: { isOnDuty: world.duty.isOnDuty },
    seen: Object.fromEntries((run?.seen ?? []).map((name) => [name, true])),
  };
}

function factsOf(
  row: Row,
  world: World,
  moment: Moment,
  asked: 'w' | 'd',
  unrendered: Unrendered | null,
): Facts {
  const { library } = world;
  const run = world.runs.find((other) => other.id === row.runId) ?? null;
  return {
    asked,
    contact: world.contact,
    address:
      world.addresses.find((other) => other.channel === row.channel && other.value === row.address) ?? null,
    consents: world.consents,
    suppressions: world.suppressions,
    thread: world.thread,
    run,
    flow: run ? flowOfRun(library, run) : null,
    openRuns: world.runs
      .filter((other) => other.open)
      .map((other) => ({ run: other, flow: flowOfRun(library, other) })),
    sender: world.senders.find((sender) => sender.key === row.sender) ?? null,
    allowances: world.allowances,
    pausedFlows: world.pausedFlows,
    policy: library.policy,
    hasTemplate: Boolean(row.body.template),
    holds: (when: Condition) => holds(when, scopeOf(world, run, moment)),
    silencedUntil: world.silencedUntil,
    unrendered: unrendered?.missing ?? null,
  };
}

function decisionOf(
  drafted: Drafted,
  verdict: Verdict,
  moment: Moment,
  asked: 'w' | 'd',
  n: number,
): DecisionRecord {
  const { row, unrendered } = drafted;
  return {
    id: idFrom('decision', row.id, row.channel, asked, row.attempt, moment.now.getTime(), n),
    contactId: row.contactId,
    rowId: row.id,
    runId: row.runId ?? null,
    stepKey: row.stepKey ?? null,
    at: moment.now,
    asked,
    rule: verdict.may === 'go' ? 'go' : verdict.rule,
    verdict: verdict.may,
    until: verdict.may === 'wait' ? verdict.until : null,
    reason: verdict.may === 'go' ? null : verdict.reason,
    facts: {
      channel: row.channel,
      class: row.class,
      ...(unrendered ? { missing: unrendered.what } : {}),
      ...('detail' in verdict ? verdict.detail : {}),
    },
  };
}

/** The service core of a step that has one. */
export function coreOfStep(step: Step): Core | null {
  if (typeof step.class === 'string') return null;
  const sections = Object.keys(step.sections).filter((name) => step.sections[name]?.class === 'service');
  return { sections, isAsking: questionOf(step, sections) !== null };
}

function coreOf(row: Row, world: World): Core | null {
  const run = world.runs.find((other) => other.id === row.runId);
  const flow = run ? world.library.flow(run.flow, run.version) : null;
  const step = flow?.steps.find((other) => other.id === row.stepKey);
  return step ? coreOfStep(step) : null;
}

/**
 * The guard's last word, inside the claim's transaction: facts as they are now, the body with the values of this
 * instant. A `wait`, a `never` or a `go` comes back with the row as it would leave and the record of the answer.
 */
export function judgeAtClaim(
  row: Row,
  world: World,
  moment: Moment,
): { verdict: Judged['verdict']; row: Row; decision: DecisionRecord; decisions: readonly DecisionRecord[] } {
  const core = row.class === 'marketing' ? coreOf(row, world) : null;
  const judged = judge(row, world, moment, 'd', core);
  const decision = judged.decisions.at(-1);
  if (!decision) throw new Error(`the guard gave no answer for row ${row.id}`);
  return { verdict: judged.verdict, row: judged.row, decision, decisions: judged.decisions };
}
