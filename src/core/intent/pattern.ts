import type { Token } from './normalise.ts';

/*
 * The small language of the lists: words in order. `a|b` either, `a_b` two words that go together, `stem*` any ending,
 * `*end` any beginning, `@group` one of a list, `word?` may be missing, `..3` up to three words between, `^` first and
 * `$` last of the clause, courtesy apart. Patterns come from our own files only. Matching keeps the set of places
 * reached so far as the bits of one number, so it never goes back over the text: its cost is the length of the pattern.
 */

interface Element {
  readonly literals: ReadonlySet<string>;
  readonly stems: readonly string[];
  readonly endings: readonly string[];
  /** Alternatives of several words. */
  readonly phrases: readonly (readonly string[])[];
  readonly isOptional: boolean;
  /** `$` among the alternatives: the end of the clause will do. */
  readonly orEnd: boolean;
  /** Words that may stand before this element. */
  readonly gap: number;
}

export interface Pattern {
  readonly source: string;
  readonly elements: readonly Element[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Words a clause must have for it. */
  readonly least: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The words of a clause and where it begins and ends once courtesy is set aside. */
export interface Line {
  readonly tokens: readonly Token[];
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

function elementOf(source: string, groups: Groups, fold: Fold, gap: number): Element {
  const isOptional = source.endsWith('?');
  const words = (isOptional ? source.slice(0, -1) : source).split('|').flatMap((word) => {
    if (!word.startsWith('@')) return [word];
    const group = groups[word.slice(1)];
    if (group === undefined)
      throw new PatternError(`The pattern names the group ${word}, which is not declared.`);
    return group;
  });
  const single = words.filter((word) => !word.includes('_') && word !== '$');
  return {
    literals: new Set(single.filter((word) => !word.includes('*')).map(fold)),
    stems: single.filter((word) => word.endsWith('*')).map((word) => fold(word.slice(0, -1))),
    endings: single.filter((word) => word.startsWith('*')).map((word) => fold(word.slice(1))),
    phrases: words.filter((word) => word.includes('_')).map((word) => word.split('_').map(fold)),
    isOptional,
    orEnd: words.includes('$'),
    gap,
  };
}

const widthOf = ({ gap, phrases }: Element): number =>
  gap + Math.max(1, ...phrases.map((phrase) => phrase.length));

export function parsePattern(source: string, groups: Groups, fold: Fold): Pattern {
  const elements: Element[] = [];
  let gap = 0;
  let isFirst = false;
  let isLast = false;
  for (const part of source.trim().split(/\s+/)) {
    if (part === '^') isFirst = true;
    else if (part === '$') isLast = true;
    else if (/^\.\.\d$/.test(part)) gap = Number(part.slice(2));
    else {
      elements.push(elementOf(part, groups, fold, gap));
      gap = 0;
    }
  }
  if (elements.every(({ isOptional }) => isOptional))
    throw new PatternError(`The pattern "${source}" would match anything.`);
  if (elements.reduce((width, element) => width + widthOf(element), 0) > widest)
    throw new PatternError(`The pattern "${source}" spans more than ${String(widest)} words.`);
  const least = elements.filter(({ isOptional, orEnd }) => !isOptional && !orEnd).length;
  return { source, elements, isFirst, isLast, least };
}

function fitsOne(element: Element, word: string): boolean {
  if (element.literals.has(word)) return true;
  for (const stem of element.stems) if (word.startsWith(stem)) return true;
  for (const ending of element.endings) if (word.endsWith(ending)) return true;
  return false;
}

const fitsPhrase = (phrase: readonly string[], tokens: readonly Token[], at: number): boolean =>
  phrase.every((word, ahead) => tokens[at + ahead]?.word === word);

/** Places reached after an element, from the places reached before it, as bits counted from `start`. */
function after(element: Element, tokens: readonly Token[], start: number, reached: number): number {
  let next = element.isOptional ? reached : 0;
  let open = reached;
  for (let gap = 0; gap < element.gap; gap += 1) open |= open << 1;
  for (let bit = 0; open >>> bit !== 0; bit += 1) {
    if (((open >>> bit) & 1) === 0) continue;
    const token = tokens[start + bit];
    if (token === undefined) break;
    if (fitsOne(element, token.word)) next |= 1 << (bit + 1);
    for (const phrase of element.phrases)
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
    reached = element.orEnd ? next | (reached & ends(line, start)) : next;
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
}

/** The place where the pattern is found, if it is, when its anchor is the word at `at`; the first such place. */
export function findPattern(pattern: Pattern, anchor: Anchor, line: Line, at: number): Span | null {
  if (pattern.least > line.tokens.length) return null;
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
  let best: (Anchor & { readonly weight: number }) | null = null;
  let least = 0;
  let most = 0;
  for (const element of pattern.elements) {
    const { isOptional, orEnd, endings, literals, stems, phrases, gap } = element;
    if (!isOptional && !orEnd && endings.length === 0) {
      const words = [
        ...new Set([...literals, ...phrases.flatMap(([first]) => (first === undefined ? [] : [first]))]),
      ];
      const weight = [...words, ...stems].reduce((sum, word) => sum + weigh(word), 0);
      if (best === null || weight < best.weight)
        best = { literals: words, stems, least, most: most + gap, weight };
    }
    most += widthOf(element);
    if (!isOptional && !orEnd) least += 1;
  }
  if (best === null)
    throw new PatternError(`The pattern "${pattern.source}" names no word that must be there.`);
  return best;
}
