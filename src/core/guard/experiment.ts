import type { Rule } from './verdict.ts';

/**
 * Arms and holdouts are marked where the row is made and exposure is logged with it; nothing is stopped here, so that
 * both arms, and the ghosts, pass the same rules after it (lifecycle.md §14).
 */
export const experiment: Rule = () => null;
