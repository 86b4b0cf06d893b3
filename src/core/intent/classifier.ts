import { intents, type Intent } from '../understood.ts';
import { featuresOf, tableSize, type Asked, type Heard } from './features.ts';

/** How likely each intent is, together 1. */
export type Likelihood = Readonly<Record<Intent, number>>;
export type Classify = (heard: Heard, asked: Asked) => Likelihood;

/** Scale of a step of a weight, in 1/256: one number before the weights. */
const headBytes = 2;
export const weightBytes = headBytes + tableSize * intents.length;

export function likelihoodOf(scores: ArrayLike<number>): Likelihood {
  let highest = -Infinity;
  for (let at = 0; at < intents.length; at += 1) highest = Math.max(highest, scores[at] ?? 0);
  const raised = intents.map((_, at) => Math.exp((scores[at] ?? 0) - highest));
  const sum = raised.reduce((total, one) => total + one, 0);
  return Object.fromEntries(intents.map((intent, at) => [intent, (raised[at] ?? 0) / sum])) as Likelihood;
}

/**
 * The linear classifier of the intents that lists do not settle, from the weights `mona understanding --train` wrote.
 * @throws when the weights are not of the size this version reads
 */
export function createClassifier(weights: Uint8Array): Classify {
  if (weights.length !== weightBytes)
    throw new Error(
      `The weights of the classifier are ${String(weights.length)} bytes, not ${String(weightBytes)}: write them anew with "mona understanding --train".`,
    );
  const step = ((weights[0] ?? 0) * 256 + (weights[1] ?? 0)) / 65_536;
  const table = new Int8Array(weights.buffer, weights.byteOffset + headBytes, tableSize * intents.length);
  const sums = new Int32Array(intents.length);
  return (heard, asked) => {
    const found = featuresOf(heard, asked);
    sums.fill(0);
    for (const place of found) {
      const from = place * intents.length;
      for (let at = 0; at < intents.length; at += 1) sums[at] = (sums[at] ?? 0) + (table[from + at] ?? 0);
    }
    const scale = step / Math.sqrt(found.length);
    return likelihoodOf(Array.from(sums, (sum) => sum * scale));
  };
}
