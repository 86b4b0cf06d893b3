/*
 * What a text looks like to the matcher (conversation.md §2.1). The original is kept elsewhere: this form only matches.
 * Every step is a single pass over the text or a lookup in a fixed table: nothing a sender writes becomes an expression.
 */

export interface Token {
  readonly word: string;
  /** Inside quotes, a link, a hashtag or a title: no command. */
  readonly isQuoted: boolean;
}

export interface Clause {
  readonly tokens: readonly Token[];
  /** Ends with a question mark. */
  readonly isQuestion: boolean;
  /** Begins after mais, but, sinon, sauf: the last such clause wins. */
  readonly isContrast: boolean;
}

export interface Normal {
  readonly clauses: readonly Clause[];
  /** All words in order, quotes forgotten, courtesy gone from both ends: what a reserved word is compared with. */
  readonly bare: readonly string[];
  readonly hadCourtesy: boolean;
  /** The courtesy said thanks. */
  readonly hadThanks: boolean;
  readonly hasEmojiOnly: boolean;
  readonly length: number;
}

export interface Spelling {
  readonly textSpeak: ReadonlyMap<string, readonly string[]>;
  readonly courtesy: ReadonlySet<string>;
  /** Words that may come letter by letter: `s.t.o.p`. */
  readonly spelled: ReadonlySet<string>;
}

const lookAlikes: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ѕ: 's',
  т: 't',
  к: 'k',
  м: 'm',
  н: 'h',
  в: 'b',
  ј: 'j',
  һ: 'h',
  ԁ: 'd',
  п: 'n',
  А: 'A',
  В: 'B',
  Е: 'E',
  К: 'K',
  М: 'M',
  Н: 'H',
  О: 'O',
  Р: 'P',
  С: 'C',
  Т: 'T',
  Х: 'X',
  Ѕ: 'S',
  І: 'I',
  Ј: 'J',
  У: 'Y',
  α: 'a',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  ε: 'e',
  ι: 'i',
  ν: 'v',
  υ: 'u',
  χ: 'x',
  κ: 'k',
  ς: 's',
  σ: 'o',
  Α: 'A',
  Β: 'B',
  Ε: 'E',
  Ζ: 'Z',
  Η: 'H',
  Ι: 'I',
  Κ: 'K',
  Μ: 'M',
  Ν: 'N',
  Ο: 'O',
  Ρ: 'P',
  Τ: 'T',
  Υ: 'Y',
  Χ: 'X',
};

const emoji: Readonly<Record<string, string>> = {
  '👍': ':yes',
  '✅': ':yes',
  '🙌': ':yes',
  '👌': ':yes',
  '💯': ':yes',
  '🤝': ':yes',
  '☑': ':yes',
  '✔': ':yes',
  '👎': ':no',
  '❌': ':no',
  '🙅': ':no',
  '✖': ':no',
  '🛑': ':stop',
  '🚫': ':stop',
  '⛔': ':stop',
};

const invisible = /[\p{Cf}\p{Cc}\uFE0E\uFE0F\u034F]/u;
const letter = /[\p{L}\p{N}]/u;
const upper = /\p{Lu}/u;
const opening: Readonly<Record<string, string>> = { '«': '»', '“': '”', '"': '"', '„': '”', '‹': '›' };

/** Longest text that is read: beyond it a text is no command anyway (a carrier's limit is 1,600). */
const mostCharacters = 2_000;

function clean(text: string): string {
  let out = '';
  for (const character of text.slice(0, mostCharacters).normalize('NFKC')) {
    if (character === '\n' || character === '\r' || character === '\t')
      out += character === '\t' ? ' ' : '\n';
    else if (!invisible.test(character)) out += character;
  }
  return out;
}

/** A Cyrillic or Greek letter inside a word that also has Latin ones stands for the Latin one it looks like; so does a whole word of look-alikes. */
function unmask(text: string): string {
  let out = '';
  for (const character of text) out += lookAlikes[character] ?? character;
  return out;
}

const plain = (word: string): string =>
  word.toLowerCase().replaceAll('œ', 'oe').replaceAll('æ', 'ae').normalize('NFD').replace(/\p{M}/gu, '');

const digitLetters: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's' };

/** `ST0P`, `4RRET`: a digit among letters stands for the letter it looks like. */
function unleet(word: string): string {
  if (
    !/[a-z]/.test(word) ||
    !/[01345]/.test(word) ||
    /\d{2}/.test(word) ||
    /^\d+(h|e|k|eme|er|x|st|nd|rd|th|am|pm)$/.test(word)
  )
    return word;
  return word.replaceAll(/[01345]/g, (digit) => digitLetters[digit] ?? digit);
}

/** Three equal letters or more become one: `ouiiii`, `stoppp`. */
function squeeze(word: string): string {
  let out = '';
  for (let at = 0; at < word.length; at += 1) {
    let end = at;
    while (word[end + 1] === word[at]) end += 1;
    out += end - at >= 2 && !/\d/.test(word[at] ?? '') ? (word[at] ?? '') : word.slice(at, end + 1);
    at = end;
  }
  return out;
}

interface Raw {
  readonly word: string;
  readonly isQuoted: boolean;
  readonly isCapital: boolean;
  readonly isUpper: boolean;
  /** 0 none, 1 comma-like, 2 sentence end, 3 question. */
  breakBefore: number;
}

const isLink = (word: string): boolean =>
  /^(https?:\/\/|www\.)/i.test(word) || /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i.test(word) || /^#\p{L}/u.test(word);

/** Words, quotes and breaks of a text, in one walk. */
function scan(text: string): Raw[] {
  const words: Raw[] = [];
  let closing: string | null = null;
  let pending = 2;
  for (const chunk of text.split(/(\s+)/)) {
    if (chunk === '') continue;
    if (/^\s+$/.test(chunk)) {
      if (chunk.includes('\n')) pending = Math.max(pending, 2);
      continue;
    }
    if (isLink(chunk)) {
      words.push({ word: ':link', isQuoted: true, isCapital: false, isUpper: false, breakBefore: pending });
      pending = 0;
      continue;
    }
    let word = '';
    const flush = (): void => {
      if (word === '') return;
      words.push({
        word,
        isQuoted: closing !== null,
        isCapital: upper.test(word[0] ?? ''),
        isUpper: word.length > 1 && word === word.toUpperCase() && letter.test(word),
        breakBefore: pending,
      });
      word = '';
      pending = 0;
    };
    for (const character of chunk) {
      const mark = emoji[character];
      if (mark !== undefined) {
        flush();
        words.push({ word: mark, isQuoted: false, isCapital: false, isUpper: false, breakBefore: pending });
        pending = 0;
      } else if (closing === character) {
        flush();
        closing = null;
      } else if (
        closing === null &&
        opening[character] !== undefined &&
        text.indexOf(opening[character], text.indexOf(character) + 1) > 0
      ) {
        flush();
        closing = opening[character];
      } else if (letter.test(character)) word += character;
      else {
        flush();
        if (character === '?') pending = 3;
        else if (character === '.' || character === '!' || character === ';' || character === '…')
          pending = Math.max(pending, 2);
        else if (character === ',' || character === ':' || character === '(' || character === ')')
          pending = Math.max(pending, 1);
      }
    }
    flush();
  }
  words.push({
    word: '',
    isQuoted: false,
    isCapital: false,
    isUpper: false,
    breakBefore: Math.max(pending, 2),
  });
  return words;
}

/** `s.t.o.p`, `S T O P`: single letters in a row that make a word we know are that word. */
function rejoin(words: readonly Raw[], spelled: ReadonlySet<string>): Raw[] {
  const out: Raw[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const first = words[at];
    if (first === undefined) break;
    let joined = '';
    let best = 0;
    for (let next = at; next < words.length && next < at + 14; next += 1) {
      const word = words[next]?.word ?? '';
      if (word.length !== 1 && !(next > at && word.length <= 2 && joined.length >= 2)) break;
      joined += plain(word);
      if (next > at + 1 && spelled.has(joined)) best = next;
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
function markTitles(words: readonly Raw[]): Raw[] {
  return words.map((raw, at) => {
    const isName = (other: Raw | undefined): boolean =>
      other !== undefined && other.isCapital && !other.isUpper && other.word.length > 1;
    const inside = isName(raw) && raw.breakBefore < 2;
    const isTitle =
      inside &&
      ((isName(words[at + 1]) && (words[at + 1]?.breakBefore ?? 2) === 0) ||
        (raw.breakBefore === 0 && isName(words[at - 1]) && (words[at - 1]?.breakBefore ?? 2) < 2));
    return isTitle ? { ...raw, isQuoted: true } : raw;
  });
}

const contrasts = new Set(['mais', 'but', 'sinon', 'sauf', 'except', 'cependant', 'however']);

function clausesOf(words: readonly Raw[], spelling: Spelling): Clause[] {
  const clauses: Clause[] = [];
  let tokens: Token[] = [];
  let isContrast = false;
  const close = (isQuestion: boolean): void => {
    if (tokens.length > 0) clauses.push({ tokens, isQuestion, isContrast });
    tokens = [];
    isContrast = false;
  };
  for (const raw of words) {
    if (raw.breakBefore > 0) close(raw.breakBefore === 3);
    if (raw.word === '') continue;
    const squeezed = raw.word.startsWith(':') ? raw.word : squeeze(unleet(plain(raw.word)));
    if (contrasts.has(squeezed) && tokens.length > 0) {
      close(false);
      isContrast = true;
      continue;
    }
    if (contrasts.has(squeezed)) isContrast = true;
    for (const word of spelling.textSpeak.get(squeezed) ?? [squeezed])
      tokens.push({ word, isQuoted: raw.isQuoted });
  }
  close(false);
  return clauses;
}

function stripCourtesy(
  words: readonly string[],
  courtesy: ReadonlySet<string>,
): { readonly bare: readonly string[]; readonly had: boolean } {
  const phraseAt = (at: number, step: 1 | -1): number => {
    for (let size = 4; size >= 1; size -= 1) {
      const part = step === 1 ? words.slice(at, at + size) : words.slice(Math.max(0, at - size + 1), at + 1);
      if (part.length === size && courtesy.has(part.join(' '))) return size;
    }
    return 0;
  };
  let start = 0;
  let end = words.length;
  for (let size = phraseAt(start, 1); size > 0 && start + size < end; size = phraseAt(start, 1))
    start += size;
  for (let size = phraseAt(end - 1, -1); size > 0 && end - size > start; size = phraseAt(end - 1, -1))
    end -= size;
  return { bare: words.slice(start, end), had: start > 0 || end < words.length };
}

const thanks = new Set(['merci', 'thanks', 'thx', 'ty', 'cheers']);

export function normalise(text: string, spelling: Spelling): Normal {
  const words = markTitles(
    rejoin(scan(unmask(clean(text)).replaceAll(/[’'`´ʼ‘\-_/]/g, ' ')), spelling.spelled),
  );
  const clauses = clausesOf(words, spelling);
  const all = clauses.flatMap((clause) => clause.tokens.map(({ word }) => word));
  const { bare, had } = stripCourtesy(all, spelling.courtesy);
  return {
    clauses,
    bare,
    hadCourtesy: had,
    hadThanks: had && all.some((word) => thanks.has(word)),
    hasEmojiOnly: all.length > 0 && all.every((word) => word.startsWith(':')),
    length: all.length,
  };
}

/** One word as the lists are compared: lower case, no accents, repeated letters squeezed. */
export const plainWord = (word: string): string => squeeze(plain(word));
