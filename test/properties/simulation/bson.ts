/*
 * Values as the database holds and orders them. A document of the twin is frozen: who changes what they read is found out.
 */

export type Value = unknown;
export interface Doc {
  readonly [field: string]: Value;
}

export const isPlain = (value: Value): value is Doc =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** What a write would keep of a value: no undefined field, nothing shared with who wrote it, frozen. */
export function stored<T extends Value>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  // What is frozen came from here.
  if (Object.isFrozen(value)) return value;
  if (value instanceof Date) return Object.freeze(new Date(value.getTime())) as T;
  if (value instanceof RegExp) return value;
  if (Array.isArray(value))
    return Object.freeze(value.map((one: Value) => (one === undefined ? null : stored(one)))) as unknown as T;
  const copy: Draft = {};
  for (const field of Object.keys(value)) {
    const one = (value as Doc)[field];
    if (one !== undefined) copy[field] = stored(one);
  }
  return Object.freeze(copy) as T;
}

function kindOf(value: Value): number {
  if (value === undefined) return 0;
  if (value === null) return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 5;
  if (typeof value === 'boolean') return 7;
  if (value instanceof Date) return 8;
  return 4;
}

export const isSameKind = (one: Value, other: Value): boolean => kindOf(one) === kindOf(other);

const sign = (difference: number): number => Math.sign(difference);

/** The database's order over all kinds of values: absent, null, numbers, strings, documents, arrays, booleans, dates. */
export function compare(one: Value, other: Value): number {
  if (one === other) return 0;
  const kind = kindOf(one);
  if (kind !== kindOf(other)) return sign(kind - kindOf(other));
  switch (kind) {
    case 0:
    case 1:
      return 0;
    case 2:
    case 7:
      return sign(Number(one) - Number(other));
    case 3:
      return one === other ? 0 : (one as string) < (other as string) ? -1 : 1;
    case 8:
      return sign((one as Date).getTime() - (other as Date).getTime());
    case 5:
      return compareLists(one as readonly Value[], other as readonly Value[]);
    default:
      return compareLists(Object.entries(one as Doc).flat(), Object.entries(other as Doc).flat());
  }
}

function compareLists(one: readonly Value[], other: readonly Value[]): number {
  for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
    const order = compare(one[place], other[place]);
    if (order !== 0) return order;
  }
  return sign(one.length - other.length);
}

/** The same as the database tells it: of documents with the fields in the same order. */
export function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime();
  if (Array.isArray(one))
    return (
      Array.isArray(other) && one.length === other.length && one.every((each, n) => isSame(each, other[n]))
    );
  if (Array.isArray(other) || other instanceof Date) return false;
  const fields = Object.keys(one);
  const others = Object.keys(other);
  return (
    fields.length === others.length &&
    fields.every((field, n) => field === others[n] && isSame((one as Doc)[field], (other as Doc)[field]))
  );
}

/** A field by its path as an expression reads it; through an array, the field of each of its documents. */
export function read(value: Value, path: readonly string[], from = 0): Value {
  const field = path[from];
  if (field === undefined) return value;
  if (Array.isArray(value))
    return value.flatMap((one: Value) => {
      const found = read(one, path, from);
      return found === undefined ? [] : [found];
    });
  return isPlain(value) ? read(value[field], path, from + 1) : undefined;
}

/** The same as a filter reads it: every value it may be held against, arrays and what is in them. */
export function candidates(value: Value, path: readonly string[], from = 0): Value[] {
  const field = path[from];
  if (field === undefined) return Array.isArray(value) ? [value, ...(value as Value[])] : [value];
  if (Array.isArray(value)) {
    const place = /^\d+$/.test(field) ? candidates(value[Number(field)], path, from + 1) : [];
    return [...place, ...value.flatMap((one: Value) => (isPlain(one) ? candidates(one, path, from) : []))];
  }
  return isPlain(value) ? candidates(value[field], path, from + 1) : [undefined];
}

/** A document under way: its own fields may be set, what stands in them is whoever's it was. */
export type Draft = Record<string, Value>;

/** Sets a field by its path (`undefined` removes it). */
export function put(doc: Draft, path: readonly string[], value: Value, from = 0): void {
  const field = path[from] ?? '';
  const inner = doc[field];
  let changed = value;
  if (from < path.length - 1) {
    // Nothing is removed from where nothing is.
    if (value === undefined && !isPlain(inner)) return;
    const copy: Draft = isPlain(inner) ? { ...inner } : {};
    put(copy, path, value, from + 1);
    changed = copy;
  }
  if (changed === undefined) Reflect.deleteProperty(doc, field);
  else doc[field] = changed;
}
