import { createClassifier } from './intent/classifier.ts';
import type { UnderstandContext } from './intent/context.ts';
import type { Asked } from './intent/features.ts';
import { createFinder } from './intent/hits.ts';
import { parseLists, type IntentLists } from './intent/lists.ts';
import { normalise, type Normal } from './intent/normalise.ts';
import { sentence } from './intent/sentence.ts';
import { settle } from './intent/settle.ts';
import { weigh, type Ruled } from './intent/weigh.ts';
import type { Understood } from './understood.ts';

export type { OpenQuestion, UnderstandContext } from './intent/context.ts';
export type { IntentLists } from './intent/lists.ts';

export type Understand = (text: string, context: UnderstandContext) => Understood;

/** What the lists alone say: what the classifier is taught beside. */
export function createRuled(raw: IntentLists): (text: string, context: UnderstandContext) => Ruled {
  const lists = parseLists(raw);
  const findHits = createFinder(lists);
  return (text, context) => {
    const normal = normalise(text, lists.spelling);
    const said = settle(normal, lists, context);
    if (said) return { normal, said, isSettled: true, isTrapped: false };
    const found = findHits(normal, context.question !== null);
    return { normal, said: sentence(normal, found, context), isSettled: false, isTrapped: found.isTrapped };
  };
}

/** What was asked, as the classifier is told. */
export const askedOf = ({ question }: UnderstandContext): Asked => ({
  isAsked: question !== null,
  offersHelp: question?.offersHelp === true,
  name: question?.name ?? null,
});

/** The same few words over and over say no more than once: what was learnt from messages people write knows nothing of it. */
const isRepeated = ({ clauses, length }: Normal): boolean => {
  if (length <= 12) return false;
  const words = clauses.flatMap(({ tokens }) => tokens.map(({ word }) => word));
  return new Set(words).size * 4 < words.length;
};

/** Builds the one function that says what a text means, from the lists of every language. Pure; no state. */
export function createUnderstand(raw: IntentLists): Understand {
  const ruled = createRuled(raw);
  const classify = raw.weights ? createClassifier(raw.weights) : null;
  return (text, context) => {
    const read = ruled(text, context);
    return read.isSettled || classify === null || isRepeated(read.normal)
      ? read.said
      : weigh(read, classify(read, askedOf(context)));
  };
}
