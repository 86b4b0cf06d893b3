import { createWriteStream, existsSync, rmSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';

/** The rows of a CSV that were not taken, beside it. */
export interface RefusedFile {
  readonly path: string;
  write(row: string): void;
  close(): Promise<void>;
}

/** `FILE.refused.csv`: made by its first row, so that none is left where nothing was refused; a resumed import adds to its own. */
export function openRefused(file: string, heading: string, isResumed = false): RefusedFile {
  const path = `${file}.refused.csv`;
  if (!isResumed) rmSync(path, { force: true });
  let stream: WriteStream | null = null;
  const begin = (): WriteStream => {
    const isNew = !existsSync(path);
    const begun = createWriteStream(path, { flags: 'a' });
    if (isNew) begun.write(`${heading}\n`);
    return begun;
  };
  return {
    path,
    write(row) {
      stream ??= begin();
      stream.write(`${row}\n`);
    },
    async close() {
      if (!stream) return;
      stream.end();
      await once(stream, 'finish');
    },
  };
}
