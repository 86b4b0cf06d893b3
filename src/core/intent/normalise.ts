import { clean, emoji, fold, plain } from './characters.ts';
import { spell, type Spelling } from './spelling.ts';

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
  readonly hadCourtesy: boolean;
  /** The courtesy said thanks. */
  readonly hadThanks: boolean;
  readonly hasEmojiOnly: boolean;
  readonly isQuestion: boolean;
  readonly length: number;
}

interface Raw {
  readonly word: string;
  readonly isQuoted: boolean;
  readonly isCapital: boolean;
  readonly isUpper: boolean;
  /** 0 none, 1 comma-like, 2 sentence end, 3 question. */
  readonly breakBefore: number;
}

const letter = /[\p{L}\p{N}]/u;
const upper = /\p{Lu}/u;
const isAsciiLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
const isLetter = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return code < 128 ? isAsciiLetter(code) : letter.test(character);
};
const isUpperCase = (character: string | undefined): boolean =>
  character !== undefined && upper.test(character);

const closings: Readonly<Record<string, string>> = { '«': '»', '“': '”', '"': '"', '„': '”', '‹': '›' };
const breaks: Readonly<Record<string, number>> = {
  '?': 3,
  '.': 2,
  '!': 2,
  ';': 2,
  '…': 2,
  '\n': 2,
  ',': 1,
  ':': 1,
  '(': 1,
  ')': 1,
};
/** Signs that stand for a letter next to letters: `$top`, `@rret`. */
const signs: Readonly<Record<string, string>> = { $: 's', '€': 'e', '@': 'a' };

const isLink = (word: string): boolean =>
  /^(https?:\/\/|www\.)/i.test(word) || /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i.test(word) || /^#\p{L}/u.test(word);

/** Words, quotes and breaks of a text, in one walk. */
function scan(text: string): Raw[] {
  const words: Raw[] = [];
  let closing: string | null = null;
  let pending = 2;
  let word = '';
  const add = (added: string, isQuoted: boolean): void => {
    words.push({
      word: added,
      isQuoted,
      isCapital: isUpperCase(added[0]),
      isUpper: added.length > 1 && added === added.toUpperCase() && added !== added.toLowerCase(),
      breakBefore: pending,
    });
    pending = 0;
  };
  const flush = (): void => {
    if (word !== '') add(word, closing !== null);
    word = '';
  };
  const lines = text.split(/(\n)/);
  const chunks = lines.flatMap((line) => (line === '\n' ? [line] : line.split(/\s+/)));
  const isAlone = chunks.filter(Boolean).length === 1;
  for (const [at, chunk] of chunks.entries()) {
    if (chunk === '') continue;
    if (!isAlone && isLink(chunk)) {
      add(':link', true);
      continue;
    }
    if (isLink(chunk) && !chunk.startsWith('#')) {
      add(':link', true);
      continue;
    }
    if (chunk === '+') {
      add('plus', false);
      continue;
    }
    const characters = Array.from(chunk);
    for (const [place, character] of characters.entries()) {
      const said = emoji[character];
      if (said !== undefined) {
        flush();
        add(said, false);
      } else if (closing === character) {
        flush();
        closing = null;
      } else if (closing === null && closings[character] !== undefined) {
        flush();
        const end: string = closings[character] ?? '';
        const isClosed =
          characters.includes(end, place + 1) || chunks.slice(at + 1).some((later) => later.includes(end));
        if (isClosed) closing = end;
      } else if (isLetter(character)) word += character;
      else if (signs[character] !== undefined && /\p{L}/u.test(characters[place + 1] ?? '')) {
        if (character !== '@' || word !== '') word += signs[character];
      } else {
        flush();
        pending = Math.max(pending, breaks[character] ?? 0);
      }
    }
    flush();
  }
  add('', false);
  return words;
}

const piecesAtMost = 14;

/** `s.t.o.p`, `S T O P`, `ST OP`: letters or pieces in a row that make a word we know are that word. */
function rejoin(words: readonly Raw[], { spelled, known }: Spelling): Raw[] {
  const out: Raw[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const first = words[at];
    if (first === undefined) break;
    let joined = '';
    let best = 0;
    const second = words[at + 1];
    if (
      first.word.length > 1 &&
      second !== undefined &&
      first.word.length + second.word.length <= piecesAtMost
    ) {
      const whole = fold(first.word + second.word);
      const strange = [first.word, second.word].filter((piece) => piece !== '' && !known.has(fold(piece)));
      if (whole.length >= 4 && spelled.has(whole) && strange.length >= (second.breakBefore === 0 ? 1 : 2))
        best = at + 1;
    }
    for (
      let next = at;
      best === 0 && first.word.length === 1 && next < words.length && next < at + piecesAtMost;
      next += 1
    ) {
      const word = words[next]?.word ?? '';
      if (word.length !== 1 && !(next > at && word.length <= 2 && joined.length >= 2)) break;
      joined += plain(word);
      if (next > at + 1 && spelled.has(fold(joined))) best = next;
    }
    // The longest that makes a word: `d e s i n s c r i r e` holds no shorter one.
    for (let next = best + 1; best > at + 1 && next < words.length && next < at + piecesAtMost; next += 1) {
      const word = words[next]?.word ?? '';
      if (word.length !== 1) break;
      joined += plain(word);
      if (spelled.has(fold(joined))) best = next;
    }
    if (best > 0) {
      const whole = words
        .slice(at, best + 1)
        .map(({ word }) => word)
        .join('');
      out.push({ ...first, word: whole, isUpper: false });
      at = best;
    } else out.push(first);
  }
  return out;
}

/** Two capitalised words in a row, not at the head of a sentence and not shouted, are a title. */
function markTitles(words: readonly Raw[]): (Raw & { readonly isNamed: boolean })[] {
  const isName = (other: Raw | undefined): boolean =>
    other !== undefined && other.isCapital && !other.isUpper && other.word.length > 1;
  const said = words.filter(({ word }) => word.length > 1 && !word.startsWith(':'));
  // Capitals on every word are a way of typing.
  if (said.length > 1 && said.filter(isName).length > said.length * 0.7)
    return words.map((raw) => ({ ...raw, isNamed: false }));
  return words.map((raw, at) => {
    const inside = isName(raw) && raw.breakBefore < 2;
    const isTitle =
      inside &&
      ((isName(words[at + 1]) && (words[at + 1]?.breakBefore ?? 2) === 0) ||
        (raw.breakBefore === 0 && isName(words[at - 1]) && (words[at - 1]?.breakBefore ?? 2) < 2));
    return { ...raw, isQuoted: raw.isQuoted || isTitle, isNamed: inside && raw.breakBefore === 0 };
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

/** How many words of a phrase of the set begin (`step` 1) or end (−1) at a place. */
function phraseAt(
  words: readonly string[],
  at: number,
  step: 1 | -1,
  phrases: readonly ReadonlySet<string>[],
): number {
  for (let size = Math.min(4, step === 1 ? words.length - at : at + 1); size >= 1; size -= 1) {
    const from = step === 1 ? at : at - size + 1;
    const part = size === 1 ? (words[from] ?? '') : words.slice(from, from + size).join(' ');
    if (phrases.some((phrase) => phrase.has(part))) return size;
  }
  return 0;
}

/** Where words begin and end without the phrases of the sets; what is nothing else is left whole. */
function strip(
  words: readonly string[],
  phrases: readonly ReadonlySet<string>[],
): { readonly start: number; readonly end: number } {
  let start = 0;
  let end = words.length;
  for (
    let size = phraseAt(words, start, 1, phrases);
    size > 0 && start + size < end;
    size = phraseAt(words, start, 1, phrases)
  )
    start += size;
  for (
    let size = phraseAt(words, end - 1, -1, phrases);
    size > 0 && end - size > start;
    size = phraseAt(words, end - 1, -1, phrases)
  )
    end -= size;
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

function clausesOf(words: readonly (Raw & { readonly isNamed: boolean })[], spelling: Spelling): Clause[] {
  const clauses: Clause[] = [];
  let tokens: Token[] = [];
  let isContrast = false;
  const aside = [spelling.courtesy, spelling.fillers];
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
    const folded = raw.word.startsWith(':') ? raw.word : fold(raw.word);
    const isInterjection = tokens.length === 1 && interjections.has(tokens[0]?.word ?? '');
    if (contrasts.has(folded) && tokens.length > 0 && !isInterjection) {
      close(false);
      isContrast = true;
      continue;
    }
    if (contrasts.has(folded) && !isInterjection) isContrast = true;
    const { isNamed } = raw;
    const isQuoted = raw.isQuoted || isNaming(tokens);
    for (const word of spell(folded, spelling)) tokens.push({ word, isQuoted, isNamed });
    const next = words[at + 1];
    if (folded === 'c' && next && next.word !== '' && next.breakBefore === 0 && !afterC.has(fold(next.word)))
      tokens.push({ word: 'est', isQuoted, isNamed: false });
  }
  close(false);
  return clauses;
}

const thanks = new Set(['merci', 'thanks', 'thx', 'ty', 'cheers']);

export function normalise(text: string, spelling: Spelling): Normal {
  const words = markTitles(rejoin(scan(clean(text)), spelling));
  const clauses = clausesOf(words, spelling);
  const all = clauses.flatMap((clause) => clause.tokens.map(({ word }) => word));
  const { start, end } = strip(all, [spelling.courtesy]);
  const inner = strip(all, [spelling.courtesy, spelling.fillers]);
  const had = start > 0 || end < all.length;
  return {
    clauses,
    bare: all.slice(start, end),
    core: all.slice(inner.start, inner.end),
    hadCourtesy: had,
    hadThanks: had && all.some((word) => thanks.has(word)),
    hasEmojiOnly: all.length > 0 && all.every((word) => word.startsWith(':')),
    isQuestion: clauses.some(({ isQuestion }) => isQuestion),
    length: all.length,
  };
}
