/** GSM 03.38: the characters a text message holds 160 of. The extended ones take two places. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extended = '^{}\\[~]|€\f';

const places = new Map<string, number>([...basic].map((char) => [char, 1]));
for (const char of extended) places.set(char, 2);

export interface SmsLength {
  readonly characters: number;
  readonly segments: number;
  readonly encoding: 'gsm' | 'ucs2';
  /** The first character that makes the whole text UCS-2. */
  readonly culprit: string | null;
}

const segmentsOf = (units: number, whole: number, part: number): number =>
  units === 0 ? 0 : units <= whole ? 1 : Math.ceil(units / part);

/** Characters and segments of a text message, and what makes it cost more (facts/twilio-and-whatsapp.md). */
export function smsLength(text: string): SmsLength {
  const characters = [...text];
  const culprit = characters.find((char) => !places.has(char)) ?? null;
  if (culprit !== null) {
    return {
      characters: characters.length,
      segments: segmentsOf(text.length, 70, 67),
      encoding: 'ucs2',
      culprit,
    };
  }
  const units = characters.reduce((sum, char) => sum + (places.get(char) ?? 1), 0);
  return {
    characters: characters.length,
    segments: segmentsOf(units, 160, 153),
    encoding: 'gsm',
    culprit: null,
  };
}
