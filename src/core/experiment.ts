import { createHash } from 'node:crypto';

/**
 * Where a contact stands between 0 and 1 for a seed (lifecycle.md §14): never by an address, which changes, and never by
 * chance, which a replay would not repeat.
 */
export function shareOf(seed: string, contactId: string): number {
  const hash = createHash('sha256').update(`${seed}|${contactId}`).digest('hex').slice(0, 13);
  return Number.parseInt(hash, 16) / 2 ** 52;
}
