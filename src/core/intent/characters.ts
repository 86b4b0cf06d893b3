/*
 * Characters as the matcher reads them (conversation.md §2.1, steps 1 to 7): invisible ones gone, look-alikes read as
 * the letter they imitate, case, accents and repeated letters set aside. The lists go through the same function.
 */

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
  П: 'N',
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
  օ: 'o',
  ո: 'n',
  ս: 'u',
  ꓢ: 'S',
  ꓔ: 'T',
  ꓳ: 'O',
  ꓑ: 'P',
  Ꮪ: 'S',
  Ꭲ: 'T',
  Ꮎ: 'O',
  Ꮲ: 'P',
  ᴀ: 'a',
  ʙ: 'b',
  ᴄ: 'c',
  ᴅ: 'd',
  ᴇ: 'e',
  ɪ: 'i',
  ʟ: 'l',
  ᴍ: 'm',
  ɴ: 'n',
  ᴏ: 'o',
  ᴘ: 'p',
  ʀ: 'r',
  ꜱ: 's',
  ᴛ: 't',
  ᴜ: 'u',
  ᴠ: 'v',
};

/** Emoji that say something, as words no text can hold. */
export const emoji: Readonly<Record<string, string>> = {
  '👍': ':yes',
  '✅': ':yes',
  '🙌': ':yes',
  '👌': ':yes',
  '💯': ':yes',
  '🤝': ':yes',
  '☑': ':yes',
  '✔': ':yes',
  '🆗': ':yes',
  '👎': ':no',
  '❌': ':no',
  '🙅': ':no',
  '✖': ':no',
  '🛑': ':stop',
  '🚫': ':stop',
  '⛔': ':stop',
  '😂': ':laugh',
  '🤣': ':laugh',
  '😹': ':laugh',
  '😆': ':laugh',
  '🔥': ':love',
  '😍': ':love',
  '🤩': ':love',
  '🥰': ':love',
  '💪': ':love',
  '🎉': ':love',
  '🥳': ':love',
  '🚀': ':love',
  '❤': ':love',
  '🖤': ':love',
  '💜': ':love',
  '🙏': ':please',
};

/** Letters, accents included, that need no second look; other signs only separate. */
const simple = /^[\x20-\x7e\n\u00c0-\u017f\u2019\u2026\u00ab\u00bb]*$/;
const invisible = /[\p{Cf}\p{Cc}\uFE0E\uFE0F\u034F\u115F\u1160\u3164\uFFA0]/u;
const mark = /\p{M}/u;

/** Longest text that is read: beyond it a text is no command anyway (a carrier's limit is 1,600). */
const mostCharacters = 2_000;

/** Letters in a box, in a circle or as a flag have no plain form in Unicode: A to Z from each of these. */
const boxed: readonly number[] = [0x1f150, 0x1f170, 0x1f1e6];

function readAs(character: string): string {
  const known = lookAlikes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x1f150) return character;
  const base = boxed.find((from) => code >= from && code < from + 26);
  return base === undefined ? character : String.fromCharCode(65 + code - base);
}

/** The text without what cannot be seen, in plain letters where it imitates them. Lines are kept. */
export function clean(text: string): string {
  const head = text.slice(0, mostCharacters);
  if (simple.test(head)) return head;
  let out = '';
  for (const character of head.normalize('NFKC')) {
    if (character === '\n' || character === '\r') out += '\n';
    else if (character === '\t') out += ' ';
    else if (!invisible.test(character) && !mark.test(character)) out += readAs(character);
  }
  return out;
}

/** Small Latin letters, none twice in a row: nothing to change in most words. */
function isEven(word: string): boolean {
  let before = 0;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code === before || code < 97 || code > 122) return false;
    before = code;
  }
  return true;
}

const plainAscii = /^[a-z0-9]*$/;

/** Lower case, no accents. */
export function plain(word: string): string {
  const lower = word.toLowerCase();
  if (isEven(lower) || plainAscii.test(lower)) return lower;
  return lower.replaceAll('œ', 'oe').replaceAll('æ', 'ae').normalize('NFD').replace(/\p{M}/gu, '');
}

const digitLetters: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's' };

/** `ST0P`, `4RRET`: a digit among letters stands for the letter it looks like. */
function unleet(word: string): string {
  if (!/\d/.test(word) || !/[a-z]/.test(word)) return word;
  const isMeasure = /\d{2}/.test(word) || /^\d+(h|e|k|m|min|eme|er|ere|x|st|nd|rd|th|am|pm|j|g)$/.test(word);
  return isMeasure ? word : word.replaceAll(/[01345]/g, (digit) => digitLetters[digit] ?? digit);
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

/** Consonants people write once or twice as it comes: `arette`, `mesages`, `supprimmer`. */
const twins = /([bcflmnprst])\1/g;

/** What is left of a French word before an apostrophe, or of a word said by one letter. */
const elided: ReadonlyMap<string, string> = new Map(
  Object.entries({ d: 'de', j: 'je', l: 'le', m: 'me', n: 'ne', qu: 'que', s: 'se', t: 'te' }),
);

/** One word as the lists are compared: the same for a word of a text and for a word of our own files. */
export function fold(word: string): string {
  const flat = plain(word);
  if (isEven(flat)) return flat.length > 2 ? flat : (elided.get(flat) ?? flat);
  const squeezed = squeeze(unleet(flat));
  const single = squeezed.length >= 5 ? squeezed.replaceAll(twins, '$1') : squeezed;
  return elided.get(single) ?? single;
}
