import { emoji, fold, plain } from './characters.ts';
import { read, type Reading, type Spelling } from './spelling.ts';

/** A word as it stands in the text. */
export interface Raw {
  readonly reading: Reading;
  readonly isQuoted: boolean;
  /** Written like a name: a capital, and not all of them. */
  readonly isName: boolean;
  /** Like a name after words that are not. */
  readonly isNamed: boolean;
  /** 0 none, 1 comma-like, 2 sentence end, 3 question. */
  readonly breakBefore: number;
}

const letter = /[\p{L}\p{N}]/u;
const space = /\s/;

/** Whether each of the first characters (Latin, accents included) is a letter or a figure. */
const isLatinLetter = Uint8Array.from({ length: 0x180 }, (_, code) =>
  letter.test(String.fromCharCode(code)) ? 1 : 0,
);

const isLetter = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return code < isLatinLetter.length ? isLatinLetter[code] === 1 : letter.test(character);
};
const isSpace = (character: string): boolean =>
  character === ' ' || character === '\n' || (character > '\u007f' && space.test(character));

/** Where the run of Latin letters that begins at `from` ends. */
function endOfLetters(text: string, from: number): number {
  let end = from;
  while (end < text.length && isLatinLetter[text.charCodeAt(end)] === 1) end += 1;
  return end;
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
export function scan(text: string, spelling: Spelling): Raw[] {
  const words: Raw[] = [];
  const isSpecial = special.test(text);
  let closing: string | null = null;
  let pending = 2;
  let word = '';
  let isHead = true;
  const add = (added: string, isQuoted: boolean): void => {
    const reading = read(added, spelling);
    words.push({ reading, isQuoted, isName: reading.isName, isNamed: false, breakBefore: pending });
    pending = 0;
  };
  const flush = (): void => {
    if (word === '') return;
    add(word, closing !== null);
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
    const end = endOfLetters(text, at);
    if (end > at) {
      word += text.slice(at, end);
      at = end;
      continue;
    }
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
  if (!first || !second) return 0;
  // Across a full stop both must be no word: "c'est bon.op".
  const strange = (first.reading.isKnown ? 0 : 1) + (second.reading.isKnown ? 0 : 1);
  if (strange < (second.breakBefore === 0 ? 1 : 2)) return 0;
  const [head, tail] = [first.reading.written, second.reading.written];
  if (head.length < 2 || tail === '' || head.length + tail.length > piecesAtMost) return 0;
  return isWord(head + tail, spelling) ? 2 : 0;
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
    const word = words[next]?.reading.written ?? '';
    const isLast = word.length === 2 && joined.length >= 2;
    if (word.length !== 1 && !isLast) break;
    joined += plain(word);
    if (next > at + 1 && spelled.has(fold(joined))) found = next - at + 1;
    if (isLast) break;
  }
  return found;
}

/** `s.t.o.p`, `S T O P`, `ST OP`: letters or pieces in a row that make a word we know are that word. */
export function rejoin(words: readonly Raw[], spelling: Spelling): readonly Raw[] {
  let out: Raw[] | null = null;
  for (let at = 0; at < words.length; at += 1) {
    const first = words[at];
    if (first === undefined) break;
    const isLetterAlone = first.reading.written.length === 1;
    const count = isLetterAlone ? inLetters(words, at, spelling) : inTwo(words, at, spelling);
    if (count === 0) {
      out?.push(first);
      continue;
    }
    out ??= words.slice(0, at);
    const pieces = words.slice(at, at + count).map(({ reading }) => reading.written);
    out.push({ ...first, reading: read(pieces.join(''), spelling), isName: first.reading.isCapital });
    at += count - 1;
  }
  return out ?? words;
}
