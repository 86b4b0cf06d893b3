import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** Lines of one kind each, so that several parts of the sandbox keep one file. */
export interface Journal {
  append(kind: string, value: unknown): void;
  /** What an earlier start wrote, in order. */
  replay(kind: string): readonly unknown[];
  clear(): void;
  close(): void;
}

export const noJournal: Journal = {
  append: () => undefined,
  replay: () => [],
  clear: () => undefined,
  close: () => undefined,
};

/** The lines of the file; a last line torn by a kill is left out. */
function read(file: string): { kind: string; value: unknown }[] {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return [];
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

/**
 * Opens an append-only file of JSON lines; a second start finds everything the first one wrote. Lines that the disk does not
 * take are kept, said once, and written with the next one it takes.
 */
export function openJournal(file: string, log: Log): Journal {
  mkdirSync(dirname(file), { recursive: true });
  const kept = read(file);
  let target = openSync(file, 'a');
  let unwritten = Buffer.alloc(0);
  let isFailing = false;

  function write(lines: string): void {
    unwritten = Buffer.concat([unwritten, Buffer.from(lines)]);
    try {
      while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(target, unwritten));
      isFailing = false;
    } catch (error) {
      if (!isFailing)
        log.error({ reason: messageOf(error) }, "the sandbox's journal waits: the disk does not take it");
      isFailing = true;
    }
  }

  return {
    append: (kind, value) => {
      write(JSON.stringify({ kind, value }) + '\n');
    },
    replay: (kind) => kept.filter((line) => line.kind === kind).map((line) => line.value),
    clear: () => {
      closeSync(target);
      rmSync(file, { force: true });
      unwritten = Buffer.alloc(0);
      target = openSync(file, 'a');
    },
    close: () => {
      closeSync(target);
    },
  };
}
