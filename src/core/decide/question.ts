import type { World } from '../decide.ts';
import type { AskNode } from '../flow/definition.ts';
import type { RunState } from '../run.ts';
import type { UnderstandContext } from '../intent.ts';
import type { Channel, Moment } from '../vocabulary.ts';
import { toCome } from './appointments.ts';
import { bundleOf } from './compose.ts';

/** A question of ours, open or closed, that an arrival may answer. */
export interface Question {
  readonly run: RunState;
  readonly node: AskNode;
  readonly waitId: string;
  readonly channel: Channel;
  readonly at: Date;
  readonly isOpen: boolean;
}

const recentMs = 7 * 86_400_000;

const isRecent = (at: Date, moment: Moment): boolean => moment.now.getTime() - at.getTime() < recentMs;

export function questionNode(world: World, run: RunState, id: string): AskNode | null {
  const node = world.library.flow(run.flow, run.version)?.nodes[id];
  return node?.kind === 'ask' ? node : null;
}

/** Every question of the contact, newest first. */
export function questionsOf(world: World): readonly Question[] {
  return world.runs
    .flatMap((run) => questionsOfRun(world, run))
    .sort((a, b) => b.at.getTime() - a.at.getTime());
}

function questionsOfRun(world: World, run: RunState): readonly Question[] {
  const asked = [
    ...(run.talk ? [{ ...run.talk, at: run.talk.openedAt, isOpen: run.open }] : []),
    ...run.past.map((past) => ({ ...past, isOpen: false })),
  ];
  return asked.flatMap(({ node: id, waitId, channel, at, isOpen }) => {
    const node = questionNode(world, run, id);
    return node ? [{ run, node, waitId, channel, at, isOpen }] : [];
  });
}

/** The one that is open, as the thread says. */
export function openQuestion(world: World): Question | null {
  const { open } = world.thread;
  if (!open) return null;
  return questionsOf(world).find((question) => question.isOpen && question.waitId === open.waitId) ?? null;
}

/** The question whose message was quoted or tapped, by the carrier's id, within seven days. */
export function quotedQuestion(world: World, sid: string | null, moment: Moment): Question | null {
  const quoted = sid ? world.quoted.find((one) => one.sid === sid) : undefined;
  if (!quoted?.runId || !quoted.node || !isRecent(quoted.at, moment)) return null;
  const run = world.runs.find((one) => one.id === quoted.runId);
  const node = run ? questionNode(world, run, quoted.node) : null;
  if (!run || !node) return null;
  const waitId = quoted.waitId ?? '';
  const known = questionsOfRun(world, run).find((one) => one.waitId === waitId);
  return known ?? { run, node, waitId, channel: run.talk?.channel ?? 'sms', at: quoted.at, isOpen: false };
}

export const hasChoice = (question: Question, choice: string): boolean =>
  question.node.choices.some((one) => one.id === choice);

/** A tap without the carrier's id: the newest question of that channel that carried the choice. */
export function newestWith(world: World, choice: string, channel: Channel): Question | null {
  const carrying = questionsOf(world).filter((question) => hasChoice(question, choice));
  return carrying.find((question) => question.channel === channel) ?? carrying[0] ?? null;
}

/** The last question that closed, while a late answer to it still counts. */
export function lateQuestion(world: World, moment: Moment): Question | null {
  const last = questionsOf(world).find((question) => !question.isOpen);
  return last && isRecent(last.at, moment) ? last : null;
}

/** What a text is read against. */
export function contextOf(
  world: World,
  question: Question | null,
  channel: Channel,
  { now }: Moment,
): UnderstandContext {
  return {
    locale: world.contact.locale,
    channel,
    question: question ? viewOf(world, question) : null,
    hasPendingAppointment: toCome(world.appointments, now).length > 0 && !asksWhatToCancel(question),
  };
}

/** Node of flows/reception.yaml that asks what ANNULER means: a second one is no answer to it, and stops. */
export const cancelNode = 'cancel';

const asksWhatToCancel = (question: Question | null): boolean =>
  question?.isOpen === true && question.run.flow === 'reception' && question.node.id === cancelNode;

function viewOf(world: World, question: Question): NonNullable<UnderstandContext['question']> {
  const { node } = question;
  return {
    choices: node.choices.map(({ id }) => ({ id, words: choiceWords(world, question.run, node, id) })),
    offersHelp: hasChoice(question, 'help'),
    isNegative: false,
    name: node.context ?? null,
  };
}

/** Words that name a choice: the author's list, and the label of its button on every channel. */
export function choiceWords(world: World, run: RunState, node: AskNode, choice: string): readonly string[] {
  const [namespace, key] = node.words.includes(':') ? node.words.split(':', 2) : [run.flow, node.words];
  const bundle = world.library.words(bundleOf(world, namespace ?? run.flow, run));
  const tree = bundle.tree(namespace ?? run.flow, key ?? node.words, world.contact.locale);
  return wordsInTree(tree, choice);
}

/** Words of one choice in the words of its question: the list, and the label of its button on every channel. */
export function wordsInTree(tree: unknown, choice: string): readonly string[] {
  if (!isRecord(tree)) return [];
  const listed = isRecord(tree['words']) ? tree['words'][choice] : undefined;
  const labels = Object.values(tree).flatMap((part) =>
    isRecord(part) && isRecord(part['buttons']) ? [part['buttons'][choice]] : [],
  );
  return [listed, ...labels]
    .flat()
    .flatMap((word) => (typeof word === 'string' || typeof word === 'number' ? [String(word)] : []));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
