const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);

/**
 * Dotted paths as `$set` takes them: `{'mona.score': 70}` stays where `mona` is an object, and becomes
 * `{mona: {score: 70}}` where it is null, which the database would refuse to enter.
 */
export function nested(set: Readonly<Record<string, unknown>>, base: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    const parts = path.split('.');
    const depth = enterable(parts, base);
    place(out, [parts.slice(0, depth).join('.'), ...parts.slice(depth)], value);
  }
  return out;
}

/** How many parts of a path the database can follow before it must make something. */
function enterable(parts: readonly string[], base: object): number {
  let here: unknown = base;
  for (let depth = 1; depth < parts.length; depth += 1) {
    here = isRecord(here) ? here[parts[depth - 1] ?? ''] : undefined;
    if (!isRecord(here)) return depth;
  }
  return parts.length;
}

function place(into: Record<string, unknown>, [head = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[head] = value;
    return;
  }
  const inner = into[head];
  const next: Record<string, unknown> = isRecord(inner) ? inner : {};
  into[head] = next;
  place(next, rest, value);
}
