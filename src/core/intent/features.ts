import type { Normal } from './normalise.ts';

/*
 * What the classifier looks at in a text: its words, pairs of words, pieces of three to five letters of each word, what
 * the lists heard and what was asked. Each is a place in the table of weights; two that fall on the same place share it.
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

/** Tells the words of a text in their order, and the marks where it begins, pauses, asks and ends. */
export function walk(
  { clauses }: Normal,
  onWord: (word: string, isQuoted: boolean) => void,
  onMark: (mark: number) => void,
): void {
  let told = 1;
  onMark(marks.start);
  for (let at = 0; at < clauses.length; at += 1) {
    const clause = clauses[at];
    if (clause === undefined) break;
    if (clause.isContrast || at > 0) {
      onMark(clause.isContrast ? marks.contrast : marks.clause);
      told += 1;
    }
    for (const { word, isQuoted } of clause.tokens) {
      if (told > mostWords) return;
      onWord(word, isQuoted);
      told += 1;
    }
    if (clause.isQuestion) {
      onMark(marks.question);
      told += 1;
    }
  }
  onMark(marks.end);
}

/** Places of what the lists heard: each counts `heardTimes`. */
export function heardOf({ said, isTrapped }: Heard, asked: Asked): number[] {
  const family = hashOf(said.rule, seeds.heard);
  const intent = mix(hashOf(said.intent, seeds.heard), isTrapped ? 1 : 0);
  const sureness = Math.floor(said.confidence * 10);
  return [place(family), place(mix(family, kindOf(asked))), place(intent), place(mix(intent, sureness))];
}

/** Places of what was asked and of words in their order: pairs, pairs over one, and each with the question's name. */
export function linksOf(words: readonly number[], asked: Asked): number[] {
  const kind = kindOf(asked);
  const name = asked.name === null ? 0 : hashOf(asked.name, seeds.name);
  const links = [place(mix(seeds.name, kind))];
  if (name !== 0) links.push(place(name));
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? 0;
    if (name !== 0) links.push(place(mix(word, name)));
    if (at + 1 === words.length) break;
    const pair = mix(mix(seeds.pair, word), words[at + 1] ?? 0);
    links.push(place(pair), place(mix(pair, kind)));
    if (at + 2 < words.length) links.push(place(mix(mix(seeds.skip, word), words[at + 2] ?? 0)));
  }
  return links;
}

/** Places of a mark: known by itself. */
export const placesOfMark = alone;

/** Places of all the features of a text, in no order; a place may come twice. */
export function featuresOf(heard: Heard, asked: Asked): number[] {
  const found: number[] = [];
  const words: number[] = [];
  const kind = kindOf(asked);
  walk(
    heard.normal,
    (word, isQuoted) => {
      words.push(hashOfWord(word, isQuoted));
      found.push(...placesOfWord(word, isQuoted, kind));
    },
    (mark) => {
      words.push(mark);
      found.push(...placesOfMark(mark, kind));
    },
  );
  const said = heardOf(heard, asked);
  for (let times = 0; times < heardTimes; times += 1) found.push(...said);
  return [...found, ...linksOf(words, asked)];
}
