import { idFrom } from '../id.ts';
import type { PastTalk, RunState, Talk } from '../run.ts';
import type { Channel, MessageClass } from '../vocabulary.ts';
import type { AskNode, Choice, Flow, Step } from './definition.ts';
import { holds } from './expression.ts';
import { say, scopeOfTurn, type Turn } from './turn.ts';

const mostPast = 20;

/** Opens a question in the talk and says it. The one that was open is superseded. */
export function ask(turn: Turn, node: AskNode): void {
  const waitId = idFrom('wait', turn.state.id, node.id, turn.moment.now.getTime(), turn.state.past.length);
  closeTalk(turn, 'superseded');
  openTalk(turn, node, { waitId, channel: turn.channel, itemIds: [], openedAt: turn.moment.now });
  say(turn, node.words, {
    question: { node: node.id, waitId },
    fields: { choices: offered(turn, node).map(({ id }) => id), question: node.words },
  });
}

/** The waitId of the question a step asks: a step speaks once, so it follows from the run and the step. */
export const waitIdOfStep = (runId: string, stepId: string): string => idFrom('wait', runId, stepId);

type Opening = Pick<Talk, 'waitId' | 'channel' | 'itemIds' | 'openedAt'>;

export function openTalk(turn: Turn, node: AskNode, opening: Opening): void {
  const { waitId, openedAt } = opening;
  const from = openedAt.getTime();
  const due = node.noReply.map(({ afterMs }, n) => ({
    kind: `noReply:${n}`,
    at: new Date(from + afterMs),
    waitId,
  }));
  const talk: Talk = {
    node: node.id,
    ...opening,
    invalid: 0,
    maybe: null,
    due,
    expiresAt: new Date(from + node.expiresMs),
  };
  turn.state = { ...turn.state, talk };
}

/** Closes the open question, if there is one, and remembers how. */
export function closeTalk(turn: Turn, how: PastTalk['how'], choice: string | null = null): void {
  const { talk } = turn.state;
  if (!talk) return;
  const { node, waitId, itemIds, channel } = talk;
  const closed: PastTalk = { node, waitId, itemIds, channel, how, choice, at: turn.moment.now };
  turn.state = { ...turn.state, talk: null, past: [...turn.state.past, closed].slice(-mostPast) };
}

/** Choices whose condition holds now. */
export function offered(turn: Turn, node: AskNode): readonly Choice[] {
  return node.choices.filter(({ when }) => holds(when, scopeOfTurn(turn)));
}

export function askNode(flow: Flow, id: string): AskNode | null {
  const node = flow.nodes[id];
  return node?.kind === 'ask' ? node : null;
}

/** The step that asks a node's question, where one does. */
export function stepAsking(flow: Flow, node: string): Step | undefined {
  return flow.steps.find(
    (step) => step.open === node || Object.values(step.sections).some((section) => section.open === node),
  );
}

/** The class of a nudge about a question: that of the message that asked it. */
export function classOfQuestion(flow: Flow, node: string): MessageClass {
  const asked = stepAsking(flow, node)?.class ?? flow.class;
  return typeof asked === 'string' ? asked : asked.full;
}

/** Where the run was last spoken with. */
export function lastChannel(flow: Flow, state: RunState): Channel {
  return state.talk?.channel ?? state.past.at(-1)?.channel ?? flow.channels[0] ?? 'sms';
}
