import type { Intent, Tag, Understood } from '../understood.ts';
import { answer, best, confidence, isGrave, tagsOf } from './answer.ts';
import { fold } from './characters.ts';
import type { UnderstandContext } from './context.ts';
import type { Found, Hit } from './hits.ts';
import type { Normal } from './normalise.ts';
import { polarity } from './polarity.ts';
import { isLimit, refusal, returning } from './refusal.ts';

/** Best first; the next of another intent is the runner-up. */
function choose(found: readonly (Understood | null)[]): Understood | null {
  const all = found.filter((one) => one !== null);
  const [top] = all;
  if (!top) return null;
  const second = all.find(({ intent }) => intent !== top.intent);
  return { ...top, runnerUp: second ? { intent: second.intent, confidence: second.confidence } : null };
}

const ofIntent = (hits: readonly Hit[], intent: Intent, normal: Normal): Understood | null => {
  const own = hits.filter(({ family }) => family.intent === intent);
  const top = best(own);
  if (!top) return null;
  const isLost = normal.length > 20 && own.length === 1 && intent !== 'human';
  return answer(intent, top.confidence + (isLost ? confidence.lost : 0), top.family.id, tagsTogether(own));
};

/** "Are you a bot? I want a person" is no question about us: it asks for the person. */
function tagsTogether(hits: readonly Hit[]): Tag[] {
  const isAskedOnly = hits.every(({ family }) => family.tags.includes('identity'));
  return tagsOf(hits).filter((tag) => tag !== 'identity' || isAskedOnly);
}

/** What the lists say of a text that is more than a word: a refusal first, then who needs a person, then the answer. */
export function sentence(normal: Normal, { hits, isTrapped }: Found, context: UnderstandContext): Understood {
  const tags: Tag[] = hits.length === 0 ? [] : tagsOf(hits.filter(({ family }) => family.intent === 'other'));
  if (normal.isQuestion && !tags.includes('question')) tags.push('question');
  const with_ = (one: Understood): Understood =>
    tags.length === 0 ? one : { ...one, tags: [...new Set([...one.tags, ...tags])] };
  if (hits.length === 0) return with_(unheard(normal, isTrapped, context));
  const stop = refusal(hits, normal);
  const start = returning(hits);
  if (start) return with_(choose([start, stop]) ?? start);
  if (stop && !isLimit(hits)) return with_(stop);
  const human = ofIntent(hits, 'human', normal);
  const help = ofIntent(hits, 'help', normal);
  const side = polarity(hits, normal, context);
  const other = ofIntent(hits, 'other', normal);
  if (human && isGrave(human)) return with_(choose([human, help, side]) ?? human);
  if (tags.includes('fewer')) return with_(answer('other', 0.85, 'fewer'));
  const asksHelp =
    help !== null &&
    (context.question?.offersHelp === true ||
      side === null ||
      side.intent === 'no' ||
      help.confidence > side.confidence);
  const ordered = [human, asksHelp ? help : null, side, help, other];
  return with_(choose(ordered) ?? unheard(normal, isTrapped, context));
}

const refusing = new Set(
  ['pas', 'plus', 'jamais', 'non', 'aucun', 'aucune', 'sans', 'not', 'don', 'can', 'won', 'never', 'no'].map(
    fold,
  ),
);

/** "Merci beaucoup", "super merci": thanks, and nothing said beside them. */
const isShortThanks = ({ hadThanks, beginsWithThanks, bare, isQuestion }: Normal): boolean =>
  (hadThanks || beginsWithThanks) && !isQuestion && bare.length <= 3;

/** "Bonjour Nina": a name is no word of ours, and what nobody knows is no refusal. */
const greetsSomeone = ({ beginsWithGreeting, bare, clauses, isQuestion }: Normal): boolean =>
  beginsWithGreeting && bare.length === 1 && clauses.length <= 1 && !isQuestion;

/** Nothing known was heard: a denial that answers a question declines it, or is in trouble where help was offered. */
function unheard(normal: Normal, isTrapped: boolean, { question }: UnderstandContext): Understood {
  if (isShortThanks(normal)) return answer('other', 0.85, 'thanks', ['thanks']);
  if (greetsSomeone(normal)) return answer('other', 0.86, 'hello');
  const isDenial =
    question !== null &&
    !isTrapped &&
    !normal.isQuestion &&
    normal.length <= confidence.longFrom &&
    normal.clauses.some(({ tokens }) =>
      tokens.some(
        ({ word, isQuoted }, at) =>
          !isQuoted && refusing.has(word) && !(word === 'plus' && tokens[at + 1]?.word === 'de'),
      ),
    );
  if (!isDenial) return answer('other', 0.6, 'none');
  return answer(question.offersHelp ? 'help' : 'no', 0.6, 'denial');
}
