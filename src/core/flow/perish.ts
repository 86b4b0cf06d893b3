import type { RunState } from '../run.ts';
import type { Step } from './definition.ts';
import { valueAt, type Scope } from './expression.ts';

/** The last instant at which a text is true: so long before a dated fact, or before the J0 of its run. Null where none says. */
export function perishAt(
  { path, beforeMs }: NonNullable<Step['perishable']>,
  scope: Scope,
  run: Pick<RunState, 'anchorAt'> | null,
): Date | null {
  const value = path === 'J0' ? run?.anchorAt.toISOString() : valueAt(scope, `claim.${path}`);
  const at = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? null : new Date(at - beforeMs);
}
