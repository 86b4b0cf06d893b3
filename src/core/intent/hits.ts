import type { Family, Lists } from './lists.ts';
import type { Clause, Normal } from './normalise.ts';
import { findPattern, type Span } from './pattern.ts';

/** A family of the lists found in a clause. */
export interface Hit {
  readonly family: Family;
  readonly clause: number;
  readonly span: Span;
  readonly confidence: number;
}

/** What the lists find in a text, traps heeded. */
export interface Found {
  readonly hits: readonly Hit[];
  /** Something that looks like a command was found not to be one. */
  readonly isTrapped: boolean;
}

interface Trap {
  readonly span: Span;
  readonly of: 'all' | 'word';
}

const overlaps = (one: Span, other: Span): boolean => one.start < other.end && other.start < one.end;

/** A trap of the bare word leaves a whole refusal alone; "I can't stop listening" is no trouble either. */
const heeds = ({ intent, isKeyword }: Family, { of }: Trap): boolean =>
  intent === 'no' ||
  (intent === 'stop' && (isKeyword || of === 'all')) ||
  (intent === 'help' && of === 'all');

const isHidden = (family: Family, span: Span, traps: readonly Trap[]): boolean =>
  !family.isFirm && traps.some((trap) => heeds(family, trap) && overlaps(trap.span, span));

/** Quoted, or written like a name: "j'écoute Stop". */
function isMentioned(family: Family, { start, end }: Span, { tokens }: Clause): boolean {
  let isQuoted = true;
  for (let at = start; at < end && isQuoted; at += 1) isQuoted = tokens[at]?.isQuoted === true;
  if (isQuoted) return true;
  return family.intent === 'stop' && end - start === 1 && tokens[start]?.isNamed === true;
}

/** What the lists find in a text. */
export type FindHits = (normal: Normal, isAsked: boolean) => Found;

export function createFinder({ patterns, kindWidth }: Lists): FindHits {
  // The kinds of words a clause holds, for as long as it is read: most patterns are left by one look at it.
  const held = new Int32Array(kindWidth);
  const hold = ({ tokens }: Clause): void => {
    for (const { lexeme } of tokens) {
      const { begins, spots } = lexeme;
      for (let at = 0; at < spots.length; at += 1) {
        const spot = spots[at] ?? 0;
        held[spot] = (held[spot] ?? 0) | (begins[spot] ?? 0);
      }
    }
  };
  const letGo = ({ tokens }: Clause): void => {
    for (const { lexeme } of tokens)
      for (let at = 0; at < lexeme.spots.length; at += 1) held[lexeme.spots[at] ?? 0] = 0;
  };
  /** Adds the families and the traps found from one word on. */
  const tryAt = (clause: Clause, at: number, place: number, hits: Hit[], traps: Trap[]): void => {
    for (const { entries, needAt, needMask } of patterns.of(clause.tokens[place]?.word ?? '')) {
      if (needMask !== 0 && ((held[needAt] ?? 0) & needMask) === 0) continue;
      for (const { pattern, anchor, of } of entries) {
        const span = findPattern(pattern, anchor, clause, place);
        if (span === null) continue;
        if (of === 'all' || of === 'word') traps.push({ span, of });
        else hits.push({ family: of, clause: at, span, confidence: of.confidence });
      }
    }
  };
  /** Adds to `found` the families of a clause that no trap hides; tells whether there was a trap. */
  const findIn = (clause: Clause, at: number, isAsked: boolean, found: Hit[]): boolean => {
    const traps: Trap[] = [];
    const hits: Hit[] = [];
    hold(clause);
    for (let place = 0; place < clause.tokens.length; place += 1) tryAt(clause, at, place, hits, traps);
    letGo(clause);
    for (const hit of hits) {
      const { family, span } = hit;
      if (family.when !== null && (family.when === 'asked') !== isAsked) continue;
      if (!isMentioned(family, span, clause) && !isHidden(family, span, traps)) found.push(hit);
    }
    return traps.length > 0;
  };
  return ({ clauses }, isAsked) => {
    const hits: Hit[] = [];
    let isTrapped = false;
    for (let at = 0; at < clauses.length; at += 1) {
      const clause = clauses[at];
      if (clause && findIn(clause, at, isAsked, hits)) isTrapped = true;
    }
    return { hits, isTrapped };
  };
}

/** Whether two hits share words. */
export const meet = (one: Hit, other: Hit): boolean =>
  one.clause === other.clause && overlaps(one.span, other.span);
