/**
 * Remembers what a pure function answered, by a text that says all it was asked; forgets everything once it remembers too
 * much. For what many people's decisions ask alike: the words of a flow, the parts of a text.
 */
export function remembered<T>(most: number, make: (asked: string) => T): (asked: string) => T {
  const known = new Map<string, T>();
  return (asked) => {
    const found = known.get(asked);
    if (found !== undefined || known.has(asked)) return found as T;
    const made = make(asked);
    if (known.size >= most) known.clear();
    known.set(asked, made);
    return made;
  };
}
