import { SegmentedMessage } from 'sms-segments-calculator';

export interface SmsLength {
  readonly segments: number;
  readonly encoding: 'gsm' | 'ucs2';
  /** Units of the encoding: two for a GSM extension character, two or more for an emoji. */
  readonly units: number;
  /** Distinct characters that make the whole message UCS-2, in order. */
  readonly costly: readonly string[];
}

/**
 * Characters that stand alone: no mark, joiner, modifier or flag among them makes one of several. Of such a text the
 * calculator's answer is a sum; asking the calculator itself costs more than all the rest of a message.
 */
const loners =
  /^[\n\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\p{Extended_Pictographic}]*$/u;

/** What a text costs by SMS: parts, and the characters that halve each part. The text is counted in NFC. */
export function countSegments(text: string): SmsLength {
  const normal = text.normalize('NFC');
  if (normal === '') return { segments: 1, encoding: 'gsm', units: 0, costly: [] };
  if (loners.test(normal)) return sumOf([...normal]);
  const message = new SegmentedMessage(normal);
  return {
    segments: message.segmentsCount,
    encoding: message.encodingName === 'GSM-7' ? 'gsm' : 'ucs2',
    units: message.numberOfCharacters,
    costly: [...new Set(message.getNonGsmCharacters())],
  };
}

function sumOf(characters: readonly string[]): SmsLength {
  const costly = [...new Set(characters.filter((character) => !isGsm(character)))];
  if (costly.length > 0) {
    const segments = segmentsOf(characters.map(({ length }) => length * 16));
    return { segments, encoding: 'ucs2', units: characters.length, costly };
  }
  const septets = characters.map((character) => (gsmExtension.has(character) ? 2 : 1));
  const segments = segmentsOf(septets.map((count) => count * 7));
  return { segments, encoding: 'gsm', units: septets.reduce((sum, count) => sum + count, 0), costly };
}

/** 140 bytes; each part of several gives six of them to its header. */
const bitsOf = { alone: 1_120, part: 1_072 };

/** No character is split between two parts. */
function segmentsOf(bits: readonly number[]): number {
  if (bits.reduce((sum, size) => sum + size, 0) <= bitsOf.alone) return 1;
  let segments = 1;
  let used = 0;
  for (const size of bits) {
    if (used + size > bitsOf.part) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return segments;
}

/** What GSM-7 says in other words; letters with marks lose them. */
const folds: Readonly<Record<string, string>> = {
  œ: 'oe',
  Œ: 'OE',
  '«': '"',
  '»': '"',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '‚': "'",
  '…': '...',
  '–': '-',
  '—': '-',
  '−': '-',
  '‑': '-',
  '°': 'o',
  '→': '->',
  '←': '<-',
  '•': '-',
  '·': '-',
  '×': 'x',
  '\u00a0': ' ',
  '\u202f': ' ',
  '\u2009': ' ',
  '\t': ' ',
  '\r': '',
  ẞ: 'SS',
};

/** Emoji with their joiners, skin tones and variation selectors, and the space that stood between one and its neighbour. */
const pictures =
  /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\u20e3)+/gu;

/** The GSM-7 alphabet and its extension (3GPP TS 23.038); asking the calculator for each letter would cost too much. */
const gsmExtension = new Set('\f^{}\\[~]|€');
const gsm = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
    'abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€',
);

const isGsm = (character: string): boolean => gsm.has(character);

function foldCharacter(character: string): string {
  if (isGsm(character)) return character;
  const known = folds[character];
  if (known !== undefined) return known;
  const bare = character.normalize('NFKD').replace(/\p{M}/gu, '');
  return bare !== '' && [...bare].every(isGsm) ? bare : '';
}

/** The same text within GSM-7, for a sender with `encoding: gsm`: marks folded, emoji dropped, lines kept. */
export function foldToGsm(text: string): string {
  const plain = text.normalize('NFC').replace(pictures, '\ue000');
  const spaced = plain.replace(/ *\ue000[ \ue000]*/gu, (gap, at: number) =>
    at === 0 || !gap.includes(' ') ? '' : ' ',
  );
  const folded = [...spaced].map(foldCharacter).join('');
  return folded.replace(/^ +| +$/gmu, '').replace(/ {2,}/gu, ' ');
}
