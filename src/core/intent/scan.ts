import { emoji, fold, plain } from './characters.ts';
import { read, type Spelling } from './spelling.ts';

/** A word as it stands in the text. */
export interface Raw {
  readonly word: string;
  readonly isQuoted: boolean;
  /** Written like a name after words that are not. */
  readonly isNamed: boolean;
  readonly isCapital: boolean;
  readonly isUpper: boolean;
  /** 0 none, 1 comma-like, 2 sentence end, 3 question. */
  readonly breakBefore: number;
}

const letter = /[\p{L}\p{N}]/u;
const upper = /^\p{Lu}/u;
const space = /\s/;
const isAsciiLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
const isLetter = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return code < 128 ? isAsciiLetter(code) : letter.test(character);
};
const isSpace = (character: string): boolean =>
  character === ' ' || character === '\n' || (character > '\u007f' && space.test(character));

function isCapitalised(word: string): boolean {
  const code = word.charCodeAt(0);
  return code < 128 ? code >= 65 && code <= 90 : upper.test(word);
}

const closings: Readonly<Record<string, string>> = { '«': '»', '“': '”', '"': '"', '„': '”', '‹': '›' };
const breaks: Readonly<Record<string, number>> = {
  '?': 3,
  '.': 2,
  '!': 2,
  ';': 2,
  '…': 2,
  '\n': 2,
  ',': 1,
  '(': 1,
  ')': 1,
};
/** Signs that stand for a letter next to letters: `$top`, `arr@ter`. */
const signs: Readonly<Record<string, string>> = { $: 's', '€': 'e', '@': 'a' };

const isHashtag = (chunk: string): boolean => /^#\p{L}/u.test(chunk);
const isLink = (chunk: string): boolean =>
  /^(https?:\/\/|www\.)/i.test(chunk) || /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i.test(chunk);
/** Texts without any of these hold neither a link nor a hashtag, nor a lone plus: no chunk need be looked at. */
const special = /[#@+/]|www\./i;

/** The word a chunk stands for as a whole, if it does. */
function chunkAs(
  chunk: string,
  isOnly: boolean,
): { readonly word: string; readonly isQuoted: boolean } | null {
  if (chunk === '+') return { word: 'plus', isQuoted: false };
  return isLink(chunk) || (isHashtag(chunk) && !isOnly) ? { word: ':link', isQuoted: true } : null;
}

function endOfChunk(text: string, from: number): number {
  let end = from;
  while (end < text.length && !isSpace(text.charAt(end))) end += 1;
  return end;
}

const characterAt = (text: string, at: number): string => {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff ? String.fromCodePoint(text.codePointAt(at) ?? 0) : text.charAt(at);
};

/** A sign that stands for a letter here: next to a letter, and for `@` between two. */
function letterFor(text: string, at: number, word: string): string | null {
  const sign = signs[text.charAt(at)];
  if (sign === undefined) return null;
  const next = characterAt(text, at + 1);
  if (next === '' || !isLetter(next) || (next >= '0' && next <= '9')) return null;
  return text.charAt(at) === '@' && word === '' ? '' : sign;
}

/** Words, quotes and breaks of a text, in one walk. A last empty word tells how the text ends. */
export function scan(text: string): Raw[] {
  const words: Raw[] = [];
  const isSpecial = special.test(text);
  let closing: string | null = null;
  let pending = 2;
  let word = '';
  let isHead = true;
  const add = (added: string, isQuoted: boolean): void => {
    const isCapital = added !== '' && isCapitalised(added);
    words.push({
      word: added,
      isQuoted,
      isNamed: false,
      isCapital,
      isUpper: isCapital && added.length > 1 && added === added.toUpperCase(),
      breakBefore: pending,
    });
    pending = 0;
  };
  const flush = (): void => {
    if (word !== '') add(word, closing !== null);
    word = '';
  };
  const separate = (character: string, next: number): void => {
    const said = emoji[character];
    const end = closings[character];
    if (said !== undefined) add(said, false);
    else if (closing === character) closing = null;
    else if (closing === null && end !== undefined) {
      if (text.includes(end, next)) closing = end;
    } else pending = Math.max(pending, breaks[character] ?? 0);
  };
  for (let at = 0; at < text.length;) {
    const character = characterAt(text, at);
    if (isSpace(character)) {
      flush();
      if (character === '\n') pending = Math.max(pending, 2);
      isHead = true;
      at += 1;
      continue;
    }
    if (isHead && isSpecial) {
      const end = endOfChunk(text, at);
      const whole = chunkAs(text.slice(at, end), at === 0 && end === text.length);
      if (whole) {
        add(whole.word, whole.isQuoted);
        at = end;
        continue;
      }
    }
    isHead = false;
    if (isLetter(character)) word += character;
    else {
      const meant = letterFor(text, at, word);
      if (meant === null) {
        flush();
        separate(character, at + character.length);
      } else word += meant;
    }
    at += character.length;
  }
  flush();
  add('', false);
  return words;
}

const piecesAtMost = 14;

/** How many words from `at` are one word in two pieces: `ST OP`. */
function inTwo(words: readonly Raw[], at: number, spelling: Spelling): number {
  const first = words[at];
  const second = words[at + 1];
  if (!first || !second || first.word.length < 2 || second.word === '') return 0;
  if (first.word.length + second.word.length > piecesAtMost) return 0;
  const strange = [first, second].filter(({ word }) => !spelling.known.has(read(word, spelling).folded));
  // Across a full stop both must be no word: "c'est bon.op".
  if (strange.length < (second.breakBefore === 0 ? 1 : 2)) return 0;
  return isWord(first.word + second.word, spelling) ? 2 : 0;
}

const mostJoined = 20_000;

/** Whether two pieces make a word that may come in pieces; remembered, it changes nothing but speed. */
function isWord(pieces: string, { joined, spelled }: Spelling): boolean {
  const before = joined.get(pieces);
  if (before !== undefined) return before;
  if (joined.size >= mostJoined) joined.clear();
  const whole = fold(pieces);
  const is = whole.length >= 4 && spelled.has(whole);
  joined.set(pieces, is);
  return is;
}

/** How many words from `at` are the letters of one: `s.t.o.p`, `S T O P`. The longest that makes a word. */
function inLetters(words: readonly Raw[], at: number, { spelled }: Spelling): number {
  let joined = '';
  let found = 0;
  for (let next = at; next < at + piecesAtMost; next += 1) {
    const word = words[next]?.word ?? '';
    const isLast = word.length === 2 && joined.length >= 2;
    if (word.length !== 1 && !isLast) break;
    joined += plain(word);
    if (next > at + 1 && spelled.has(fold(joined))) found = next - at + 1;
    if (isLast) break;
  }
  return found;
}

/** `s.t.o.p`, `S T O P`, `ST OP`: letters or pieces in a row that make a word we know are that word. */
export function rejoin(words: readonly Raw[], spelling: Spelling): Raw[] {
  const out: Raw[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const first = words[at];
    if (first === undefined) break;
    const count = first.word.length === 1 ? inLetters(words, at, spelling) : inTwo(words, at, spelling);
    if (count === 0) {
      out.push(first);
      continue;
    }
    const pieces = words.slice(at, at + count).map(({ word }) => word);
    out.push({ ...first, word: pieces.join(''), isUpper: false });
    at += count - 1;
  }
  return out;
}
