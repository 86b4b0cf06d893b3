import type { Understood } from '../understood.ts';
import { answer, confidence } from './answer.ts';
import type { OpenQuestion } from './context.ts';
import type { Lists } from './lists.ts';
import type { Normal } from './normalise.ts';
import { read } from './spelling.ts';

const phraseOf = (text: string, lists: Lists): string =>
  text
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .flatMap((word) => read(word, lists.spelling).lexemes.map((lexeme) => lexeme.word))
    .join(' ');

export function ownChoice(normal: Normal, lists: Lists, question: OpenQuestion | null): Understood | null {
  if (!question || question.choices.length === 0) return null;
  const whole = normal.bare.join(' ');
  for (const { id, words } of question.choices) {
    if (!words.some((word) => phraseOf(word, lists) === whole)) continue;
    const intent = (['yes', 'no', 'help', 'human'] as const).find((known) => known === id) ?? 'other';
    return answer(intent, normal.hadCourtesy ? confidence.courteous : confidence.exact, `choice:${id}`);
  }
  const named = question.choices.filter(({ words }) =>
    words.some((word) =>
      /\d/.test(word)
        ? normal.bare.includes(phraseOf(word, lists))
        : phraseOf(word, lists).length > 3 && ` ${whole} `.includes(` ${phraseOf(word, lists)} `),
    ),
  );
  const [only] = named;
  return only && named.length === 1 && !['yes', 'no', 'help', 'human'].includes(only.id)
    ? answer('other', sureness(normal), `choice:${only.id}`)
    : null;
}

/** A choice named beside other words; in a question ("la 390 c'est combien ?") or a long text it may only be spoken of. */
const sureness = ({ isQuestion, length }: Normal): number =>
  confidence.choice +
  (isQuestion ? confidence.question : 0) +
  (length > confidence.longFrom ? confidence.lost : 0);
