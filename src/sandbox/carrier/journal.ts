import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** Lines of one kind each, so that several parts of the sandbox keep one file. */
export interface Journal {
  append(kind: string, value: unknown): void;
  /** What an earlier start wrote, in order. */
  replay(kind: string): readonly unknown[];
  clear(): void;
  close(): Promise<void>;
}

export const noJournal: Journal = {
  append: () => undefined,
  replay: () => [],
  clear: () => undefined,
  close: () => Promise.resolve(),
};

/** The lines of the file; a last line torn by a kill is left out. */
function read(file: string): { kind: string; value: unknown }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as { kind: string; value: unknown }];
      } catch {
        return [];
      }
    });
}

/** Opens an append-only file of JSON lines; a second start finds everything the first one wrote. */
export function openJournal(file: string): Journal {
  mkdirSync(dirname(file), { recursive: true });
  const kept = read(file);
  let stream: WriteStream = createWriteStream(file, { flags: 'a' });
  return {
    append: (kind, value) => {
      stream.write(JSON.stringify({ kind, value }) + '\n');
    },
    replay: (kind) => kept.filter((line) => line.kind === kind).map((line) => line.value),
    clear: () => {
      stream.end();
      rmSync(file, { force: true });
      stream = createWriteStream(file, { flags: 'a' });
    },
    close: () => new Promise((done) => stream.end(done)),
  };
}
