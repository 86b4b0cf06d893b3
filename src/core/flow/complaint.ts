import type { z } from 'zod';
import type { Mistake } from './mistake.ts';
import type { Positions, SourcePath } from './positions.ts';

type Issue = z.core.$ZodIssue;

/** What zod found wrong, as an author reads it: the place, what stands there, what to write. */
export function complaintsOf(
  issues: readonly Issue[],
  positions: Positions,
  known: readonly string[],
  base: SourcePath = [],
): readonly Mistake[] {
  return issues.flatMap((issue) => complain(issue, positions, known, base));
}

function complain(
  issue: Issue,
  positions: Positions,
  known: readonly string[],
  base: SourcePath,
): readonly Mistake[] {
  const path = [...base, ...issue.path] as SourcePath;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField(key, [...path, key], positions, known));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return complaintsOf(closest(issue.errors), positions, known, path);
  }
  const place = positions.at(path);
  const name = path.at(-1);
  const label = typeof name === 'number' ? `entry ${name + 1}` : (name ?? 'the file');
  if (path.length > 0 && !positions.has(path)) {
    const message = `"${label}" is missing`;
    return [{ file: positions.file, ...place, rule: 'L01', message, fix: `add ${label}: ${wanted(issue)}` }];
  }
  const message = `"${label}" ${sentence(issue)}`;
  return [{ file: positions.file, ...place, rule: 'L01', message, fix: `write ${wanted(issue)}` }];
}

/** Of the ways a value might have been meant, the one whose mistakes lie deepest, or which knows most of the fields. */
function closest(errors: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) =>
    Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 0.5 : 0)));
  return [...errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
}

function unknownField(
  key: string,
  path: SourcePath,
  positions: Positions,
  known: readonly string[],
): Mistake {
  const meant = nearest(key, known);
  return {
    file: positions.file,
    ...positions.keyAt(path),
    rule: 'L01',
    message: `unknown field "${key}"`,
    fix: meant ? `did you mean "${meant}"?` : 'remove it; conversation.md §3 lists the fields',
  };
}

/** The known word that differs least, if it differs little. */
export function nearest(word: string, known: readonly string[]): string | null {
  const close = known
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ distance, candidate }) =>
        distance <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance);
  return close[0]?.candidate ?? null;
}

/** Letters to add, drop, change or swap (Damerau–Levenshtein, adjacent swaps). */
function distanceOf(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) row.push(cell(rows, row, one, other, i, j));
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}

function cell(rows: number[][], row: number[], one: string, other: string, i: number, j: number): number {
  const at = (r: number, c: number): number => (r === i ? row[c] : rows[r]?.[c]) ?? Infinity;
  const isSame = one[i - 1] === other[j - 1];
  const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
  const least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1));
  return isSwap ? Math.min(least, at(i - 2, j - 2) + 1) : least;
}

function sentence(issue: Issue): string {
  if (issue.code === 'custom' || issue.code === 'invalid_format')
    return issue.message.replace(/^Invalid input: /, '');
  if (issue.code === 'invalid_value') return `is none of ${issue.values.map(String).join(', ')}`;
  return `is not right: ${issue.message.replace(/^Invalid input: /, '')}`;
}

const kinds: Readonly<Record<string, string>> = {
  record: 'a map',
  object: 'a map',
  array: 'a list',
  string: 'a text',
};

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? `a ${issue.expected}`;
  if (issue.code === 'custom' || issue.code === 'invalid_format')
    return issue.message.replace(/^is (?:not|no|none of) /, '');
  return 'what conversation.md §3 says of it';
}
