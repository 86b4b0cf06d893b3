import { clean, fold } from './characters.ts';
import { rejoin, scan, type Raw } from './scan.ts';
import { read, type Spelling } from './spelling.ts';

/*
 * What a text looks like to the matcher (conversation.md §2.1). The original is kept elsewhere: this form only matches.
 * Every step is a single pass over the text or a lookup in a fixed table: nothing a sender writes becomes an expression.
 */

export interface Token {
  readonly word: string;
  /** Inside quotes, a link, a hashtag or a title: no command. */
  readonly isQuoted: boolean;
  /** Written like a name, with a capital, after words that are not. */
  readonly isNamed: boolean;
}

export interface Clause {
  readonly tokens: readonly Token[];
  /** Where it begins and ends once courtesy and fillers are set aside. */
  readonly head: number;
  readonly tail: number;
  /** Ends with a question mark. */
  readonly isQuestion: boolean;
  /** Begins after mais, but, sinon, sauf: the last such clause wins. */
  readonly isContrast: boolean;
}

export interface Normal {
  readonly clauses: readonly Clause[];
  /** All words in order, quotes forgotten, courtesy gone from both ends: what a reserved word is compared with. */
  readonly bare: readonly string[];
  /** The same without the fillers around it. */
  readonly core: readonly string[];
  /** All the letters of a short text as one word: `S.TOP`, `dé-sa-bo-nner`. */
  readonly glued: string;
  readonly hadCourtesy: boolean;
  /** The courtesy said thanks. */
  readonly hadThanks: boolean;
  readonly beginsWithThanks: boolean;
  readonly hasEmojiOnly: boolean;
  readonly isQuestion: boolean;
  readonly length: number;
}

/** Capitals on more of the words than this are a way of typing. */
const mostNames = 0.7;

const isName = ({ isCapital, isUpper, word }: Raw): boolean => isCapital && !isUpper && word.length > 1;

const isGoingOn = (raw: Raw | undefined): boolean =>
  raw !== undefined && isName(raw) && raw.breakBefore === 0;

/** Two capitalised words in a row, not at the head of a sentence and not shouted, are a title. */
function markTitles(words: readonly Raw[]): readonly Raw[] {
  if (!words.some((raw) => raw.breakBefore < 2 && isName(raw))) return words;
  const said = words.filter(({ word }) => word.length > 1 && !word.startsWith(':'));
  if (said.length > 1 && said.filter(isName).length > said.length * mostNames) return words;
  return words.map((raw, at) => {
    if (!isName(raw)) return raw;
    // A title may open the text when the two words after it go on: "Stop The Clock sort le 12".
    if (raw.breakBefore >= 2)
      return [1, 2].every((ahead) => isGoingOn(words[at + ahead])) ? { ...raw, isQuoted: true } : raw;
    const before = words[at - 1];
    const next = words[at + 1];
    const isTitle =
      (next !== undefined && isName(next) && next.breakBefore === 0) ||
      (before !== undefined && isName(before) && before.breakBefore < 2 && raw.breakBefore === 0);
    return { ...raw, isQuoted: raw.isQuoted || isTitle, isNamed: raw.breakBefore === 0 };
  });
}

const contrasts = new Set(['mais', 'but', 'sinon', 'sauf', 'except', 'cependant', 'however']);
/** "non mais", "oh mais" set nothing against anything. */
const interjections = new Set(['non', 'ah', 'oh', 'eh', 'wesh', 'wsh', 'ouais']);
/** What follows is a name: "le clip s'appelle Stop Feu". */
const naming = new Set(
  [
    'appelle',
    'appele',
    'appelait',
    'appellera',
    'appellent',
    'intitule',
    'intitulee',
    'baptise',
    'called',
    'titled',
    'entitled',
    'named',
  ].map(fold),
);
const named = new Set(['se', 'est', 'etait', 'ai', 'sera']);
/** What may follow the "c'" of "c'était": any other word follows a "c'est" left short. */
const afterC = new Set(['est', 'etait', 'etaient', 'etais', 'ete', 'en', 'y', 'a', 'te', 'eut', 'aurait']);

const longestPhrase = 5;

/** What is set aside: phrases, and the words any of them begins or ends with. */
interface Aside {
  readonly phrases: readonly ReadonlySet<string>[];
  readonly edges: ReadonlySet<string>;
}

/** How many words of a phrase set aside begin (`step` 1) or end (−1) at a place. */
function phraseAt(words: readonly string[], at: number, step: 1 | -1, { phrases, edges }: Aside): number {
  if (!edges.has(words[at] ?? '')) return 0;
  for (let size = Math.min(longestPhrase, step === 1 ? words.length - at : at + 1); size >= 1; size -= 1) {
    const from = step === 1 ? at : at - size + 1;
    const part = size === 1 ? (words[from] ?? '') : words.slice(from, from + size).join(' ');
    if (phrases.some((phrase) => phrase.has(part))) return size;
  }
  return 0;
}

/** Where words begin and end without what is set aside; what is nothing else is left whole. */
function strip(words: readonly string[], aside: Aside): { readonly start: number; readonly end: number } {
  let start = 0;
  let end = words.length;
  for (let size = phraseAt(words, 0, 1, aside); size > 0 && start + size < end;) {
    start += size;
    size = phraseAt(words, start, 1, aside);
  }
  for (let size = phraseAt(words, end - 1, -1, aside); size > 0 && end - size > start;) {
    end -= size;
    size = phraseAt(words, end - 1, -1, aside);
  }
  return { start, end };
}

/** Whether the words so far end in one that gives a name. */
function isNaming(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  const before = tokens.at(-2);
  if (last === undefined || before === undefined) return false;
  if (last.isQuoted && before.isQuoted) return true;
  if (last.isQuoted) return naming.has(before.word);
  if (!naming.has(last.word)) return false;
  return last.word.endsWith('d') || named.has(before.word);
}

function clausesOf(words: readonly Raw[], spelling: Spelling): Clause[] {
  const clauses: Clause[] = [];
  let tokens: Token[] = [];
  let isContrast = false;
  const aside = { phrases: [spelling.courtesy, spelling.fillers], edges: spelling.edges };
  const close = (isQuestion: boolean): void => {
    if (tokens.length > 0) {
      const { start, end } = strip(
        tokens.map(({ word }) => word),
        aside,
      );
      clauses.push({ tokens, head: start, tail: end, isQuestion, isContrast });
    }
    tokens = [];
    isContrast = false;
  };
  for (const [at, raw] of words.entries()) {
    if (raw.breakBefore > 0) close(raw.breakBefore === 3);
    if (raw.word === '') continue;
    const { folded, words: meant } = read(raw.word, spelling);
    const isInterjection = tokens.length === 1 && interjections.has(tokens[0]?.word ?? '');
    if (contrasts.has(folded) && tokens.length > 0 && !isInterjection) {
      close(false);
      isContrast = true;
      continue;
    }
    if (contrasts.has(folded) && !isInterjection) isContrast = true;
    const { isNamed } = raw;
    const isQuoted = raw.isQuoted || isNaming(tokens);
    for (const word of meant) tokens.push({ word, isQuoted, isNamed });
    const next = words[at + 1];
    if (folded === 'c' && next && next.word !== '' && next.breakBefore === 0 && !afterC.has(fold(next.word)))
      tokens.push({ word: 'est', isQuoted, isNamed: false });
  }
  close(false);
  return clauses;
}

const thanks = new Set(['merci', 'thanks', 'thank', 'thx', 'ty', 'cheers']);

const longestGlued = 32;
/** No reserved word is longer; "stop stop stop" goes on. */
const longestReserved = 20;

/** All the letters of a short text as one word, unless it is longer than any that is looked for. */
function glue(words: readonly Raw[]): string {
  const letters = words.map(({ word }) => (word.startsWith(':') ? '' : word)).join('');
  return letters.length <= longestReserved || /^s/i.test(letters) ? fold(letters) : '';
}

export function normalise(text: string, spelling: Spelling): Normal {
  const cleaned = clean(text);
  const words = markTitles(rejoin(scan(cleaned), spelling));
  const clauses = clausesOf(words, spelling);
  const all = clauses.flatMap((clause) => clause.tokens.map(({ word }) => word));
  const { start, end } = strip(all, { phrases: [spelling.courtesy], edges: spelling.edges });
  const inner = strip(all, { phrases: [spelling.courtesy, spelling.fillers], edges: spelling.edges });
  const had = start > 0 || end < all.length;
  return {
    clauses,
    bare: all.slice(start, end),
    core: all.slice(inner.start, inner.end),
    glued: text.length <= longestGlued && words.length > 1 ? glue(words) : '',
    hadCourtesy: had,
    beginsWithThanks: thanks.has(all[0] ?? '') && all.length > 1,
    hadThanks: had && all.some((word) => thanks.has(word)),
    hasEmojiOnly: all.length > 0 && all.every((word) => word.startsWith(':')),
    isQuestion: clauses.some(({ isQuestion }) => isQuestion),
    length: all.length,
  };
}
