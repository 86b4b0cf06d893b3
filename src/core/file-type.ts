/** What we know how to show: names of kinds of content, with the ending a file of that kind gets. */
export const endings = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'audio/wav': 'wav',
  'video/mp4': 'mp4',
  'video/3gpp': '3gp',
  'application/pdf': 'pdf',
} as const;

export type FileType = keyof typeof endings;

/** Of these, what a coach may send: the kinds that every carrier takes. */
const sendable: ReadonlySet<FileType> = new Set([
  'image/jpeg',
  'image/png',
  'audio/mpeg',
  'audio/ogg',
  'audio/mp4',
  'audio/amr',
  'application/pdf',
]);

export const maySendType = (type: FileType | null): type is FileType => type !== null && sendable.has(type);

/** `text` at the beginning of a file, or from `at` on. */
function says(bytes: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((letter, place) => bytes[at + place] === letter.charCodeAt(0));
}

/** The boxes of MPEG-4 name who wrote them: a voice note, an old phone, or any film. */
function boxed(bytes: Uint8Array): FileType | null {
  if (!says(bytes, 'ftyp', 4)) return null;
  if (says(bytes, 'M4A', 8)) return 'audio/mp4';
  return says(bytes, '3g', 8) ? 'video/3gpp' : 'video/mp4';
}

/** Sound without a head of its own begins with eleven bits set; the layer tells MP3 from AAC. */
function streamed([first = 0, second = 0]: Uint8Array): FileType | null {
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return null;
  if ((second & 0xf6) === 0xf0) return 'audio/aac';
  return (second & 0x06) === 0 ? null : 'audio/mpeg';
}

/**
 * What a file is by its first bytes, whatever its name or its sender says (inbox.md §8); null for what we do not show.
 * What a browser might run (HTML, SVG, scripts) has no kind here.
 */
export function fileTypeOf(bytes: Uint8Array): FileType | null {
  if (says(bytes, '\u00ff\u00d8\u00ff')) return 'image/jpeg';
  if (says(bytes, '\u0089PNG\r\n\u001a\n')) return 'image/png';
  if (says(bytes, 'GIF8')) return 'image/gif';
  if (says(bytes, '%PDF-')) return 'application/pdf';
  if (says(bytes, 'OggS')) return 'audio/ogg';
  if (says(bytes, 'ID3')) return 'audio/mpeg';
  if (says(bytes, '#!AMR')) return 'audio/amr';
  if (says(bytes, 'RIFF') && says(bytes, 'WEBP', 8)) return 'image/webp';
  if (says(bytes, 'RIFF') && says(bytes, 'WAVE', 8)) return 'audio/wav';
  return boxed(bytes) ?? streamed(bytes);
}
