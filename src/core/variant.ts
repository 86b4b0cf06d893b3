import type { Comparison, Condition } from './flow/definition.ts';
import { holds } from './flow/expression.ts';
import type { KeepScope } from './keep.ts';
import { isLive, staysIn } from './keep.ts';
import { valueAt } from './values.ts';
import type { Scalar } from './vocabulary.ts';

/** A lesser form of a text: said when a fact it leans on fails or a part is dropped (`unless: section.options`), or when a value calls for it (`when`). */
interface Variant {
  readonly unless?: string | readonly string[];
  readonly when?: Readonly<Record<string, Scalar | Comparison>>;
}

export interface ChosenVariant {
  readonly name: string | null;
  /** Claims whose failing this form answers. */
  readonly answers: readonly string[];
}

/** The form the step asks for, else the first of the words that its own condition calls for. */
export function chooseVariant(variants: unknown, asked: string | null, scope: KeepScope): ChosenVariant {
  const all = Object.entries(isRecord(variants) ? variants : {});
  if (asked !== null && all.some(([name]) => name === asked)) return { name: asked, answers: scope.claims };
  for (const [name, variant] of all) {
    const { unless, when } = variant as Variant;
    const failed = unlessOf(unless).filter((path) => !stands(path, scope));
    if (failed.length > 0 || (when && calls(when, scope))) return { name, answers: unlessOf(unless) };
  }
  return { name: null, answers: [] };
}

const stands = (path: string, scope: KeepScope): boolean =>
  path.startsWith('section.') ? staysIn(path.slice('section.'.length), scope) : isLive(path, scope);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const unlessOf = (unless: Variant['unless']): readonly string[] =>
  unless === undefined ? [] : typeof unless === 'string' ? [unless] : unless;

/** The comparisons of a flow's conditions, on what the text prints. */
function calls(when: NonNullable<Variant['when']>, scope: KeepScope): boolean {
  return Object.entries(when).every(([path, test]) => {
    const value = valueAt(scope.values, path, scope.locale);
    return holds({ [`claim.${path}`]: withValues(test, scope) } as Condition, {
      ...nothing,
      claim: { [path]: value },
    });
  });
}

const nothing = { contact: {}, run: {}, answers: {}, event: {}, claim: {}, duty: {}, seen: {} };

const reference = /^\{\{\s*([^{}]+?)\s*\}\}$/u;

/** `gte: "{{programme.minScore}}"` compares with the value at that path. */
function withValues(test: Scalar | Comparison, scope: KeepScope): Scalar | Comparison {
  if (!isRecord(test)) return test as Scalar;
  const filled = ([op, wanted]: [string, unknown]): [string, unknown] => {
    const path = typeof wanted === 'string' ? reference.exec(wanted)?.[1] : undefined;
    return [op, path === undefined ? wanted : valueAt(scope.values, path, scope.locale)];
  };
  return Object.fromEntries(Object.entries(test).map(filled)) as Comparison;
}
