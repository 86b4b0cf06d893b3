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
const isAsciiLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
const isLetter = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return code < 128 ? isAsciiLetter(code) : letter.test(character);
};

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

/** Words, quotes and breaks of a text, in one walk. A last empty word tells how the text ends. */
export function scan(text: string): Raw[] {
  const words: Raw[] = [];
  let closing: string | null = null;
  let pending = 2;
  let word = '';
  const add = (added: string, isQuoted: boolean): void => {
    words.push({
      word: added,
      isQuoted,
      isNamed: false,
      isCapital: upper.test(added),
      isUpper: added.length > 1 && added === added.toUpperCase() && added !== added.toLowerCase(),
      breakBefore: pending,
    });
    pending = 0;
  };
  const flush = (): void => {
    if (word !== '') add(word, closing !== null);
    word = '';
  };
  const chunks = text.split(/(\n)|\s+/).filter(Boolean);
  for (const [at, chunk] of chunks.entries()) {
    if (isLink(chunk) || (isHashtag(chunk) && chunks.length > 1)) {
      add(':link', true);
      continue;
    }
    if (chunk === '+') {
      add('plus', false);
      continue;
    }
    const characters = Array.from(chunk);
    for (const [place, character] of characters.entries()) {
      if (isLetter(character)) {
        word += character;
        continue;
      }
      const sign = signs[character];
      if (
        sign !== undefined &&
        isLetter(characters[place + 1] ?? ' ') &&
        !/\d/.test(characters[place + 1] ?? '')
      ) {
        if (character !== '@' || word !== '') word += sign;
        continue;
      }
      flush();
      const said = emoji[character];
      const end = closings[character];
      if (said !== undefined) add(said, false);
      else if (closing === character) closing = null;
      else if (closing === null && end !== undefined) {
        const isClosed =
          characters.includes(end, place + 1) || chunks.slice(at + 1).some((later) => later.includes(end));
        if (isClosed) closing = end;
      } else pending = Math.max(pending, breaks[character] ?? 0);
    }
    flush();
  }
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
  const whole = fold(first.word + second.word);
  return whole.length >= 4 && spelling.spelled.has(whole) ? 2 : 0;
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
