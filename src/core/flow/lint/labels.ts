import type { Locale } from '../../vocabulary.ts';
import { dig } from './copy.ts';
import { wordsPlace, type LintDesk } from './desk.ts';

/** Choices that carry their intent: everyone knows what to type. */
const known: readonly string[] = ['yes', 'no', 'help', 'human'];

/** What an artist may type for a choice of a question, in one language. */
export function choiceLabels(
  { words, flow }: LintDesk,
  locale: Locale,
  question: string,
  choice: string,
): readonly string[] {
  if (known.includes(choice)) return [choice];
  const { namespace, key } = wordsPlace(flow, question);
  const listed = dig(words?.resources[locale]?.[namespace], [key, 'words', choice]);
  return [listed]
    .flat()
    .flatMap((word) => (typeof word === 'string' || typeof word === 'number' ? [String(word)] : []));
}
