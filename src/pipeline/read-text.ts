import { createReadStream } from 'node:fs';

/** Whether every byte of a file is UTF-8; else it is what Excel writes in Western Europe. */
async function isUtf8(file: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const part of createReadStream(file)) decoder.decode(part as Buffer, { stream: true });
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export interface TextFile {
  readonly encoding: 'utf-8' | 'windows-1252';
  readonly text: AsyncIterable<string>;
}

/** A text file as it streams, in the encoding it is in, without its byte order mark. `onBytes`: how far it was read. */
export async function readText(
  file: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<TextFile> {
  const encoding = (await isUtf8(file)) ? 'utf-8' : 'windows-1252';
  return { encoding, text: decoded(file, encoding, onBytes) };
}

async function* decoded(
  file: string,
  encoding: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  let bytes = 0;
  for await (const part of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    const chunk = part as Buffer;
    bytes += chunk.length;
    onBytes(bytes);
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}
