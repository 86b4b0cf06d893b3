import { never } from './draft.ts';
import type { Rule } from './verdict.ts';

/** Words that could not be filled with what is known and true now do not leave. Variants and omitted parts came before. */
export const claims: Rule = (_draft, { unrendered }) => (unrendered ? never('claims', unrendered) : null);
