const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extended = new Set('\f^{}\\[~]|€');

/** Parts of a text whose characters cost `sizes` units each; a character is never cut in two. */
function parts(sizes: readonly number[], alone: number, joined: number): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= alone) return 1;
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > joined) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return count;
}

/** Segments a carrier bills for a text: GSM-7 160 / 153, UCS-2 70 / 67 (twilio-and-whatsapp.md §11). Empty is one. */
export function countSegments(text: string): number {
  const characters = [...text];
  const isGsm = characters.every((character) => basic.has(character) || extended.has(character));
  if (isGsm)
    return parts(
      characters.map((character) => (extended.has(character) ? 2 : 1)),
      160,
      153,
    );
  return parts(
    characters.map((character) => character.length),
    70,
    67,
  );
}
