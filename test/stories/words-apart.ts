/** Two texts with what only one of them says in brackets; null where they are the same, trailing line ends apart. */
export function wordsApart(wanted: string, said: string): { readonly wanted: string; readonly said: string } | null {
  if (wanted.trimEnd() === said.trimEnd()) return null;
  const [one, other] = [tokensOf(wanted.trimEnd()), tokensOf(said.trimEnd())];
  const common = commonOf(one, other);
  return { wanted: marked(one, new Set(common.map(([at]) => at))), said: marked(other, new Set(common.map(([, at]) => at))) };
}

const tokensOf = (text: string): readonly string[] => text.replaceAll('\n', ' ↵ ').split(/\s+/u);

/** Longest common run of tokens, as pairs of places. */
function commonOf(one: readonly string[], other: readonly string[]): readonly (readonly [number, number])[] {
  const longest = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = one.length - 1; i >= 0; i -= 1)
    for (let j = other.length - 1; j >= 0; j -= 1) (longest[i] ?? [])[j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

/** What stands alone in brackets, the rest as it is; a long stretch that is the same is cut. */
function marked(tokens: readonly string[], same: ReadonlySet<number>): string {
  const parts: { readonly isSame: boolean; text: string }[] = [];
  tokens.forEach((token, at) => {
    const last = parts.at(-1);
    if (last?.isSame === same.has(at)) last.text += ` ${token}`;
    else parts.push({ isSame: same.has(at), text: token });
  });
  return parts.map(({ isSame, text }, at) => (isSame ? cut(text, at === 0, at === parts.length - 1) : `[${text}]`)).join(' ');
}

const around = 40;

function cut(text: string, isFirst: boolean, isLast: boolean): string {
  if (text.length <= 2 * around) return text;
  if (isFirst) return `…${text.slice(-around)}`;
  return isLast ? `${text.slice(0, around)}…` : `${text.slice(0, around)} … ${text.slice(-around)}`;
}
