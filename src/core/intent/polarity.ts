import type { Understood } from '../understood.ts';
import { answer, best, confidence, tagsOf } from './answer.ts';
import { fold } from './characters.ts';
import type { UnderstandContext } from './context.ts';
import type { Hit } from './hits.ts';
import type { Normal } from './normalise.ts';

const isSide = ({ family }: Hit): boolean =>
  family.intent === 'yes' || family.intent === 'no' || family.id === 'no:mixed';

const denials = new Set(['pas', 'plus', 'jamais', 'not', 'never', 'aucun', 'don', 'won', 'can']);
const asking = new Set(
  [
    'comment',
    'quand',
    'combien',
    'ou',
    'quel',
    'quelle',
    'quels',
    'quelles',
    'quoi',
    'qui',
    'how',
    'when',
    'where',
    'who',
    'what',
  ].map(fold),
);

/** "ça marche" is a yes, "ça marche pas" is not, nor is what comes after "comment". */
function isDenied({ family, clause, span }: Hit, normal: Normal): boolean {
  if (family.intent !== 'yes' || family.id === 'yes:despite' || family.id === 'yes:dreams') return false;
  const tokens = normal.clauses[clause]?.tokens ?? [];
  if (tokens.slice(0, span.start + 1).some(({ word }) => asking.has(word))) return true;
  return tokens.slice(span.start, span.end + 1).some(({ word }) => denials.has(word));
}

/** Yes or no of a text: the last contrasting clause wins, then the strongest; contradictory clauses are less sure. */
export function polarity(
  hits: readonly Hit[],
  normal: Normal,
  context: UnderstandContext,
): Understood | null {
  const sides = hits.filter((hit) => isSide(hit) && !isDenied(hit, normal));
  if (sides.length === 0) return null;
  const mixed = sides.find(({ family }) => family.id === 'no:mixed');
  const isSettled = mixed !== undefined && sides.some((hit) => hit.clause > mixed.clause && hit !== mixed);
  if (mixed && !isSettled) return answer('other', mixed.confidence, mixed.family.id, tagsOf(sides));
  const contrast = normal.clauses.findLastIndex(({ isContrast }) => isContrast);
  const last = sides.filter(
    ({ clause, family }) => contrast >= 0 && clause >= contrast && family.id !== 'no:mixed',
  );
  const weighed = (last.length > 0 ? last : sides).map((hit) => ({
    ...hit,
    confidence:
      hit.confidence +
      (hit.span.start === 0 && hit.clause === 0 ? 0.05 : 0) +
      (hit.span.end - hit.span.start) * 0.02,
  }));
  const top = best(weighed);
  if (!top) return null;
  const isContradicted = new Set(sides.map(({ family }) => family.intent)).size > 1 && last.length === 0;
  const isLong = normal.length > confidence.longFrom;
  // Without a question a long text that holds a "yes" is talk.
  if (!context.question && normal.length > 4) return null;
  const clause = normal.clauses[top.clause];
  const asks =
    clause?.isQuestion === true &&
    !top.family.id.startsWith('yes:dreams') &&
    clause.tokens.length > 3 &&
    (top.clause > 0 || top.span.start > 0);
  const at =
    top.confidence +
    (isContradicted ? confidence.contradicted : 0) +
    (isLong ? confidence.lost : 0) +
    (asks ? confidence.question - 0.15 : 0);
  return at < confidence.least ? null : answer(top.family.intent, at, top.family.id, tagsOf(sides));
}
