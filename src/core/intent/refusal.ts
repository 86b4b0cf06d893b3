import type { Understood } from '../understood.ts';
import { answer, best, confidence, tagsOf } from './answer.ts';
import { fold } from './characters.ts';
import { meet, type Hit } from './hits.ts';
import type { Clause, Normal } from './normalise.ts';
import { isShortCode } from './reserved.ts';
import { scopeOfAll } from './scope.ts';

/* A refusal of our messages in the words of the lists (conversation.md §2.3), and what undoes one (§2.4). */

/** A keyword inside a sentence: meant where it stands alone at an end of its clause or the text is short. */
function keywordConfidence(hit: Hit, clause: Clause, normal: Normal): number {
  const isAtAnEnd =
    hit.span.start === 0 ||
    hit.span.end === clause.tokens.length ||
    isShortCode(clause.tokens[hit.span.end]?.word ?? '');
  let at = normal.length <= 4 || isAtAnEnd ? 0.9 : 0.75;
  if (clause.isQuestion) at += confidence.question;
  if (normal.length > confidence.longFrom) at += confidence.lost;
  return at;
}

const exclaimed = new Set(['arrete', 'arreter', 'stop'].map(fold));
const denying = new Set(['jamais', 'never']);

/** "Arrête, évidemment que je veux !", "Arrêter ? Jamais": one familiar word, taken back by what comes next. */
function isExclamation({ family, clause }: Hit, hits: readonly Hit[], normal: Normal): boolean {
  const said = normal.clauses[clause];
  const [word, second] = said?.tokens ?? [];
  const isAlone =
    said !== undefined &&
    word !== undefined &&
    (second === undefined || (second.word === 'it' && said.tokens.length === 2));
  if (!family.isKeyword || !isAlone || !exclaimed.has(word.word)) return false;
  const next = normal.clauses[clause + 1];
  if (hits.some((hit) => hit.clause > clause && hit.family.id === 'delight')) return true;
  if (said?.isQuestion === true && denying.has(next?.tokens[0]?.word ?? '')) return true;
  return word.word !== 'stop' && hits.some((hit) => hit.clause > clause && hit.family.intent === 'yes');
}

const supposing = new Set(['si', 'if', 'quand', 'when'].map(fold));

/** "If I say stop, do you delete my account?" asks what would happen. */
function isSupposed({ clause }: Hit, normal: Normal): boolean {
  const [first] = normal.clauses;
  return (
    clause > 0 && normal.clauses[clause]?.isQuestion === true && supposing.has(first?.tokens[0]?.word ?? '')
  );
}

export function refusal(hits: readonly Hit[], normal: Normal): Understood | null {
  const stops = hits.filter(
    (hit) => hit.family.intent === 'stop' && !isExclamation(hit, hits, normal) && !isSupposed(hit, normal),
  );
  if (stops.length === 0) return null;
  const scored = stops.map((hit) => {
    const clause = normal.clauses[hit.clause];
    return hit.family.isKeyword && clause
      ? { ...hit, confidence: keywordConfidence(hit, clause, normal) }
      : hit;
  });
  const top = best(scored);
  if (!top) return null;
  const tags = tagsOf(scored);
  // Two families that agree are surer than one.
  const agree = new Set(scored.map(({ family }) => family.id)).size > 1 ? 0.1 : 0;
  return answer('stop', top.confidence + agree, top.family.id, [
    ...tags,
    ...scopeOfAll(normal, top, scored, tags),
  ]);
}

/** An earlier refusal told as past, then a wish to come back: the wish. */
export function returning(hits: readonly Hit[]): Understood | null {
  const starts = hits.filter(({ family }) => family.intent === 'start');
  if (starts.length === 0) return null;
  const stops = hits.filter(({ family }) => family.intent === 'stop');
  // "don't text me again" holds "text me again".
  const isRefused = (hit: Hit): boolean => stops.some((stop) => meet(stop, hit));
  const top = best(starts.filter((hit) => !isRefused(hit)));
  if (!top) return null;
  const laterStop = stops.some(
    ({ clause, span }) => clause > top.clause || (clause === top.clause && span.start > top.span.start),
  );
  return laterStop ? null : answer('start', top.confidence, top.family.id);
}

/** "Plus de sms après 21 h": what looks like a refusal is part of a limit. */
export function isLimit(hits: readonly Hit[]): boolean {
  const limits = hits.filter(({ family }) => family.id === 'fewer');
  const stops = hits.filter(({ family }) => family.intent === 'stop');
  return stops.every((stop) => limits.some((limit) => meet(limit, stop)));
}
