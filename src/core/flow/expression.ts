import type { Scalar } from '../vocabulary.ts';
import type { Comparison, Condition } from './definition.ts';

/** What a condition may read, as plain records (conversation.md §3). Keys may hold dots and spaces. */
export interface Scope {
  readonly contact: Readonly<Record<string, unknown>>;
  readonly run: Readonly<Record<string, unknown>>;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly event: Readonly<Record<string, unknown>>;
  readonly claim: Readonly<Record<string, unknown>>;
  readonly duty: Readonly<Record<string, unknown>>;
  /** Names of events since J0. */
  readonly seen: Readonly<Record<string, unknown>>;
}

export const scopeRoots = ['contact', 'run', 'answers', 'event', 'claim', 'duty', 'seen'] as const;
export const comparisons = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'has', 'exists'] as const;

/**
 * Whether a condition is true of a scope. Missing equals null, `ne` is true of what is missing, arrays match by any
 * element, nothing is coerced (lifecycle.md §11). No condition is always true.
 */
export function holds(when: Condition | undefined, scope: Scope): boolean {
  if (!when) return true;
  return Object.entries(when).every(([path, test]) => {
    if (path === 'any') return (test as readonly Condition[]).some((one) => holds(one, scope));
    if (path === 'not') return !holds(test as Condition, scope);
    return compares(valueAt(scope, path), test as Scalar | Comparison);
  });
}

/** The value at a dotted path; null where there is none. An event not seen is `false`, so that it can be asked for. */
export function valueAt(scope: Scope, path: string): unknown {
  const found = dig(scope, path);
  if (found === null && path.startsWith('seen.')) return false;
  return found;
}

/** The longest key that fits goes first: `claim` holds keys with dots in them, `seen` keys with spaces. */
function dig(from: unknown, path: string): unknown {
  if (from === null || typeof from !== 'object' || from instanceof Date) return null;
  const record = from as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, path)) return comparable(record[path]);
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(record, head)) return dig(record[head], path.slice(dot + 1));
  }
  return null;
}

/** Instants are compared as ISO texts, the way they are written in a flow. */
const comparable = (value: unknown): unknown =>
  value instanceof Date ? value.toISOString() : (value ?? null);

function compares(value: unknown, test: Scalar | Comparison): boolean {
  if (test === null || typeof test !== 'object') return equals(value, test);
  return Object.entries(test).every(([op, wanted]) =>
    answers(op, value, wanted as Scalar | readonly Scalar[]),
  );
}

function answers(op: string, value: unknown, wanted: Scalar | readonly Scalar[]): boolean {
  switch (op) {
    case 'eq':
      return equals(value, wanted);
    case 'ne':
      return !equals(value, wanted);
    case 'in':
      return list(wanted).some((one) => equals(value, one));
    case 'nin':
      return !list(wanted).some((one) => equals(value, one));
    case 'has':
      return list(wanted).every((one) => Array.isArray(value) && equals(value, one));
    case 'exists':
      return (value !== null) === wanted;
    default:
      return any(value, (one) => ordered(op, one, wanted));
  }
}

const list = (wanted: Scalar | readonly Scalar[]): readonly Scalar[] =>
  Array.isArray(wanted) ? (wanted as readonly Scalar[]) : [wanted as Scalar];

function any(value: unknown, test: (one: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.some((one) => test(comparable(one))) : test(value);
}

function equals(value: unknown, wanted: unknown): boolean {
  return any(value, (one) => normal(one) === normal(wanted));
}

const normal = (value: unknown): unknown => (typeof value === 'string' ? value.normalize('NFC') : value);

function ordered(op: string, value: unknown, wanted: unknown): boolean {
  const isPair =
    (typeof value === 'number' && typeof wanted === 'number') ||
    (typeof value === 'string' && typeof wanted === 'string');
  if (!isPair) return false;
  const [left, right] = [value as number, wanted as number];
  if (op === 'gt') return left > right;
  if (op === 'gte') return left >= right;
  if (op === 'lt') return left < right;
  if (op === 'lte') return left <= right;
  return false;
}
