import { intents, type Intent } from '../understood.ts';
import {
  addUnit,
  createLinks,
  hashOfWord,
  heardOf,
  heardTimes,
  kindOf,
  linkUp,
  placesOfMark,
  placesOfWord,
  tableSize,
  unitsOf,
  type Asked,
  type Heard,
  type Kind,
  type Unit,
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

/** The table of weights, seven to a place, and the size of their step. */
interface Weights {
  readonly table: Int8Array;
  readonly step: number;
}

function weightsFrom(bytes: Uint8Array): Weights {
  if (bytes.length !== weightBytes)
    throw new Error(
      `The weights of the classifier are ${String(bytes.length)} bytes, not ${String(weightBytes)}: write them anew with "mona understanding --train".`,
    );
  return {
    table: new Int8Array(bytes.buffer, bytes.byteOffset + headBytes, tableSize * size),
    step: ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) / 65_536,
  };
}

/** Adds to the sums what a place says, so many times. */
function addPlace(sums: Int32Array, table: Int8Array, place: number, times: number): void {
  for (let at = 0, from = place * size; at < size; at += 1)
    sums[at] = (sums[at] ?? 0) + (table[from + at] ?? 0) * times;
}

/** Remembers what each word and mark says by itself. */
function createMemory(table: Int8Array): (unit: Unit, kind: Kind) => Met {
  const remembered: Readonly<Record<Kind, Remembered>> = {
    1: nothingMet(),
    2: nothingMet(),
    3: nothingMet(),
  };
  const learn = <K>(met: Map<K, Met>, key: K, hash: number, places: readonly number[]): Met => {
    const sums = new Int32Array(size);
    for (const place of places) addPlace(sums, table, place, 1);
    const made = { hash, sums, count: places.length };
    if (met.size >= mostMet) met.clear();
    met.set(key, made);
    return made;
  };
  return (unit, kind) => {
    const { words, quoted, marks } = remembered[kind];
    if (typeof unit === 'number')
      return marks.get(unit) ?? learn(marks, unit, unit, placesOfMark(unit, kind));
    const { word, isQuoted } = unit;
    const met = isQuoted ? quoted : words;
    const before = met.get(word);
    if (before !== undefined) return before;
    return learn(met, word, hashOfWord(word, isQuoted), placesOfWord(word, isQuoted, kind));
  };
}

/**
 * The linear classifier of the intents that lists do not settle, from the weights `mona understanding --train` wrote.
 * @throws when the weights are not of the size this version reads
 */
export function createClassifier(weights: Uint8Array): Classify {
  const { table, step } = weightsFrom(weights);
  const recall = createMemory(table);
  // Filled anew for each text: nothing of one is left to the next.
  const links = createLinks();
  const sums = new Int32Array(size);
  const scores = new Float64Array(size);
  const addUnits = (heard: Heard, kind: Kind): number => {
    let count = 0;
    links.size = 0;
    for (const unit of unitsOf(heard.normal)) {
      const met = recall(unit, kind);
      addUnit(links, unit, met.hash);
      count += met.count;
      for (let at = 0; at < size; at += 1) sums[at] = (sums[at] ?? 0) + (met.sums[at] ?? 0);
    }
    return count;
  };
  return (heard, asked) => {
    sums.fill(0);
    const count = addUnits(heard, kindOf(asked));
    const said = heardOf(heard, asked);
    for (const place of said) addPlace(sums, table, place, heardTimes);
    linkUp(links, asked);
    for (let at = 0; at < links.count; at += 1) addPlace(sums, table, links.places[at] ?? 0, 1);
    const scale = step / Math.sqrt(count + said.length * heardTimes + links.count);
    for (let at = 0; at < size; at += 1) scores[at] = (sums[at] ?? 0) * scale;
    return likelihoodOf(scores);
  };
}
