import type { Intent, Tag, Understood } from '../understood.ts';
import { answer } from './answer.ts';
import type { UnderstandContext } from './context.ts';
import type { Lists, WordKind } from './lists.ts';
import type { Normal } from './normalise.ts';
import { scopeOf } from './scope.ts';
import { isSlip } from './typo.ts';

/* Whole messages that are one of the reserved words (conversation.md §2.2), with noise around it or one slip in it. */

const wordIntent: Readonly<Record<WordKind, Intent>> = {
  stop: 'stop',
  start: 'start',
  help: 'help',
  human: 'human',
  contact: 'other',
  fewer: 'other',
  yes: 'yes',
  no: 'no',
};
const typoKinds: readonly WordKind[] = ['stop', 'help', 'human'];

/** A number that advertisements print after STOP. */
export const isShortCode = (word: string): boolean => word.length === 5 && /^\d{5}$/.test(word);

const shortestGlued = 4;
const onAndOn = /^(stop){2,8}$/;

export interface Reserved {
  readonly kind: WordKind;
  readonly word: string;
}

/** No reserved word is said in more words than this. */
const longestSaid = 5;

function reservedAmong(
  said: readonly string[],
  kindOf: ReadonlyMap<string, WordKind>,
  lists: Lists,
): Reserved | null {
  const [first] = said;
  if (first === undefined) return null;
  const words = said.some(isShortCode) ? said.filter((word, at) => at === 0 || !isShortCode(word)) : said;
  const find = (word: string): Reserved | null => {
    const kind = kindOf.get(word);
    return kind === undefined ? null : { kind, word };
  };
  if (words.length === 1) return find(first);
  const whole = words.length > longestSaid ? null : find(words.join(' '));
  if (whole) return whole;
  const isCoachCalled =
    lists.words.help.has(first) && words.slice(1).every((word) => lists.words.human.has(word));
  if (isCoachCalled) return { kind: 'help', word: first };
  return words.every((word) => word === first) ? find(first) : null;
}

/** The whole message is a reserved word, courtesy and a short code apart; most commands may also have fillers around them. */
export function reservedWord(
  normal: Normal,
  lists: Lists,
): (Reserved & { readonly isWhole: boolean }) | null {
  const { bare, core, glued } = normal;
  const whole = reservedAmong(bare, lists.kindOf, lists);
  if (whole) return { ...whole, isWhole: true };
  const inner = core.length < bare.length ? reservedAmong(core, lists.commandOf, lists) : null;
  if (inner && !lists.aloneOnly.has(inner.word)) return { ...inner, isWhole: false };
  const isBroken = glued.length >= shortestGlued && lists.words.stop.has(glued);
  return isBroken || onAndOn.test(glued) ? { kind: 'stop', word: glued, isWhole: false } : null;
}

export function slippedWord(normal: Normal, lists: Lists): Reserved | null {
  const [word, second] = normal.core;
  if (word === undefined || second !== undefined || word.length < 4 || lists.spelling.known.has(word))
    return null;
  for (const kind of typoKinds)
    for (const target of lists.words[kind])
      if (!target.includes(' ') && target.length >= 4 && isSlip(word, target)) return { kind, word: target };
  return null;
}

export const twice = { kind: 'stop', word: 'stop', isWhole: false } as const;

/** "Non stop merci", "non stop" to a question: a no and a stop; alone it is the idiom. */
export const isRefusedTwice = (
  { bare: [no, stop, more], hadCourtesy }: Normal,
  { question }: UnderstandContext,
): boolean =>
  (no === 'non' || no === 'no') &&
  stop === 'stop' &&
  more === undefined &&
  (hadCourtesy || question !== null);

/** "Merci coach" calls nobody. */
export const isThanked = (kind: WordKind, normal: Normal): boolean =>
  kind === 'human' && normal.beginsWithThanks;

function tagsOfWord(kind: WordKind, word: string): Tag[] {
  if (kind === 'contact' || kind === 'fewer') return [kind];
  return kind === 'stop' ? scopeOf(word.split(' '), []) : [];
}

export const understandWord = (kind: WordKind, word: string, at: number, rule: string): Understood =>
  answer(wordIntent[kind], at, `${rule}:${kind}`, tagsOfWord(kind, word));
