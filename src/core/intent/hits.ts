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

/** Adds to `found` the families of a clause that no trap hides; tells whether there was a trap. */
function findIn(
  clause: Clause,
  at: number,
  patterns: Lists['patterns'],
  isAsked: boolean,
  found: Hit[],
): boolean {
  const traps: Trap[] = [];
  const hits: Hit[] = [];
  const { tokens } = clause;
  for (let place = 0; place < tokens.length; place += 1) {
    for (const { pattern, anchor, of } of patterns.of(tokens[place]?.word ?? '')) {
      const span = findPattern(pattern, anchor, clause, place);
      if (span === null) continue;
      if (of === 'all' || of === 'word') traps.push({ span, of });
      else hits.push({ family: of, clause: at, span, confidence: of.confidence });
    }
  }
  for (const hit of hits) {
    const { family, span } = hit;
    if (family.when !== null && (family.when === 'asked') !== isAsked) continue;
    if (!isMentioned(family, span, clause) && !isHidden(family, span, traps)) found.push(hit);
  }
  return traps.length > 0;
}

/** What the lists find in a text. */
export function findHits({ clauses }: Normal, { patterns }: Lists, isAsked: boolean): Found {
  const hits: Hit[] = [];
  let isTrapped = false;
  for (const [at, clause] of clauses.entries())
    if (findIn(clause, at, patterns, isAsked, hits)) isTrapped = true;
  return { hits, isTrapped };
}

/** Whether two hits share words. */
export const meet = (one: Hit, other: Hit): boolean =>
  one.clause === other.clause && overlaps(one.span, other.span);
