import type { Flow } from '../core/flow/definition.ts';
import type { Keywords } from '../core/library.ts';
import type { KeywordEvidence } from '../store/keyword-evidence.ts';

type Word = keyof Keywords['words'];
type Sender = Keywords['senders'][string];

/** What we do with a word that is ours. */
const answers: Readonly<Record<Word, string>> = {
  stop: 'we withdraw consent and say common:stop-done',
  start: 'we take consent again and say common:start-done',
  help: 'we say common:help',
  human: 'we hand over to a person (reception)',
  contact: 'we say common:legal-notice',
};

/** Choices of questions that hear a word first, while they are open. */
const choiceOf: Readonly<Partial<Record<Word, string>>> = { help: 'help', human: 'human' };

/** One line a reserved word: who answers it on each sender, and which questions hear it before (conversation.md §2.2). */
export function ownersOf({ senders, words }: Keywords, flows: readonly Flow[]): readonly string[] {
  return (Object.keys(words) as Word[]).map((word) => {
    const bySender = Object.entries(senders).map(
      ([key, sender]) => `${key}: ${isCarriers(word, sender) ? carrierOf(sender) : answers[word]}`,
    );
    const asked = questionsThatHear(word, flows);
    const first =
      asked.length > 0
        ? `; an open question's "${choiceOf[word] ?? ''}" hears it first (${asked.join(', ')})`
        : '';
    return `${[words[word].prompt].flat().join('/').padEnd(10)} ${bySender.join(' · ')}${first}`;
  });
}

function isCarriers(word: Word, { optOut, help }: Sender): boolean {
  if (word === 'help') return help === 'carrier';
  return (word === 'stop' || word === 'start') && optOut !== 'none';
}

const carrierOf = ({ optOut }: Sender): string =>
  optOut === 'advanced'
    ? 'the carrier, and marks it; unmarked it is ours'
    : 'the carrier answers its own words';

function questionsThatHear(word: Word, flows: readonly Flow[]): readonly string[] {
  const choice = choiceOf[word];
  return flows.flatMap(({ id, nodes }) =>
    Object.values(nodes).flatMap((node) =>
      node.kind === 'ask' && node.choices.some((one) => one.id === choice) ? [`${id}/${node.id}`] : [],
    ),
  );
}

/** Where what the carrier does is not what flows/keywords.yaml says: two would answer one word, or nobody. */
export function contradictions(
  { senders }: Keywords,
  evidence: readonly KeywordEvidence[],
): readonly string[] {
  return evidence.flatMap(({ channel, marked, unmarkedStops, refused }) => {
    const declared = senders[channel]?.optOut;
    if (!declared)
      return marked > 0
        ? [
            `${channel} is not declared, and its carrier answers words: add it to senders in flows/keywords.yaml`,
          ]
        : [];
    const says = `flows/keywords.yaml says ${channel}: { optOut: ${declared} }`;
    if (declared !== 'advanced' && marked > 0)
      return [
        `${says}, but the carrier marked ${String(marked)} answers with OptOutType: write optOut: advanced`,
      ];
    if (declared === 'none' && refused > 0)
      return [
        `${says}, but the carrier refused ${String(refused)} confirmations with 21610: write optOut: default`,
      ];
    if (declared === 'advanced' && marked === 0 && unmarkedStops > 0)
      return [
        `${says}, but ${String(unmarkedStops)} STOP came without OptOutType: write optOut: none, or default where the carrier answers unmarked`,
      ];
    return [];
  });
}
