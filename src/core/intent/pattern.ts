import type { Token } from './normalise.ts';

/*
 * The small language of the lists: words in order. `a|b` either, `stem*` any ending, `@group` one of a list,
 * `word?` may be missing, `..3` up to three words between, `^` first and `$` last of the clause. Patterns come from our
 * own files only; matching walks a bounded number of words and never backtracks over the text.
 */

interface Element {
  readonly literals: ReadonlySet<string>;
  readonly stems: readonly string[];
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
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export class PatternError extends Error {
  override name = 'PatternError';
}

function elementOf(
  source: string,
  groups: Readonly<Record<string, readonly string[]>>,
  gap: number,
): Element {
  const isOptional = source.endsWith('?');
  const words = (isOptional ? source.slice(0, -1) : source).split('|').flatMap((word) => {
    if (!word.startsWith('@')) return [word];
    const group = groups[word.slice(1)];
    if (group === undefined)
      throw new PatternError(`The pattern names the group ${word}, which is not declared.`);
    return group;
  });
  return {
    literals: new Set(words.filter((word) => !word.endsWith('*') && word !== '$')),
    stems: words.filter((word) => word.endsWith('*')).map((word) => word.slice(0, -1)),
    isOptional,
    orEnd: words.includes('$'),
    gap,
  };
}

export function parsePattern(source: string, groups: Readonly<Record<string, readonly string[]>>): Pattern {
  const elements: Element[] = [];
  let gap = 0;
  let isFirst = false;
  let isLast = false;
  for (const part of source.trim().split(/\s+/)) {
    if (part === '^') isFirst = true;
    else if (part === '$') isLast = true;
    else if (/^\.\.\d$/.test(part)) gap = Number(part.slice(2));
    else {
      elements.push(elementOf(part, groups, gap));
      gap = 0;
    }
  }
  if (elements.every(({ isOptional }) => isOptional))
    throw new PatternError(`The pattern "${source}" would match anything.`);
  return { source, elements, isFirst, isLast };
}

const fits = (element: Element, word: string): boolean =>
  element.literals.has(word) || element.stems.some((stem) => word.startsWith(stem));

/** Where the pattern ends if it begins at `at`, or -1. Depth is the number of elements, width the gap (≤ 9). */
function endFrom(pattern: Pattern, index: number, tokens: readonly Token[], at: number): number {
  const element = pattern.elements[index];
  if (element === undefined) return pattern.isLast && at !== tokens.length ? -1 : at;
  for (let skip = 0; skip <= element.gap; skip += 1) {
    const token = tokens[at + skip];
    if (token !== undefined && fits(element, token.word)) {
      const end = endFrom(pattern, index + 1, tokens, at + skip + 1);
      if (end >= 0) return end;
    }
  }
  if (element.orEnd && at >= tokens.length) return endFrom(pattern, index + 1, tokens, at);
  return element.isOptional ? endFrom(pattern, index + 1, tokens, at) : -1;
}

export function findPattern(pattern: Pattern, tokens: readonly Token[]): Span | null {
  const last = pattern.isFirst ? 0 : tokens.length - 1;
  for (let start = 0; start <= last; start += 1) {
    const end = endFrom(pattern, 0, tokens, start);
    if (end > start) return { start, end };
  }
  return null;
}

/** Words one of which must be in a clause for the pattern to be tried at all; null = any (it opens with an optional or a stem). */
export function anchorOf(
  pattern: Pattern,
): { readonly literals: readonly string[]; readonly stems: readonly string[] } | null {
  const element = pattern.elements.find(({ isOptional }) => !isOptional);
  return element ? { literals: [...element.literals], stems: element.stems } : null;
}
