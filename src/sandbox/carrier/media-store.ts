import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes of media, by their sid; on a disk, a second start finds them. */
export interface MediaStore {
  put(sid: string, bytes: Uint8Array): void;
  find(sid: string): Uint8Array | null;
  drop(sid: string): void;
  clear(): void;
}

function inMemory(): MediaStore {
  const kept = new Map<string, Uint8Array>();
  return {
    put: (sid, bytes) => void kept.set(sid, bytes),
    find: (sid) => kept.get(sid) ?? null,
    drop: (sid) => void kept.delete(sid),
    clear: () => {
      kept.clear();
    },
  };
}

function onDisk(folder: string): MediaStore {
  mkdirSync(folder, { recursive: true });
  const names = new Set(readdirSync(folder));
  const drop = (sid: string): void => {
    names.delete(sid);
    rmSync(join(folder, sid), { force: true });
  };
  return {
    put: (sid, bytes) => {
      writeFileSync(join(folder, sid), bytes);
      names.add(sid);
    },
    // Only what was put here is read: a sid from outside names no other file.
    find: (sid) => (names.has(sid) ? readFileSync(join(folder, sid)) : null),
    drop,
    clear: () => {
      for (const sid of names) drop(sid);
    },
  };
}

export const createMediaStore = (folder: string | null): MediaStore =>
  folder === null ? inMemory() : onDisk(folder);
