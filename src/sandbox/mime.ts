/** The parts of a mail that the mailbox shows. */
export interface Parsed {
  /** Names in lower case; a header that comes twice keeps its first value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
  readonly html: string | null;
}

function splitHead(raw: string): { head: string; body: string } {
  const cut = raw.search(/\r?\n\r?\n/);
  if (cut < 0) return { head: raw, body: '' };
  return { head: raw.slice(0, cut), body: raw.slice(cut).replace(/^\r?\n\r?\n/, '') };
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

function quotedPrintable(text: string): Buffer {
  const joined = text.replace(/=\r?\n/g, '');
  return bytesOf(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

/** "=?UTF-8?Q?L=C3=A9a?=" → "Léa" (RFC 2047). */
function decodeWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      (kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64')
        : quotedPrintable(text.replaceAll('_', ' '))
      ).toString('utf8'),
    );
}

function readHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const cut = line.indexOf(':');
    if (cut > 0) headers[line.slice(0, cut).toLowerCase()] ??= decodeWords(line.slice(cut + 1).trim());
  }
  return headers;
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return (encoding === 'quoted-printable' ? quotedPrintable(body) : bytesOf(body)).toString('utf8');
}

/** Reads a message as it goes over the wire, given as latin1 so that no byte is lost. Parts it does not show are left out. */
export function parseMime(raw: string): Parsed {
  const { head, body } = splitHead(raw);
  const headers = readHeaders(head);
  const type = headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (type.startsWith('multipart/') && boundary) {
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => parseMime(part.replace(/^\r?\n/, '')));
    const first = (kind: 'text' | 'html'): string | null =>
      parts.map((part) => part[kind]).find((found) => found !== null) ?? null;
    return { headers, text: first('text'), html: first('html') };
  }
  const content = decodeBody(body, (headers['content-transfer-encoding'] ?? '').toLowerCase())
    .replace(/\r\n/g, '\n')
    .trimEnd();
  return {
    headers,
    text: type.startsWith('text/plain') ? content : null,
    html: type.startsWith('text/html') ? content : null,
  };
}
