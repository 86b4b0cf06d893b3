import { intents, type Intent, type Understood } from '../understood.ts';
import { answer, isGrave } from './answer.ts';
import type { Likelihood } from './classifier.ts';
import type { Normal } from './normalise.ts';
import { scopeOfText } from './scope.ts';

/** What the lists say of a text, and whether that is the last word on it. */
export interface Ruled {
  readonly normal: Normal;
  readonly said: Understood;
  /** A reserved word, a choice or an emoji: nothing to weigh. A sentence is weighed by the classifier too. */
  readonly isSettled: boolean;
  /** Something that looks like a command was found not to be one. */
  readonly isTrapped: boolean;
}

/** The likeliest but a refusal. */
function likeliest(likelihood: Likelihood): Intent {
  let top: Intent = 'start';
  for (const intent of intents) if (intent !== 'stop' && likelihood[intent] > likelihood[top]) top = intent;
  return top;
}

/* Where the lists and the classifier part; chosen on the labelled files, a missed refusal being the worst. */
const weighing = {
  /** A refusal nobody listed, this likely, is at least a soft stop. */
  heard: 0.4,
  /** The same where a person is asked for anyway: who only talks of a lawyer is not also silenced. */
  heardBesideTrouble: 0.6,
  /** A refusal the lists heard stands unless the classifier is rather sure it is none. */
  denied: 0.3,
  /** A wish to come back, this likely, is no refusal though it names one: "I texted stop by accident". */
  return: 0.9,
  /** From here a refusal that only the classifier heard is an opt-out at once. */
  sure: 0.93,
  /** Below it nothing was understood. */
  least: 0.4,
} as const;
const softest = 0.6;
const softStop = 0.84;

/** Bands of conversation.md §2.5 for what only the classifier heard: sure enough is 0.85 and more. */
function learntConfidence(likelihood: number): number {
  const { sure } = weighing;
  return likelihood >= sure
    ? 0.85 + ((likelihood - sure) / (1 - sure)) * 0.05
    : softest + (Math.max(0, likelihood - weighing.heard) / (sure - weighing.heard)) * (softStop - softest);
}

function weighStop({ said, normal }: Ruled, { stop, start }: Likelihood): Understood | null {
  if (said.intent === 'stop') {
    if (stop < weighing.denied || start > weighing.return) return null;
    return stop < weighing.heard ? { ...said, confidence: Math.min(said.confidence, softStop) } : said;
  }
  if (stop < (isGrave(said) ? weighing.heardBesideTrouble : weighing.heard)) return null;
  const tags = [...said.tags, ...scopeOfText(normal, said.tags)];
  return { ...said, ...answer('stop', learntConfidence(stop), 'learnt:stop', tags) };
}

/** The lists and the classifier weighed together: a refusal either of them hears is one. */
export function weigh(ruled: Ruled, likelihood: Likelihood): Understood {
  const { said } = ruled;
  const stop = weighStop(ruled, likelihood);
  if (stop) return stop;
  if (said.intent !== 'stop' && isGrave(said)) return said;
  const top = likeliest(likelihood);
  if (top === said.intent) return said;
  const isUnsure = said.rule === 'none' && likelihood[top] < weighing.least;
  if (isUnsure) return said;
  return { ...said, ...answer(top, learntConfidence(likelihood[top]), `learnt:${top}`, said.tags) };
}
