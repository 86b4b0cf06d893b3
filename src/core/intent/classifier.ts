import { intents, type Intent } from '../understood.ts';
import {
  heardOf,
  heardTimes,
  linksOf,
  outlineOf,
  piecesOf,
  tableSize,
  type Asked,
  type Heard,
} from './features.ts';

/** How likely each intent is, together 1. */
export type Likelihood = Readonly<Record<Intent, number>>;
export type Classify = (heard: Heard, asked: Asked) => Likelihood;

const size = intents.length;
/** Before the weights, the size of their step in 1/65,536, as two bytes. */
const headBytes = 2;
export const weightBytes = headBytes + tableSize * size;

/** What the scores of the intents, in their order, say together. */
export function likelihoodOf(scores: ArrayLike<number>): Likelihood {
  let highest = -Infinity;
  for (let at = 0; at < size; at += 1) highest = Math.max(highest, scores[at] ?? 0);
  let sum = 0;
  const likelihood: Record<Intent, number> = {
    stop: 0,
    start: 0,
    help: 0,
    yes: 0,
    no: 0,
    human: 0,
    other: 0,
  };
  for (const [at, intent] of intents.entries()) {
    const raised = Math.exp((scores[at] ?? 0) - highest);
    likelihood[intent] = raised;
    sum += raised;
  }
  for (const intent of intents) likelihood[intent] /= sum;
  return likelihood;
}

/** What the pieces of a word say, and how many they are. */
interface Met {
  readonly sums: Int32Array;
  readonly count: number;
}

/** Words whose pieces are remembered: people use few. Emptied when full, it changes nothing but speed. */
const mostMet = 20_000;

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
  const table = new Int8Array(weights.buffer, weights.byteOffset + headBytes, tableSize * size);
  const addAll = (sums: Int32Array, places: readonly number[], times: number): void => {
    for (const place of places)
      for (let at = 0; at < size; at += 1)
        sums[at] = (sums[at] ?? 0) + (table[place * size + at] ?? 0) * times;
  };
  const met = new Map<string, Met>();
  const meet = (word: string): Met => {
    const before = met.get(word);
    if (before) return before;
    if (met.size >= mostMet) met.clear();
    const pieces = piecesOf(word);
    const meant = { sums: new Int32Array(size), count: pieces.length };
    addAll(meant.sums, pieces, 1);
    met.set(word, meant);
    return meant;
  };
  const sums = new Int32Array(size);
  const scores = new Float64Array(size);
  return (heard, asked) => {
    sums.fill(0);
    let count = 0;
    const words = outlineOf(heard.normal, (word) => {
      const pieces = meet(word);
      for (let at = 0; at < size; at += 1) sums[at] = (sums[at] ?? 0) + (pieces.sums[at] ?? 0);
      count += pieces.count;
    });
    const said = heardOf(heard, asked);
    const links = linksOf(words, asked);
    addAll(sums, said, heardTimes);
    addAll(sums, links, 1);
    const scale = step / Math.sqrt(count + said.length * heardTimes + links.length);
    for (let at = 0; at < size; at += 1) scores[at] = (sums[at] ?? 0) * scale;
    return likelihoodOf(scores);
  };
}
