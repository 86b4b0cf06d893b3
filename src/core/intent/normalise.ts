import { clean, fold } from './characters.ts';
import type { Lexeme } from './pattern.ts';
import { rejoin, scan, type Raw } from './scan.ts';
import type { Aside, Spelling } from './spelling.ts';

/*
 * What a text looks like to the matcher (conversation.md §2.1). The original is kept elsewhere: this form only matches.
 * Every step is a single pass over the text or a lookup in a fixed table: nothing a sender writes becomes an expression.
 */

export interface Token {
  readonly word: string;
  readonly lexeme: Lexeme;
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
  readonly beginsWithGreeting: boolean;
  readonly hasEmojiOnly: boolean;
  readonly isQuestion: boolean;
  readonly length: number;
}

/** Capitals on more of the words than this are a way of typing. */
const mostNames = 0.7;

const isGoingOn = (raw: Raw | undefined): boolean => raw !== undefined && raw.isName && raw.breakBefore === 0;

/** Two capitalised words in a row, not at the head of a sentence and not shouted, are a title. */
function markTitles(words: readonly Raw[]): readonly Raw[] {
  if (!words.some(({ breakBefore, isName }) => isName && breakBefore < 2)) return words;
  const said = words.filter(({ reading: { written } }) => written.length > 1 && !written.startsWith(':'));
  if (said.length > 1 && said.filter(({ isName }) => isName).length > said.length * mostNames) return words;
  return words.map((raw, at) => {
    if (!raw.isName) return raw;
    // A title may open the text when the two words after it go on: "Stop The Clock sort le 12".
    if (raw.breakBefore >= 2)
      return [1, 2].every((ahead) => isGoingOn(words[at + ahead])) ? { ...raw, isQuoted: true } : raw;
    const before = words[at - 1];
    const isTitle =
      isGoingOn(words[at + 1]) ||
      (before !== undefined && before.isName && before.breakBefore < 2 && raw.breakBefore === 0);
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

function isAt(phrase: readonly string[], words: readonly Token[], from: number): boolean {
  if (from < 0 || from + phrase.length > words.length) return false;
  for (let at = 0; at < phrase.length; at += 1) if (words[from + at]?.word !== phrase[at]) return false;
  return true;
}

/** How many words of a phrase set aside begin at a place. */
function phraseFrom(words: readonly Token[], at: number, { from }: Aside): number {
  const phrases = from.get(words[at]?.word ?? '');
  if (phrases === undefined) return 0;
  for (const phrase of phrases) if (isAt(phrase, words, at)) return phrase.length;
  return 0;
}

/** How many words of a phrase set aside end at a place. */
function phraseTo(words: readonly Token[], at: number, { to }: Aside): number {
  const phrases = to.get(words[at]?.word ?? '');
  if (phrases === undefined) return 0;
  for (const phrase of phrases) if (isAt(phrase, words, at - phrase.length + 1)) return phrase.length;
  return 0;
}

function wordsOf(tokens: readonly Token[], start: number, end: number): string[] {
  const words: string[] = [];
  for (let at = start; at < end; at += 1) words.push(tokens[at]?.word ?? '');
  return words;
}

/** Where words begin and end without what is set aside; what is nothing else is left whole. */
function strip(words: readonly Token[], aside: Aside): { readonly start: number; readonly end: number } {
  let start = 0;
  let end = words.length;
  for (let size = phraseFrom(words, 0, aside); size > 0 && start + size < end;) {
    start += size;
    size = phraseFrom(words, start, aside);
  }
  for (let size = phraseTo(words, end - 1, aside); size > 0 && end - size > start;) {
    end -= size;
    size = phraseTo(words, end - 1, aside);
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
  const close = (isQuestion: boolean): void => {
    if (tokens.length > 0) {
      const { start, end } = strip(tokens, spelling.aside);
      clauses.push({ tokens, head: start, tail: end, isQuestion, isContrast });
      tokens = [];
    }
    isContrast = false;
  };
  for (let at = 0; at < words.length; at += 1) {
    const raw = words[at];
    if (raw === undefined) break;
    const { reading, isNamed } = raw;
    if (raw.breakBefore > 0) close(raw.breakBefore === 3);
    if (reading.written === '') continue;
    if (contrasts.has(reading.folded)) {
      const isInterjection = tokens.length === 1 && interjections.has(tokens[0]?.word ?? '');
      if (tokens.length > 0 && !isInterjection) {
        close(false);
        isContrast = true;
        continue;
      }
      if (!isInterjection) isContrast = true;
    }
    const isQuoted = raw.isQuoted || isNaming(tokens);
    for (const lexeme of reading.lexemes) tokens.push({ word: lexeme.word, lexeme, isQuoted, isNamed });
    if (reading.folded === 'c' && isLeftShort(words[at + 1])) {
      const lexeme = spelling.lexicon('est');
      tokens.push({ word: lexeme.word, lexeme, isQuoted, isNamed: false });
    }
  }
  close(false);
  return clauses;
}

/** Whether what follows a "c" shows that "c'est" was meant. */
const isLeftShort = (next: Raw | undefined): boolean =>
  next !== undefined &&
  next.reading.written !== '' &&
  next.breakBefore === 0 &&
  !afterC.has(next.reading.folded);

const thanks = new Set(['merci', 'thanks', 'thank', 'thx', 'ty', 'cheers']);

/** How a message begins that greets. */
export const greetings: ReadonlySet<string> = new Set(
  [
    'salut',
    'bonjour',
    'bonsoir',
    'coucou',
    'cc',
    'slt',
    'bjr',
    'bsr',
    'hi',
    'hello',
    'hey',
    'yo',
    'wesh',
  ].map(fold),
);

const longestGlued = 32;
/** No reserved word is longer; "stop stop stop" goes on. */
const longestReserved = 20;

/** a to z, in either case. */
const isPlain = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;

/** Whether letters may be one of the words that come in pieces: these begin and end with the same ones, where they are plain. */
function mayBeGlued(letters: string, { edges }: Spelling): boolean {
  const end = letters.length - 1;
  if (!isPlain(letters.charCodeAt(0)) || !isPlain(letters.charCodeAt(end))) return true;
  return edges.has((letters.charAt(0) + letters.charAt(end)).toLowerCase());
}

/** All the letters of a short text as one word, unless it is longer than any that is looked for, or laughed at. */
function glue(words: readonly Raw[], spelling: Spelling): string {
  let letters = '';
  for (const { reading } of words) {
    if (reading.written === ':laugh') return '';
    if (!reading.written.startsWith(':')) letters += reading.written;
  }
  if (letters.length > longestReserved && !/^s/i.test(letters)) return '';
  return mayBeGlued(letters, spelling) ? fold(letters) : '';
}

export function normalise(text: string, spelling: Spelling): Normal {
  const words = markTitles(rejoin(scan(clean(text), spelling), spelling));
  const clauses = clausesOf(words, spelling);
  const [only, second] = clauses;
  const all = only && !second ? only.tokens : clauses.flatMap(({ tokens }) => tokens);
  const { start, end } = strip(all, spelling.courtesy);
  const inner = only && !second ? { start: only.head, end: only.tail } : strip(all, spelling.aside);
  const had = start > 0 || end < all.length;
  return {
    clauses,
    bare: wordsOf(all, start, end),
    core: wordsOf(all, inner.start, inner.end),
    glued: text.length <= longestGlued && words.length > 1 ? glue(words, spelling) : '',
    hadCourtesy: had,
    beginsWithGreeting: all.length > 1 && greetings.has(all[0]?.word ?? ''),
    beginsWithThanks: all.length > 1 && thanks.has(all[0]?.word ?? ''),
    hadThanks: had && all.some(({ word }) => thanks.has(word)),
    hasEmojiOnly: all.length > 0 && all.every(({ word }) => word.startsWith(':')),
    isQuestion: clauses.some(({ isQuestion }) => isQuestion),
    length: all.length,
  };
}
