import { hasKind, type Kind, type Lexeme } from './pattern.ts';

/** Knows of a word all that the lists say of it alone, worked out the first time it is met. */
export type Lexicon = (word: string) => Lexeme;

type Index = ReadonlyMap<string, readonly number[]>;

function indexOf(entries: Iterable<readonly [string, number]>): Index {
  const index = new Map<string, number[]>();
  for (const [key, id] of entries) {
    const there = index.get(key);
    if (there) there.push(id);
    else index.set(key, [id]);
  }
  return index;
}

const longestAffix = 20;
/** Words remembered: people use few. Emptied when full, it changes nothing but speed. */
const mostMet = 20_000;

/** Every piece a word begins with, or ends with, the empty one included: `*` is any word. */
const affixes = (word: string, isEnd: boolean): string[] =>
  Array.from({ length: Math.min(word.length, longestAffix) + 1 }, (_, size) =>
    isEnd ? word.slice(word.length - size) : word.slice(0, size),
  );

/**
 * What a word fits, found by the word, how it begins and how it ends.
 * @param groups kinds of which a word is told the first it fits
 */
export function createLexicon(kinds: readonly Kind[], groups: readonly Kind[] = []): Lexicon {
  const all = <T>(of: (kind: Kind) => Iterable<T>): (readonly [T, number])[] =>
    kinds.flatMap((kind) => [...of(kind)].map((one) => [one, kind.id] as const));
  const literals = indexOf(all(({ literals }) => literals));
  const stems = indexOf(all(({ stems }) => stems));
  const endings = indexOf(all(({ endings }) => endings));
  const heads = indexOf(all(({ phrases }) => phrases.flatMap((phrase) => phrase.slice(0, 1))));
  const size = Math.ceil(kinds.length / 32);
  const nothing = new Uint32Array(size);
  const bitsOf = (ids: readonly number[], onto: Uint32Array): Uint32Array => {
    if (ids.length === 0) return onto;
    const bits = onto.slice();
    for (const id of ids) bits[id >>> 5] = (bits[id >>> 5] ?? 0) | (1 << (id & 31));
    return bits;
  };
  const learn = (word: string): Lexeme => {
    const fitting = [
      ...(literals.get(word) ?? []),
      ...affixes(word, false).flatMap((stem) => stems.get(stem) ?? []),
      ...affixes(word, true).flatMap((ending) => endings.get(ending) ?? []),
    ];
    const fits = bitsOf(fitting, nothing);
    const begins = bitsOf(heads.get(word) ?? [], fits);
    const spots = Uint16Array.from([...begins.keys()].filter((at) => begins[at] !== 0));
    return { word, fits, begins, spots, group: 1 + groups.findIndex(({ id }) => hasKind(fits, id)) };
  };
  const met = new Map<string, Lexeme>();
  return (word) => {
    const before = met.get(word);
    if (before) return before;
    if (met.size >= mostMet) met.clear();
    const lexeme = learn(word);
    met.set(word, lexeme);
    return lexeme;
  };
}
