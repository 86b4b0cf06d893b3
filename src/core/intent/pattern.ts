/*
 * The small language of the lists: words in order. `a|b` either, `a_b` two words that go together, `stem*` any ending,
 * `*end` any beginning, `*` any word, `@group` one of a list, `word?` may be missing, `..3` up to three words between, `^` first and
 * `$` last of the clause, courtesy apart. Patterns come from our own files only. Matching keeps the set of places
 * reached so far as the bits of one number, so it never goes back over the text: its cost is the length of the pattern.
 */

/** Alternatives for one place of a pattern. Patterns that write the same alternatives share them, and their number. */
export interface Kind {
  readonly id: number;
  readonly literals: ReadonlySet<string>;
  readonly stems: readonly string[];
  readonly endings: readonly string[];
  /** Alternatives of several words. */
  readonly phrases: readonly (readonly string[])[];
  /** `$` among the alternatives: the end of the clause will do. */
  readonly orEnd: boolean;
}

interface Element {
  readonly kind: Kind;
  readonly isOptional: boolean;
  /** Words that may stand before this element. */
  readonly gap: number;
}

export interface Pattern {
  readonly source: string;
  readonly elements: readonly Element[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Words a clause must have for it, and words it may span. */
  readonly least: number;
  readonly width: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A word with the kinds of pattern elements it fits, a bit each. */
export interface Lexeme {
  readonly word: string;
  readonly fits: Uint32Array;
  /** Those it fits, and those it begins a phrase of. */
  readonly begins: Uint32Array;
  /** Places of `begins` that hold any bit. */
  readonly spots: Uint16Array;
  /** What it is, as the classifier is told: one of `wordGroups`, counted from 1; 0 for none. */
  readonly group: number;
}

/** A word where it stands. */
export interface Placed {
  readonly word: string;
  readonly lexeme: Lexeme;
}

/** The words of a clause and where it begins and ends once courtesy is set aside. */
export interface Line {
  readonly tokens: readonly Placed[];
  readonly head: number;
  readonly tail: number;
}

export class PatternError extends Error {
  override name = 'PatternError';
}

/** How a word of the lists is written once normalised. */
export type Fold = (word: string) => string;
export type Groups = Readonly<Record<string, readonly string[]>>;

/** Bits of the set of places: a pattern may not be wider. */
const widest = 30;

function kindOf(id: number, source: string, groups: Groups, fold: Fold): Kind {
  const words = source.split('|').flatMap((word) => {
    if (!word.startsWith('@')) return [word];
    const group = groups[word.slice(1)];
    if (group === undefined)
      throw new PatternError(`The pattern names the group ${word}, which is not declared.`);
    return group;
  });
  const single = words.filter((word) => !word.includes('_') && word !== '$');
  return {
    id,
    literals: new Set(single.filter((word) => !word.includes('*')).map(fold)),
    stems: single.filter((word) => word.endsWith('*')).map((word) => fold(word.slice(0, -1))),
    endings: single.filter((word) => word.startsWith('*')).map((word) => fold(word.slice(1))),
    phrases: words.filter((word) => word.includes('_')).map((word) => word.split('_').map(fold)),
    orEnd: words.includes('$'),
  };
}

const isRequired = ({ isOptional, kind }: Element): boolean => !isOptional && !kind.orEnd;

const widthOf = ({ gap, kind }: Element): number =>
  gap + Math.max(1, ...kind.phrases.map((phrase) => phrase.length));

export interface PatternParser {
  /** @throws PatternError when the pattern would match anything, spans too much or names an unknown group */
  readonly parse: (source: string) => Pattern;
  /** @throws PatternError when an unknown group is named */
  readonly kindNamed: (source: string) => Kind;
  /** The kinds of all that was parsed so far, by how they are written. */
  readonly kinds: ReadonlyMap<string, Kind>;
}

export function createPatternParser(groups: Groups, fold: Fold): PatternParser {
  const kinds = new Map<string, Kind>();
  const kindNamed = (source: string): Kind => {
    const kind = kinds.get(source) ?? kindOf(kinds.size, source, groups, fold);
    kinds.set(source, kind);
    return kind;
  };
  const parse = (source: string): Pattern => {
    const elements: Element[] = [];
    let gap = 0;
    let isFirst = false;
    let isLast = false;
    for (const part of source.trim().split(/\s+/)) {
      if (part === '^') isFirst = true;
      else if (part === '$') isLast = true;
      else if (/^\.\.\d$/.test(part)) gap = Number(part.slice(2));
      else {
        const isOptional = part.endsWith('?');
        elements.push({ kind: kindNamed(isOptional ? part.slice(0, -1) : part), isOptional, gap });
        gap = 0;
      }
    }
    if (elements.every(({ isOptional }) => isOptional))
      throw new PatternError(`The pattern "${source}" would match anything.`);
    const width = elements.reduce((sum, element) => sum + widthOf(element), 0);
    if (width > widest)
      throw new PatternError(`The pattern "${source}" spans more than ${String(widest)} words.`);
    return { source, elements, isFirst, isLast, least: elements.filter(isRequired).length, width };
  };
  return { parse, kindNamed, kinds };
}

/** Whether the bit of a kind is set. */
export const hasKind = (bits: Uint32Array, id: number): boolean =>
  (((bits[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;

const fitsPhrase = (phrase: readonly string[], tokens: readonly Placed[], at: number): boolean =>
  phrase.every((word, ahead) => tokens[at + ahead]?.word === word);

/** Places reached after an element, from the places reached before it, as bits counted from `start`. */
function after(element: Element, tokens: readonly Placed[], start: number, reached: number): number {
  const { kind, gap, isOptional } = element;
  let next = isOptional ? reached : 0;
  let open = reached;
  for (let left = gap; left > 0; left -= 1) open |= open << 1;
  while (open !== 0) {
    const bit = 31 - Math.clz32(open & -open);
    open &= open - 1;
    const token = tokens[start + bit];
    if (token === undefined) break;
    const { lexeme } = token;
    if (hasKind(lexeme.fits, kind.id)) next |= 1 << (bit + 1);
    if (kind.phrases.length === 0 || !hasKind(lexeme.begins, kind.id)) continue;
    for (const phrase of kind.phrases)
      if (fitsPhrase(phrase, tokens, start + bit)) next |= 1 << (bit + phrase.length);
  }
  return next;
}

/** Places from the end of the clause's own words to the end of its courtesy. */
function ends({ tokens, tail }: Line, start: number): number {
  let bits = 0;
  for (let at = Math.max(tail, start); at <= tokens.length && at - start <= widest; at += 1)
    bits |= 1 << (at - start);
  return bits;
}

function endFrom(pattern: Pattern, line: Line, start: number): number {
  let reached = 1;
  for (const element of pattern.elements) {
    const next = after(element, line.tokens, start, reached);
    reached = element.kind.orEnd ? next | (reached & ends(line, start)) : next;
    if (reached === 0) return -1;
  }
  if (pattern.isLast) reached &= ends(line, start);
  return reached === 0 ? -1 : start + (31 - Math.clz32(reached & -reached));
}

/** The word of a pattern by which it is found, and how far from the beginning it may be. */
export interface Anchor {
  readonly literals: readonly string[];
  readonly stems: readonly string[];
  readonly least: number;
  readonly most: number;
  /** Kinds of the other words that have to be there, the rarest first. */
  readonly needs: readonly number[];
}

/** Whether all other words a pattern needs stand near enough to its anchor at `at`, in whatever order. */
function hasNeeds(pattern: Pattern, anchor: Anchor, tokens: readonly Placed[], at: number): boolean {
  const from = Math.max(0, at - anchor.most);
  const to = Math.min(tokens.length, at - anchor.least + pattern.width);
  for (const kind of anchor.needs) {
    let next = from;
    while (next < to && !isThere(tokens[next], kind)) next += 1;
    if (next >= to) return false;
  }
  return true;
}

const isThere = (token: Placed | undefined, kind: number): boolean =>
  token !== undefined && hasKind(token.lexeme.begins, kind);

/** The place where the pattern is found, if it is, when its anchor is the word at `at`; the first such place. */
export function findPattern(pattern: Pattern, anchor: Anchor, line: Line, at: number): Span | null {
  if (pattern.least > line.tokens.length || !hasNeeds(pattern, anchor, line.tokens, at)) return null;
  const last = Math.min(at - anchor.least, pattern.isFirst ? line.head : at);
  for (let start = Math.max(0, at - anchor.most); start <= last; start += 1) {
    const end = endFrom(pattern, line, start);
    if (end > start) return { start, end };
  }
  return null;
}

/**
 * The element whose words are the rarest: a text is tried only against patterns it holds such a word of.
 * @param weigh how common a word is among the patterns
 * @throws PatternError when no element has to be there
 */
export function anchorOf(pattern: Pattern, weigh: (word: string) => number): Anchor {
  let best: (Anchor & { readonly weight: number; readonly element: Element }) | null = null;
  let least = 0;
  let most = 0;
  const weightOf = ({ literals, stems }: Pick<Anchor, 'literals' | 'stems'>): number =>
    [...literals, ...stems].reduce((sum, word) => sum + weigh(word), 0);
  const wordsOf = ({ literals, phrases, stems }: Kind): Pick<Anchor, 'literals' | 'stems'> => ({
    literals: [...new Set([...literals, ...phrases.flatMap((phrase) => phrase.slice(0, 1))])],
    stems,
  });
  for (const element of pattern.elements) {
    const { kind, gap } = element;
    if (isRequired(element) && kind.endings.length === 0) {
      const words = wordsOf(kind);
      const weight = weightOf(words);
      if (best === null || weight < best.weight)
        best = { ...words, least, most: most + gap, needs: [], weight, element };
    }
    most += widthOf(element);
    if (isRequired(element)) least += 1;
  }
  if (best === null)
    throw new PatternError(`The pattern "${pattern.source}" names no word that must be there.`);
  const { element: anchor, literals, stems } = best;
  const others = pattern.elements.filter((element) => element !== anchor && isRequired(element));
  const rank = ({ kind }: Element): number => weightOf(wordsOf(kind)) + 100 * kind.endings.length;
  return {
    literals,
    stems,
    least: best.least,
    most: best.most,
    needs: others.sort((one, other) => rank(one) - rank(other)).map(({ kind }) => kind.id),
  };
}
