import { readFlow, type CompileOptions, type ReadFlow } from './compile.ts';
import type { Flow } from './definition.ts';
import { conditions, experiments, migration } from './lint/conditions.ts';
import type { Lint, LintDesk, LintLookups } from './lint/desk.ts';
import { deadEnd, endlessLoop, unknownTarget, unreachable } from './lint/graph.ts';
import { identity, ladder, noReply, opensQuestion, order, total, wayToPerson } from './lint/shape.ts';
import {
  falseLast,
  missingEngineWords,
  missingWords,
  placeholders,
  promisedDelay,
  reservedChoiceWord,
  sharedChoiceWord,
  unusedWords,
  usedWords,
} from './lint/words.ts';
import { byPlace, type Mistake } from './mistake.ts';

export type { LintLookups, LintWords } from './lint/desk.ts';

/**
 * Every lint of conversation.md §6 that reads a flow which compiles; L01, L09 and L12 are found while it is read. A new
 * one is a function, a line here, and a file in test/core/flow/broken.
 */
const lints: readonly Lint[] = [
  unknownTarget, // L02
  unreachable, // L03
  deadEnd, // L04
  endlessLoop, // L05
  identity, // L06
  order, // L07
  opensQuestion, // L08
  noReply, // L10
  ladder, // L11
  promisedDelay, // L13
  total, // L14
  conditions, // L15
  experiments, // L16
  migration, // L17
  wayToPerson, // L18
  missingWords, // L19
  missingEngineWords, // L19
  unusedWords, // L20
  placeholders, // L21
  sharedChoiceWord, // L24
  reservedChoiceWord, // L25
  falseLast, // L29
];

/** Every mistake of a flow that was read, in the order of its lines. */
export function lintFlow(
  flow: Flow,
  { positions, stepPaths }: Pick<ReadFlow, 'positions' | 'stepPaths'>,
  lookups: LintLookups = {},
): readonly Mistake[] {
  const desk: LintDesk = { ...lookups, flow, positions, stepPaths, mistakes: [] };
  for (const lint of lints) lint(desk);
  return desk.mistakes.sort(byPlace);
}

/** Words that a flow says, as `<flow>:<key>`. */
export function usedKeys(
  flow: Flow,
  { positions, stepPaths }: Pick<ReadFlow, 'positions' | 'stepPaths'>,
): ReadonlySet<string> {
  const used = usedWords({ flow, positions, stepPaths, mistakes: [] });
  return new Set(used.map(({ namespace, key }) => `${namespace}:${key}`));
}

/** Every mistake of a flow file, of form and of sense. */
export function lintSource(
  source: string,
  file: string,
  lookups: LintLookups = {},
  options: CompileOptions = {},
): readonly Mistake[] {
  const read = readFlow(source, file, 0, options);
  const deeper = read.flow ? lintFlow(read.flow, read, lookups) : [];
  return [...read.mistakes, ...deeper].sort(byPlace);
}
