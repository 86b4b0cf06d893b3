import { fold } from './characters.ts';
import type { Lexicon } from './lexicon.ts';
import type { Lexeme } from './pattern.ts';
import { isOneOff } from './typo.ts';
import { unglue } from './unglue.ts';

/** Phrases that may be set aside, the longest first, by the word they begin with and by the one they end with. */
export interface Aside {
  readonly from: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly to: ReadonlyMap<string, readonly (readonly string[])[]>;
}

/** How people spell, from the lists of every language. */
export interface Spelling {
  /** `plu` → plus, `jve` → je veux. */
  readonly textSpeak: ReadonlyMap<string, readonly string[]>;
  /** Said out of politeness: set aside at both ends of a text or a clause. */
  readonly courtesy: Aside;
  /** The same, and what is said before or after a word that is meant alone: "bon bah", "comme demandé". */
  readonly aside: Aside;
  /** Words that may come letter by letter or in two pieces: `s.t.o.p`, `un subscribe`. */
  readonly spelled: ReadonlySet<string>;
  /** First and last letter of each word that refuses: what a text of pieces must begin and end with to be one. */
  readonly edges: ReadonlySet<string>;
  /** Words of the lists and other words that exist: never read as another. */
  readonly known: ReadonlySet<string>;
  /** Words that show, where a word is cut up, that it is one typed without spaces. */
  readonly telling: ReadonlySet<string>;
  /** Words worth knowing with one slip, by what is left of them without one letter. */
  readonly corrections: ReadonlyMap<string, readonly string[]>;
  readonly lexicon: Lexicon;
  /** Words met before: people use few. Emptied when full, it changes nothing but speed. */
  readonly met: Map<string, Reading>;
  /** Two pieces met before, and whether they make a word. */
  readonly joined: Map<string, boolean>;
}

/** A word as written: folded, and the words it stands for. */
export interface Reading {
  readonly written: string;
  readonly folded: string;
  readonly lexemes: readonly Lexeme[];
  /** A word that exists. */
  readonly isKnown: boolean;
  readonly isCapital: boolean;
  /** Written like a name: a capital, and not all of them. */
  readonly isName: boolean;
}

const shortest = 5;

/** A word, and the word without each of its letters in turn. */
function withoutOne(word: string): string[] {
  return [word, ...Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1))];
}

export function correctionsOf(words: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const word of words)
    for (const left of withoutOne(word)) found.set(left, [...(found.get(left) ?? []), word]);
  return found;
}

export function asideOf(said: readonly string[]): Aside {
  const phrases = said.map((phrase) => phrase.split(' ')).sort((one, other) => other.length - one.length);
  const by = (edge: 0 | -1): Aside['from'] => {
    const found = new Map<string, string[][]>();
    for (const phrase of phrases) {
      const word = phrase.at(edge) ?? '';
      found.set(word, [...(found.get(word) ?? []), phrase]);
    }
    return found;
  };
  return { from: by(0), to: by(-1) };
}

function corrected(word: string, { corrections }: Spelling): string | null {
  if (word.length < shortest || /\d/.test(word)) return null;
  for (const left of withoutOne(word))
    for (const target of corrections.get(left) ?? [])
      if (target[0] === word[0] && isOneOff(word, target)) return target;
  return null;
}

/** `jveux`, `menvoyez`, `darreter`: the apostrophe left out. */
function elision(word: string, { known }: Spelling): readonly string[] | null {
  for (const size of [1, 2]) {
    const head = fold(word.slice(0, size));
    const rest = word.slice(size);
    const isHead = size === 1 ? head.length === 2 : head === 'que';
    if (isHead && rest.length >= 4 && known.has(rest)) return [head, rest];
  }
  return null;
}

/** The words a word of a text stands for; `word` is folded. */
function spell(word: string, spelling: Spelling): readonly string[] {
  const spoken = spelling.textSpeak.get(word);
  if (spoken) return spoken;
  if (word.length < shortest - 1 || spelling.known.has(word)) return [word];
  const split = elision(word, spelling);
  if (split) return split;
  const right = corrected(word, spelling);
  if (right !== null) return spelling.textSpeak.get(right) ?? [right];
  const [, ...rest] = word;
  const half = corrected(rest.join(''), spelling);
  const head = fold(word.slice(0, 1));
  if (half !== null && head.length === 2) return [head, half];
  return cutUp(word, spelling) ?? [word];
}

/** Words typed without a space between them. */
function cutUp(word: string, { known, telling, textSpeak }: Spelling): readonly string[] | null {
  const pieces = unglue(word, { isKnown: (piece) => known.has(piece) || textSpeak.has(piece), telling });
  return (
    pieces?.flatMap((piece) => (piece === '2' ? ['de'] : (textSpeak.get(piece) ?? [fold(piece)]))) ?? null
  );
}

const upper = /^\p{Lu}/u;

function isCapitalised(word: string): boolean {
  const code = word.charCodeAt(0);
  return code < 128 ? code >= 65 && code <= 90 : upper.test(word);
}

function readAnew(written: string, spelling: Spelling): Reading {
  const isSign = written.startsWith(':');
  const folded = isSign ? written : fold(written);
  const words = isSign ? [written] : spell(folded, spelling);
  const isCapital = isCapitalised(written);
  return {
    written,
    folded,
    lexemes: words.map(spelling.lexicon),
    isKnown: spelling.known.has(folded),
    isCapital,
    isName: isCapital && written.length > 1 && written !== written.toUpperCase(),
  };
}

const mostMet = 20_000;

/** Reads one word of a text, as written. */
export function read(written: string, spelling: Spelling): Reading {
  const before = spelling.met.get(written);
  if (before) return before;
  const reading = readAnew(written, spelling);
  if (spelling.met.size >= mostMet) spelling.met.clear();
  spelling.met.set(written, reading);
  return reading;
}
