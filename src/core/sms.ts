import { SegmentedMessage } from 'sms-segments-calculator';

export interface SmsLength {
  readonly segments: number;
  readonly encoding: 'gsm' | 'ucs2';
  /** Units of the encoding: two for a GSM extension character, two or more for an emoji. */
  readonly units: number;
  /** Distinct characters that make the whole message UCS-2, in order. */
  readonly costly: readonly string[];
}

/** What a text costs by SMS: parts, and the characters that halve each part. The text is counted in NFC. */
export function countSegments(text: string): SmsLength {
  const normal = text.normalize('NFC');
  if (normal === '') return { segments: 1, encoding: 'gsm', units: 0, costly: [] };
  const message = new SegmentedMessage(normal);
  return {
    segments: message.segmentsCount,
    encoding: message.encodingName === 'GSM-7' ? 'gsm' : 'ucs2',
    units: message.numberOfCharacters,
    costly: [...new Set(message.getNonGsmCharacters())],
  };
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
