import { createHash } from 'node:crypto';

/**
 * An id that follows from what it names: the same parts always give the same 24 hex characters, so a step taken twice
 * writes the same documents. Core has no randomness of its own.
 */
export function idFrom(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\u001f')).digest('hex').slice(0, 24);
}

/**
 * Ids of one list in the order of its lines. Neighbours of the list are neighbours in every index that holds them: a million
 * new ones are written at its end, not all over it.
 */
export function idsInOrder(...parts: readonly (string | number)[]): (line: number) => string {
  const head = idFrom(...parts).slice(0, 12);
  return (line) => head + line.toString(16).padStart(12, '0');
}
