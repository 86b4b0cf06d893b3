/*
 * Words typed without a space between them: `arretedemecrire`, `plu2sms`, `lachemoi`. A word nobody knows is cut into
 * words that are known, at least one of which shows that somebody talks of messages.
 */

/** What a word may be cut into. */
export interface Pieces {
  readonly isKnown: (piece: string) => boolean;
  /** Words of which one must be there: "arrete", "sms". */
  readonly telling: ReadonlySet<string>;
}

const shortest = 6;
const longest = 40;
const mostPieces = 8;
/** Letters left of a word before an apostrophe, and the figure that is read aloud: `2menvoyer`. */
const loose: ReadonlySet<string> = new Set(['j', 'm', 't', 'l', 'd', 'n', 's', 'c', '2']);

interface Cut {
  readonly pieces: readonly string[];
  /** Fewer pieces are better; a loose letter costs more than a word. */
  readonly cost: number;
}

/** What an apostrophe leaves stands before a word, never alone: "desabonnent" is no "desabonne n t". */
const shortestAfterLoose = 3;

function costOf(piece: string, before: string | undefined, isLast: boolean, { isKnown }: Pieces): number {
  if (piece.length === 1) return loose.has(piece) && !isLast && before?.length !== 1 ? 2 : Infinity;
  if (before?.length === 1 && before !== '2' && piece.length < shortestAfterLoose) return Infinity;
  return isKnown(piece) ? 1 : Infinity;
}

/** The cheapest way to cut a word, null if there is none or none that tells anything. */
export function unglue(word: string, known: Pieces): readonly string[] | null {
  if (word.length < shortest || word.length > longest) return null;
  const best: (Cut | null)[] = [{ pieces: [], cost: 0 }];
  for (let end = 1; end <= word.length; end += 1) {
    let found: Cut | null = null;
    for (let start = 0; start < end; start += 1) {
      const before = best[start];
      if (!before || before.pieces.length >= mostPieces) continue;
      const piece = word.slice(start, end);
      const cost = before.cost + costOf(piece, before.pieces.at(-1), end === word.length, known);
      if (cost < (found?.cost ?? Infinity)) found = { pieces: [...before.pieces, piece], cost };
    }
    best.push(found);
  }
  const cut = best[word.length];
  if (!cut || cut.pieces.length < 2 || !cut.pieces.some((piece) => known.telling.has(piece))) return null;
  return cut.pieces;
}
