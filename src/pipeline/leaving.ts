import type { Kept, World } from '../core/decide.ts';
import type { Row } from '../core/row.ts';
import { isTracked } from '../core/track.ts';
import type { Candidate } from './due.ts';

/** A row that its own commit may claim, as dispatch would have found it a moment later. */
export interface LeavingRow {
  readonly row: Row;
  readonly candidate: Candidate;
  /** The thread has other rows that wait. */
  readonly hasMore: boolean;
}

/**
 * The row of a step that a claim would let leave this instant: the only one of its thread that is due. Marketing has a cap
 * to keep, a holdout a ghost to become, a link to be made short, a stopped sender nothing to say: those are the claim's own business.
 */
export function leavingNow(kept: Kept, world: World, now: Date): LeavingRow | null {
  if (kept.isCollecting || kept.refusal || world.rows.length > 0) return null;
  const queued = kept.rows.filter(({ status }) => status === 'queued');
  const [row, ...others] = queued.filter(({ notBefore }) => notBefore <= now);
  if (!row || others.length > 0 || row.class === 'marketing' || row.guard.isHoldout) return null;
  if (row.reason || row.after || row.expiresAt <= now || isTracked(row)) return null;
  if (world.senders.some(({ key, isPaused }) => isPaused && key === row.sender)) return null;
  return { row, candidate: candidateOf(row), hasMore: queued.length > 1 };
}

const candidateOf = (row: Row): Candidate => ({
  rowId: row.id,
  contactId: row.contactId,
  attempt: row.attempt,
  sender: row.sender,
  channel: row.channel,
  class: row.class,
  weight: Math.max(1, row.body.segments ?? 1),
});
