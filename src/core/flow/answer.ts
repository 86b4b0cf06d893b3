import type { PastTalk } from '../run.ts';
import type { Scalar } from '../vocabulary.ts';
import { receptionTarget, type AskNode, type Choice } from './definition.ts';
import type { FlowEvent } from './event.ts';
import { askNode, ask, closeTalk, offered } from './talk.ts';
import { emit, hasSpoken, note, say, setValues, type Turn } from './turn.ts';
import { handOver, walk } from './walk.ts';

export type Heard = Extract<FlowEvent, { type: 'heard' }>;

/** conversation.md §2.5: applied from here up, asked again from there. */
const sure = 0.85;
const likely = 0.55;
const amendMs = 10 * 60_000;

/** What an answer means to a question. */
type Meaning =
  | { readonly is: 'choice'; readonly choice: Choice }
  | { readonly is: 'maybe'; readonly choice: Choice }
  | { readonly is: 'value'; readonly value: Scalar }
  | { readonly is: 'help' | 'question' | 'invalid' };

/** Moves the talk by what the artist wrote or tapped. */
export function hear(turn: Turn, heard: Heard): void {
  const { talk } = turn.state;
  const { binding } = heard;
  if (!turn.state.open) explain(turn, binding?.node ?? null);
  else if (talk && heard.rule === 'escalate') escalate(turn, talk.node, heard);
  else if (talk && (!binding || binding.waitId === talk.waitId)) answerOpen(turn, talk.node, heard);
  else if (binding) answerPast(turn, heard, binding);
  else note(turn, 'silence', 'no_question');
}

/** A word that asks for a person: the question's own way to one, else the generic (R6). */
function escalate(turn: Turn, node: string, heard: Heard): void {
  const human = offered(turn, needAsk(turn, node)).find(({ id }) => id === 'human');
  if (human) choose(turn, node, human);
  else handOver(turn, reasonOf(heard));
}

function reasonOf({ understood }: Heard): string {
  return (
    ['danger', 'refund', 'complaint'].find((tag) => understood.tags.some((one) => one === tag)) ?? 'human'
  );
}

function answerOpen(turn: Turn, node: string, heard: Heard): void {
  const question = needAsk(turn, node);
  const meaning = meaningOf(turn, question, heard);
  switch (meaning.is) {
    case 'choice':
      return choose(turn, node, meaning.choice, heard);
    case 'maybe':
      return confirm(turn, question, meaning.choice);
    case 'value':
      return save(turn, question, meaning.value);
    case 'question':
      return handOver(turn, 'question');
    case 'help':
      return note(turn, 'silence', 'help_not_offered', { node });
    case 'invalid':
      return climb(turn, question);
  }
}

/** Exact word, number or label; then intent; then what the question expects (R9). */
function meaningOf(turn: Turn, question: AskNode, heard: Heard): Meaning {
  const { understood, binding } = heard;
  const named = choiceOf(turn, question, heard);
  if (named) {
    const isExact = binding?.choice === named.id && binding.how !== 'open' && binding.how !== 'quote';
    const isEager = named.id === 'help' || named.id === 'human';
    if (isExact || understood.confidence >= (isEager ? likely : sure)) return { is: 'choice', choice: named };
    if (understood.confidence >= likely) return { is: 'maybe', choice: named };
  }
  const value = question.expect ? valueOf(question.expect, heard) : null;
  if (value !== null) return { is: 'value', value };
  if (understood.tags.includes('question')) return { is: 'question' };
  return { is: understood.intent === 'help' && understood.confidence >= likely ? 'help' : 'invalid' };
}

const choiceRule = 'choice:';

function choiceOf(turn: Turn, question: AskNode, { understood, binding }: Heard): Choice | undefined {
  const open = offered(turn, question);
  const { maybe } = turn.state.talk ?? {};
  const isConfirmed = maybe && understood.intent === 'yes' && understood.confidence >= likely;
  const named = understood.rule.startsWith(choiceRule) ? understood.rule.slice(choiceRule.length) : null;
  const wanted = [isConfirmed ? maybe : null, binding?.choice, named, understood.intent];
  return wanted.flatMap((id) => open.filter((choice) => choice.id === id))[0];
}

/** « Tu veux dire OUI ? », once, and it counts as one invalid answer. */
function confirm(turn: Turn, question: AskNode, choice: Choice): void {
  const { talk } = turn.state;
  if (!talk || talk.invalid > 0) return climb(turn, question);
  turn.state = { ...turn.state, talk: { ...talk, invalid: 1, maybe: choice.id } };
  note(turn, 'state', 'not_sure', { node: question.id, choice: choice.id });
  say(turn, confirmWords(choice.id), {
    question: { node: question.id, waitId: talk.waitId },
    fields: { choice: choice.id, question: question.words },
  });
}

const confirmWords = (choice: string): string =>
  `common:confirm-${choice === 'yes' || choice === 'no' ? choice : 'choice'}`;

/** One rung of the ladder for each answer that is none. */
function climb(turn: Turn, question: AskNode): void {
  const { talk } = turn.state;
  if (!talk) return;
  const rung = question.invalid[talk.invalid];
  turn.state = { ...turn.state, talk: { ...talk, invalid: talk.invalid + 1, maybe: null } };
  note(turn, 'state', 'not-understood', { node: question.id, count: talk.invalid + 1 });
  if (rung?.say) {
    const choices = offered(turn, question).map(({ id }) => id);
    say(turn, rung.say, {
      question: rung.go ? null : { node: question.id, waitId: talk.waitId },
      fields: { choices, question: question.words },
    });
  }
  if (rung && !rung.go) return;
  closeTalk(turn, 'handoff');
  const to = rung?.go ?? receptionTarget;
  if (to === receptionTarget && !turn.flow.nodes[to]) handOver(turn, 'not-understood');
  else walk(turn, to);
}

function save(turn: Turn, question: AskNode, value: Scalar): void {
  closeTalk(turn, 'answered');
  note(turn, 'state', 'answered', { node: question.id });
  if (question.save) setValues(turn, { [question.save]: value });
  walk(turn, question.expectGo ?? 'rest');
}

function choose(turn: Turn, node: string, choice: Choice, heard?: Heard): void {
  closeTalk(turn, 'answered', choice.id);
  note(turn, 'state', 'answered', { node, choice: choice.id });
  apply(turn, node, choice);
  if (heard) acknowledge(turn, heard);
}

function apply(turn: Turn, node: string, choice: Choice): void {
  turn.state = { ...turn.state, answers: { ...turn.state.answers, [node]: choice.id } };
  if (choice.set) setValues(turn, choice.set);
  if (choice.emit) emit(turn, choice.emit, { node, choice: choice.id });
  walk(turn, choice.go);
}

/** A first tap is never met with silence (conversation.md §2.6); a mail's button has its page to say it. */
function acknowledge(turn: Turn, { rule, channel }: Heard): void {
  if (rule === 'tap' && channel !== 'email' && !hasSpoken(turn)) say(turn, 'common:noted');
}

/** An answer to a question that is closed: by its node's `stale` policy. */
function answerPast(turn: Turn, heard: Heard, binding: NonNullable<Heard['binding']>): void {
  const past = turn.state.past.findLast(({ waitId }) => waitId === binding.waitId);
  const question = askNode(turn.flow, binding.node);
  if (!question || !past) return explain(turn, binding.node);
  const choice = offered(turn, question).find(({ id }) => id === (binding.choice ?? heard.understood.intent));
  if (!choice) return explain(turn, question.id, past);
  if (past.choice === choice.id)
    return note(turn, 'silence', 'repeated', { node: question.id, choice: choice.id });
  if (mayAmend(turn, past)) return amend(turn, question, choice, past);
  if (question.stale === 'reopen') return reopen(turn, question);
  const isContradicted = turn.state.past.some(({ node, how }) => node === question.id && how === 'answered');
  if (question.stale === 'explain' || isContradicted) return explain(turn, question.id, past);
  remember(turn, past, choice.id);
  note(turn, 'state', 'answered_late', { node: question.id, choice: choice.id });
  apply(turn, question.id, choice);
  if (!hasSpoken(turn)) say(turn, 'common:noted');
}

/** Another choice soon after, before a person acted on the first. */
function mayAmend({ moment, state }: Turn, past: PastTalk): boolean {
  const isSoon = moment.now.getTime() - past.at.getTime() <= amendMs;
  return isSoon && past.how === 'answered' && past.choice !== null && !state.hold;
}

function amend(turn: Turn, question: AskNode, choice: Choice, past: PastTalk): void {
  remember(turn, past, choice.id);
  note(turn, 'state', 'amended', { node: question.id, from: past.choice, to: choice.id });
  closeTalk(turn, 'superseded');
  apply(turn, question.id, choice);
  if (!hasSpoken(turn)) say(turn, 'common:noted');
}

function remember(turn: Turn, past: PastTalk, choice: string): void {
  const changed: PastTalk = { ...past, how: 'answered', choice };
  turn.state = { ...turn.state, past: turn.state.past.map((other) => (other === past ? changed : other)) };
}

function reopen(turn: Turn, question: AskNode): void {
  note(turn, 'state', 'reopened', { node: question.id });
  ask(turn, question);
}

/** Says what became of a question, and asks the one that is open now. */
function explain(turn: Turn, node: string | null, past?: PastTalk): void {
  const { talk, exitReason } = turn.state;
  const open = talk && askNode(turn.flow, talk.node);
  note(turn, 'state', 'explained', { node, how: past?.how ?? null, exitReason });
  say(turn, 'common:expired', {
    question: open && talk ? { node: open.id, waitId: talk.waitId } : null,
    fields: { how: past?.how ?? 'ended', choice: past?.choice ?? null, question: open?.words ?? null },
  });
}

function needAsk(turn: Turn, id: string): AskNode {
  const node = askNode(turn.flow, id);
  if (!node) throw new Error(`${turn.flow.id}@${turn.flow.version} has no question "${id}"`);
  return node;
}

/** The value a question expects, read from what was written; null where it is none. */
function valueOf(expect: NonNullable<AskNode['expect']>, { text, media }: Heard): Scalar {
  const written = text.trim();
  switch (expect) {
    case 'text':
      return written === '' ? null : written;
    case 'number':
      return /^-?\d+(?:[.,]\d+)?$/.test(written) ? Number(written.replace(',', '.')) : null;
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(written) ? written.toLowerCase() : null;
    case 'date':
      return isoDate(written);
    case 'media':
      return media ? true : null;
  }
}

/** `2027-03-14`, `14/03/2027`: a day that exists, as an ISO date. */
function isoDate(written: string): string | null {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(written);
  const french = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(written);
  const [year, month, day] = iso ? iso.slice(1) : french ? [french[3], french[2], french[1]] : [];
  if (!year || !month || !day) return null;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date) ? date : null;
}
