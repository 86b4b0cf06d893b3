import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { compileFlow, isCompiled } from '../core/flow/compile.ts';
import { lintSource, type LintLookups, type LintWords } from '../core/flow/lint.ts';
import { byPlace, type Mistake } from '../core/flow/mistake.ts';
import { readYaml, type Positions } from '../core/flow/positions.ts';
import type { Keywords } from '../core/library.ts';
import type { WordResources } from '../core/words.ts';

/** What may stand under a draft's flow, after `---`. */
interface Beside {
  readonly words?: WordResources;
  readonly keywords?: Keywords;
  readonly links?: readonly string[];
  readonly experiments?: Readonly<Record<string, readonly string[]>>;
  readonly previous?: { readonly flow: unknown; readonly waiting?: Readonly<Record<string, number>> };
}

/**
 * Every mistake of a draft: one file with a flow and, after `---`, its words (`words: { fr: { <flow>: … } }`) and what else it
 * leans on. Whatever it does not bring is not checked; what the engine itself says is read from `localesDir`.
 */
export function lintDraft(file: string, localesDir: string): readonly Mistake[] {
  const whole = readFileSync(file, 'utf8');
  const [source = '', beside] = whole.split(/^---\n/mu);
  if (beside === undefined) return lintSource(source, file, { isDraft: true });
  const padding = '\n'.repeat(source.split('\n').length);
  const { value, positions, mistakes } = readYaml(padding + beside, file);
  if (mistakes.length > 0) return mistakes;
  const lookups = lookupsOf((value ?? {}) as Beside, positions, localesDir);
  return [...lintSource(source, file, lookups)].sort(byPlace);
}

function lookupsOf(
  { words, previous, ...given }: Beside,
  positions: Positions,
  localesDir: string,
): LintLookups {
  return {
    ...given,
    isDraft: true,
    ...(words ? { words: wordsOf(words, positions, localesDir) } : {}),
    ...(previous ? { previous: previousOf(previous) } : {}),
  };
}

function wordsOf(words: WordResources, positions: Positions, localesDir: string): LintWords {
  const common = (locale: string): unknown =>
    readYaml(readFileSync(join(localesDir, locale, 'common.yaml'), 'utf8'), '').value;
  return {
    resources: { fr: { common: common('fr'), ...words.fr }, en: { common: common('en'), ...words.en } },
    positions: (locale, namespace) => under(positions, ['words', locale, namespace]),
  };
}

function previousOf({
  flow,
  waiting = {},
}: NonNullable<Beside['previous']>): NonNullable<LintLookups['previous']> {
  const compiled = compileFlow(stringify(flow), 'the version before', 1);
  if (!isCompiled(compiled)) throw new Error(compiled.mistakes.map(({ message }) => message).join(' · '));
  return { flow: compiled.flow, waiting };
}

/** Positions of a part of a file, by paths that begin at the part. */
function under(positions: Positions, base: readonly string[]): Positions {
  return {
    file: positions.file,
    at: (path) => positions.at([...base, ...path]),
    keyAt: (path) => positions.keyAt([...base, ...path]),
    has: (path) => positions.has([...base, ...path]),
  };
}

/** A flow of its own, as against a folder of them. */
export const isDraftFile = (path: string): boolean => /\.ya?ml$/u.test(basename(path));
