import { createHash } from 'node:crypto';

/**
 * An id that follows from what it names: the same parts always give the same 24 hex characters, so a step taken twice
 * writes the same documents. Core has no randomness of its own.
 */
export function idFrom(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\u001f')).digest('hex').slice(0, 24);
}
