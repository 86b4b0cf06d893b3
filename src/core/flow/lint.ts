import { readFlow, type CompileOptions, type ReadFlow } from './compile.ts';
import type { Flow } from './definition.ts';
import {
  dearSms,
  deafSender,
  noTemplate,
  noWayOut,
  nothingToType,
  templateVariables,
  whatsappLengths,
  wholeMail,
} from './lint/channel.ts';
import { conditions, experiments, migration } from './lint/conditions.ts';
import type { Lint, LintDesk, LintLookups } from './lint/desk.ts';
import { deadEnd, endlessLoop, unknownTarget, unreachable } from './lint/graph.ts';
import { literalClaim } from './lint/literal.ts';
import {
  beforeAnchor,
  identity,
  ladder,
  noReply,
  opensQuestion,
  order,
  renamed,
  total,
  wayToPerson,
} from './lint/shape.ts';
import {
  bareLink,
  leftToFill,
  mixedRegisters,
  noBreakSpace,
  offerInService,
  swallowedWord,
  unboundClaim,
} from './lint/style.ts';
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
  beforeAnchor, // L07
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
  leftToFill, // L22
  mixedRegisters, // L23
  sharedChoiceWord, // L24
  reservedChoiceWord, // L25
  swallowedWord, // L26
  unboundClaim, // L27
  literalClaim, // L27
  offerInService, // L28
  falseLast, // L29
  noWayOut, // L30
  bareLink, // L31
  deafSender, // L32
  whatsappLengths, // L33
  noTemplate, // L34
  templateVariables, // L35
  dearSms, // L36
  nothingToType, // L37
  wholeMail, // L38
  noBreakSpace, // L39
];

/** Every mistake of a flow that was read, in the order of its lines. */
export function lintFlow(
  flow: Flow,
  { positions, stepPaths }: Pick<ReadFlow, 'positions' | 'stepPaths'>,
  lookups: LintLookups = {},
): readonly Mistake[] {
  const desk: LintDesk = { ...lookups, flow, positions, stepPaths, mistakes: [] };
  for (const lint of lints) lint(desk);
  return desk.mistakes.filter(isFirst).sort(byPlace);
}

/** Words that two channels share by an alias stand in one place, and are told once. */
function isFirst(one: Mistake, n: number, all: readonly Mistake[]): boolean {
  return all.findIndex((other) => byPlace(one, other) === 0) === n;
}

/** What only a publish knows: L17 and L06 against the version that runs now. */
export function lintSuccession(
  flow: Flow,
  { positions, stepPaths }: Pick<ReadFlow, 'positions' | 'stepPaths'>,
  previous: NonNullable<LintLookups['previous']>,
): readonly Mistake[] {
  const desk: LintDesk = { previous, flow, positions, stepPaths, mistakes: [] };
  renamed(desk);
  migration(desk);
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
