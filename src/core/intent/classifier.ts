import { intents, type Intent } from '../understood.ts';
import {
  hashOfWord,
  heardOf,
  heardTimes,
  kindOf,
  linksOf,
  placesOfMark,
  placesOfWord,
  tableSize,
  walk,
  type Asked,
  type Heard,
  type Kind,
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
  for (let at = 0; at < size; at += 1) {
    const raised = Math.exp((scores[at] ?? 0) - highest);
    likelihood[intents[at] ?? 'other'] = raised;
    sum += raised;
  }
  for (const intent of intents) likelihood[intent] /= sum;
  return likelihood;
}

/** What the places of a word or of a mark say together, and how many they are. */
interface Met {
  readonly hash: number;
  readonly sums: Int32Array;
  readonly count: number;
}

/** What was met under one kind of question. */
interface Remembered {
  readonly words: Map<string, Met>;
  readonly quoted: Map<string, Met>;
  readonly marks: Map<number, Met>;
}
const nothingMet = (): Remembered => ({ words: new Map(), quoted: new Map(), marks: new Map() });

/** Words remembered for each kind of question: people use few. Emptied when full, it changes nothing but speed. */
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
      for (let at = 0, from = place * size; at < size; at += 1)
        sums[at] = (sums[at] ?? 0) + (table[from + at] ?? 0) * times;
  };
  const meet = (hash: number, places: readonly number[]): Met => {
    const sums = new Int32Array(size);
    addAll(sums, places, 1);
    return { hash, sums, count: places.length };
  };
  const remembered: Readonly<Record<Kind, Remembered>> = {
    1: nothingMet(),
    2: nothingMet(),
    3: nothingMet(),
  };
  const keep = <K>(met: Map<K, Met>, key: K, made: Met): Met => {
    if (met.size >= mostMet) met.clear();
    met.set(key, made);
    return made;
  };
  const sums = new Int32Array(size);
  const scores = new Float64Array(size);
  return (heard, asked) => {
    const kind = kindOf(asked);
    const { words, quoted, marks } = remembered[kind];
    const hashes: number[] = [];
    let count = 0;
    sums.fill(0);
    const add = (met: Met): void => {
      hashes.push(met.hash);
      count += met.count;
      for (let at = 0; at < size; at += 1) sums[at] = (sums[at] ?? 0) + (met.sums[at] ?? 0);
    };
    walk(
      heard.normal,
      (word, isQuoted) => {
        const met = isQuoted ? quoted : words;
        const made = (): Met => meet(hashOfWord(word, isQuoted), placesOfWord(word, isQuoted, kind));
        add(met.get(word) ?? keep(met, word, made()));
      },
      (mark) => {
        add(marks.get(mark) ?? keep(marks, mark, meet(mark, placesOfMark(mark, kind))));
      },
    );
    const said = heardOf(heard, asked);
    const links = linksOf(hashes, asked);
    addAll(sums, said, heardTimes);
    addAll(sums, links, 1);
    const scale = step / Math.sqrt(count + said.length * heardTimes + links.length);
    for (let at = 0; at < size; at += 1) scores[at] = (sums[at] ?? 0) * scale;
    return likelihoodOf(scores);
  };
}
