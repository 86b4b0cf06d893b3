import { idFrom } from '../id.ts';
import { unclaimed, type HandoffState } from '../run.ts';
import type { Policy } from '../library.ts';
import type { Priority } from '../vocabulary.ts';
import type { HandoffNode } from './definition.ts';
import { closeTalk } from './talk.ts';
import { note, say, type Turn } from './turn.ts';

const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

/**
 * Asks for a person: freezes the talk, starts the clocks of conversation.md §8 and says the line of §9. Answers where
 * the talk goes on at once when nobody is on duty and the flow prefers not to wait; null while a person has it.
 */
export function openHandoff(turn: Turn, node: HandoffNode): string | null {
  if (turn.state.handoff) return raise(turn, node, turn.state.handoff);
  const { isOnDuty } = turn.snapshot.duty;
  const exit = node.exits.noCoach;
  if (!isOnDuty && !exit.stay) return passBy(turn, exit);
  closeTalk(turn, 'handoff');
  const handoff = begin(turn, node);
  turn.state = {
    ...turn.state,
    handoff,
    hold: turn.state.hold ?? { by: unclaimed.handoff, since: turn.moment.now },
  };
  request(turn, node, handoff.id);
  const line = isOnDuty ? (node.promiseMs ? 'common:promise' : 'common:handoff') : exit.say;
  if (line) say(turn, line, { fields: node.promiseMs ? { promise: { ms: node.promiseMs } } : {} });
  return null;
}

/** Nobody is there and the flow goes on without: coaches read it later. */
function passBy(turn: Turn, exit: HandoffNode['exits']['noCoach']): string | null {
  note(turn, 'state', 'no_coach', { go: exit.go ?? null });
  turn.effects.push({ type: 'tell', who: 'coaches', why: 'no_coach' });
  if (exit.say) say(turn, exit.say);
  return exit.go ?? null;
}

/** A second reason for a handoff that is open raises its priority and announces nothing (conversation.md §8). */
function raise(turn: Turn, node: HandoffNode, handoff: HandoffState): null {
  request(turn, node, handoff.id);
  note(turn, 'silence', 'handoff_open', { reason: node.reason });
  return null;
}

function begin(turn: Turn, node: HandoffNode): HandoffState {
  const { snapshot, moment, state } = turn;
  const { isOnDuty, nextOpening } = snapshot.duty;
  const from = isOnDuty ? moment.now : (nextOpening ?? moment.now);
  const due: HandoffState['due'][number][] = [{ kind: 'timeout', at: after(from, node.timeoutMs) }];
  if (isOnDuty) {
    due.push({ kind: 'push', at: after(from, snapshot.policy.handoff.pushMs) });
    if (node.promiseMs) due.push({ kind: 'promise', at: after(from, node.promiseMs) });
  }
  due.sort((a, b) => a.at.getTime() - b.at.getTime());
  const id = idFrom('handoff', state.id, node.id, moment.now.getTime(), state.past.length);
  return { id, node: node.id, since: moment.now, told: [], due, exit: isOnDuty ? null : 'noCoach' };
}

function request(turn: Turn, node: HandoffNode, id: string): void {
  const { snapshot, moment } = turn;
  const { isOnDuty, nextOpening } = snapshot.duty;
  const from = isOnDuty ? moment.now : (nextOpening ?? moment.now);
  const isPromised = isOnDuty && node.promiseMs !== undefined;
  const priority = highest(node.priority, snapshot.priority);
  const withinMs = isPromised && node.promiseMs ? node.promiseMs : firstWordMs(snapshot.policy, priority);
  turn.effects.push({
    type: 'handoff',
    handoff: {
      id,
      node: node.id,
      reason: node.reason,
      team: node.team,
      priority,
      preferLast: node.prefer === 'last-coach',
      promiseMs: isPromised ? (node.promiseMs ?? null) : null,
      dueAt: after(from, withinMs),
      dueKind: isPromised ? 'promise' : 'first',
      brief: node.brief,
      noCoach: !isOnDuty,
    },
  });
}

const rankOf: Readonly<Record<Priority, number>> = { normal: 0, high: 1, vip: 2 };

function highest(wanted: HandoffNode['priority'], own: Priority): Priority {
  return wanted !== 'own' && rankOf[wanted] > rankOf[own] ? wanted : own;
}

function firstWordMs({ handoff }: Policy, priority: Priority): number {
  if (priority === 'vip') return handoff.vipMs;
  return priority === 'high' ? handoff.highMs : handoff.normalMs;
}
