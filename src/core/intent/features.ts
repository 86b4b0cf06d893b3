import type { Normal, Token } from './normalise.ts';

/*
 * What the classifier looks at in a text: its words, pairs of words, pieces of two to five letters of each word, the same
 * with each word read as what it is (one of our messages, a denial, an order to halt), what the lists heard and what was
 * asked. Each is a place in the table of weights; two that fall on the same place share it.
 */

/** What was asked, as far as a feature tells it. */
export interface Asked {
  readonly isAsked: boolean;
  readonly offersHelp: boolean;
  readonly name: string | null;
}

/** What the lists heard in a text. */
export interface Heard {
  readonly normal: Normal;
  readonly said: { readonly intent: string; readonly rule: string; readonly confidence: number };
  readonly isTrapped: boolean;
}

/** Places of the table of weights: a power of two. */
export const tableSize = 1 << 16;
/** What the lists heard weighs as much as this many words. */
export const heardTimes = 6;

const prime = 16_777_619;
const mix = (hash: number, value: number): number => Math.imul(hash ^ value, prime);

/** The last bits of a product know little of what came first: the upper half is folded into them. */
const place = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) & (tableSize - 1);
};

function hashOf(word: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < word.length; at += 1) hash = mix(hash, word.charCodeAt(at));
  return hash;
}

const seeds = {
  word: 0x811c9dc5,
  pair: 0x1b873593,
  skip: 0x85ebca6b,
  letters: 0x27d4eb2f,
  name: 0x165667b1,
  heard: 0x5bd1e995,
  group: 0x3c6ef372,
  near: 0x2545f491,
  order: 0x7f4a7c15,
  size: 0x6c62272e,
};
const marks = { start: 0x51, end: 0x52, clause: 0x53, question: 0x54, contrast: 0x55 };
/* Words of a text and letters of a word beyond these say no more. */
const mostWords = 80;
const mostLetters = 24;
const shortestPiece = 3;
const longestPiece = 5;
const edge = 95;

/** Places of the pieces of a word, its ends marked. */
function piecesOf(word: string): number[] {
  const pieces: number[] = [];
  if (word.startsWith(':')) return pieces;
  const size = Math.min(word.length, mostLetters);
  const at = (index: number): number => (index < 0 || index >= size ? edge : word.charCodeAt(index));
  for (let from = -1; from < size; from += 1) {
    let hash = seeds.letters;
    for (let length = 1; length <= longestPiece && from + length - 1 <= size; length += 1) {
      hash = mix(hash, at(from + length - 1));
      if (length >= shortestPiece) pieces.push(place(hash));
    }
  }
  return pieces;
}

/** What kind of question was open: it tells the same word apart. */
export type Kind = 1 | 2 | 3;
export const kindOf = (asked: Asked): Kind => (asked.offersHelp ? 3 : asked.isAsked ? 2 : 1);

/** Places of a word, or of a mark, wherever it stands. */
const alone = (hash: number, kind: Kind): number[] => [place(hash), place(mix(hash, kind))];

export const hashOfWord = (word: string, isQuoted: boolean): number =>
  hashOf(word, isQuoted ? seeds.name : seeds.word);

/** Places of a word by itself and by its pieces; what is quoted is known only whole. */
export const placesOfWord = (word: string, isQuoted: boolean, kind: Kind): number[] => [
  ...alone(hashOfWord(word, isQuoted), kind),
  ...(isQuoted ? [] : piecesOf(word)),
];

/** Places of a mark: known by itself. */
export const placesOfMark = alone;

/** A word of a text, or a mark where it begins, pauses, asks or ends. */
export type Unit = Token | number;

/** The words of a text in their order, and the marks between them. */
export function unitsOf({ clauses }: Normal): Unit[] {
  const units: Unit[] = [marks.start];
  for (let at = 0; at < clauses.length; at += 1) {
    const clause = clauses[at];
    if (clause === undefined) break;
    if (clause.isContrast) units.push(marks.contrast);
    else if (at > 0) units.push(marks.clause);
    for (const token of clause.tokens) {
      if (units.length > mostWords) return units;
      units.push(token);
    }
    if (clause.isQuestion) units.push(marks.question);
  }
  units.push(marks.end);
  return units;
}

/** Units of a text, by hash, and what group of the lists each belongs to: 0 for none. */
export interface Links {
  readonly hashes: Int32Array;
  readonly groups: Uint8Array;
  /** Places found so far: `count` of them. */
  readonly places: Int32Array;
  size: number;
  count: number;
}

const mostUnits = 2 * mostWords + 4;
/** Room for every link of the longest text. */
export const createLinks = (): Links => ({
  hashes: new Int32Array(mostUnits),
  groups: new Uint8Array(mostUnits),
  places: new Int32Array(mostUnits * 16),
  size: 0,
  count: 0,
});

/** The next unit of the text, by the hash it was given: what is quoted or a mark belongs to no group. */
export function addUnit(links: Links, unit: Unit, hash: number): void {
  links.hashes[links.size] = hash;
  links.groups[links.size] = typeof unit === 'number' || unit.isQuoted ? 0 : unit.lexeme.group;
  links.size += 1;
}

/** Groups of a clause that are told in their order: more say no more. */
const mostInOrder = 8;

function put(links: Links, hash: number): void {
  links.places[links.count] = place(hash);
  links.count += 1;
}

/** What a unit is, where it belongs to a group; else the word itself. */
const kinOf = ({ hashes, groups }: Links, at: number): number => {
  const group = groups[at] ?? 0;
  return group === 0 ? (hashes[at] ?? 0) : mix(seeds.group, group);
};

/** Pairs of units, and pairs over one, each as words and as what they are. */
function putPairs(links: Links, kind: Kind): void {
  const { hashes, groups, size } = links;
  for (let at = 0; at + 1 < size; at += 1) {
    const word = hashes[at] ?? 0;
    const pair = mix(mix(seeds.pair, word), hashes[at + 1] ?? 0);
    put(links, pair);
    put(links, mix(pair, kind));
    const isKin = (groups[at] ?? 0) !== 0;
    if (isKin || (groups[at + 1] ?? 0) !== 0)
      put(links, mix(mix(seeds.near, kinOf(links, at)), kinOf(links, at + 1)));
    if (at + 2 >= size) continue;
    put(links, mix(mix(seeds.skip, word), hashes[at + 2] ?? 0));
    if (isKin && (groups[at + 2] ?? 0) !== 0)
      put(links, mix(mix(seeds.skip, kinOf(links, at)), kinOf(links, at + 2)));
  }
}

/** Which groups come before which in a clause, however far apart. */
function putOrder(links: Links): void {
  const { hashes, groups, size } = links;
  let from = 0;
  let told = 0;
  for (let at = 0; at < size; at += 1) {
    const hash = hashes[at] ?? 0;
    if (hash === marks.clause || hash === marks.contrast) {
      from = at;
      told = 0;
    }
    const group = groups[at] ?? 0;
    if (group === 0 || told > mostInOrder) continue;
    told += 1;
    for (let before = from; before < at; before += 1) {
      const first = groups[before] ?? 0;
      if (first !== 0) put(links, mix(mix(seeds.order, first), group));
    }
  }
}

const longestTold = 16;

/** Places of what was asked, how long the text is and its units in their order, each with the question's name. */
export function linkUp(links: Links, asked: Asked): void {
  const kind = kindOf(asked);
  const { hashes, size } = links;
  const name = asked.name === null ? 0 : hashOf(asked.name, seeds.name);
  links.count = 0;
  put(links, mix(seeds.name, kind));
  put(links, mix(seeds.size, Math.min(size, longestTold)));
  if (name !== 0) {
    put(links, name);
    for (let at = 0; at < size; at += 1) put(links, mix(hashes[at] ?? 0, name));
  }
  putPairs(links, kind);
  putOrder(links);
}

/** Places of what the lists heard: each counts `heardTimes`. */
export function heardOf({ said, isTrapped }: Heard, asked: Asked): number[] {
  const family = hashOf(said.rule, seeds.heard);
  const intent = mix(hashOf(said.intent, seeds.heard), isTrapped ? 1 : 0);
  const sureness = Math.floor(said.confidence * 10);
  return [place(family), place(mix(family, kindOf(asked))), place(intent), place(mix(intent, sureness))];
}

/** Places of all the features of a text, in no order; a place may come twice. */
export function featuresOf(heard: Heard, asked: Asked): number[] {
  const found: number[] = [];
  const kind = kindOf(asked);
  const links = createLinks();
  for (const unit of unitsOf(heard.normal)) {
    const isMark = typeof unit === 'number';
    addUnit(links, unit, isMark ? unit : hashOfWord(unit.word, unit.isQuoted));
    const places = isMark ? placesOfMark(unit, kind) : placesOfWord(unit.word, unit.isQuoted, kind);
    for (const one of places) found.push(one);
  }
  linkUp(links, asked);
  for (let at = 0; at < links.count; at += 1) found.push(links.places[at] ?? 0);
  const said = heardOf(heard, asked);
  for (let times = 0; times < heardTimes; times += 1) found.push(...said);
  return found;
}
