/** Lines with which a mail program begins what it quotes. */
const quoteHeads = [
  /^le .{4,120} a écrit\s*:$/i,
  /^on .{4,120} wrote\s*:$/i,
  /^-{2,}\s*(message d.origine|message original|original message|message transféré|forwarded message)\s*-{2,}$/i,
  /^_{10,}$/,
  /^(de|from)\s*:\s.+@.+$/i,
];

/** Lines with which a signature begins. */
const signatureHeads = [
  /^--\s?$/,
  /^(envoyé|envoyée) (de|depuis) (mon|ma) /i,
  /^sent from my /i,
  /^get outlook for /i,
  /^télécharger outlook pour /i,
];

const isEnd = (line: string): boolean =>
  [...quoteHeads, ...signatureHeads].some((head) => head.test(line.trim()));

/** A quote's head may be broken over two lines by the mail program. */
function endsAt(lines: readonly string[]): number {
  const place = lines.findIndex(
    (line, at) =>
      isEnd(line) ||
      (/^(le|on) /i.test(line.trim()) && isEnd(`${line.trim()} ${(lines[at + 1] ?? '').trim()}`)),
  );
  return place < 0 ? lines.length : place;
}

/** What the person wrote, without what they answer and without their signature (conversation.md, "write down"). */
export function newText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const own = lines.slice(0, endsAt(lines)).filter((line) => !line.startsWith('>'));
  return own.join('\n').trim();
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The text of a mail that has only HTML, quotes left out. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<(style|script|head|blockquote)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<br\s*\/?>|<\/(p|div|tr|li|h\d)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .trim();
}
