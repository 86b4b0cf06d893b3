import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readFlow, type ReadFlow } from '../core/flow/compile.ts';
import { complaintsOf } from '../core/flow/complaint.ts';
import type { Flow } from '../core/flow/definition.ts';
import { lintFlow, usedKeys, type LintLookups, type LintWords } from '../core/flow/lint.ts';
import { byPlace, isWarning, type Mistake } from '../core/flow/mistake.ts';
import { readYaml, type Positions } from '../core/flow/positions.ts';
import { keywordsShape } from '../core/keywords.ts';
import type { Keywords, Policy } from '../core/library.ts';
import { parsePolicy, PolicyError } from '../core/policy.ts';
import { readSegments } from '../core/segment/book.ts';
import { locales, type Locale } from '../core/vocabulary.ts';
import type { WordResources } from '../core/words.ts';

/** One `flows/<id>.yaml`. */
export interface FlowFile extends ReadFlow {
  readonly id: string;
  readonly file: string;
  readonly source: string;
}

/** A flow file in which nothing is wrong in form. */
export interface ReadyFlowFile extends FlowFile {
  readonly flow: Flow;
}

/** A file of `flows/` that is no flow: `keywords`, `policy`, `segments`. */
export interface OtherFile<T> {
  readonly file: string;
  readonly source: string;
  /** Null where the file is missing or wrong. */
  readonly value: T | null;
}

/** What stands in `flows/` and `locales/`, as read. */
export interface FlowFiles {
  readonly flows: readonly FlowFile[];
  readonly keywords: OtherFile<Keywords>;
  readonly policy: OtherFile<Policy>;
  /** Rules by segment, as written. */
  readonly segments: OtherFile<Readonly<Record<string, unknown>>>;
  /** Words by locale and namespace; `intents` and `ui` are read by those who use them. */
  readonly words: WordResources;
  readonly wordPlaces: LintWords['positions'];
  /** Of form and of sense: with one of these, nothing is published. */
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

/** As read, before the lints. */
type ReadFiles = Omit<FlowFiles, 'mistakes' | 'warnings'>;

/** Files of `flows/` that are no flow; `samples` are facts of the sandbox. */
const notFlows: ReadonlySet<string> = new Set(['keywords', 'policy', 'segments', 'samples']);
const notWords: ReadonlySet<string> = new Set(['intents', 'register', 'ui']);

/** Reads every file of `flows/` and `locales/` from disk. Never throws for what an author wrote. */
export function readFlowFiles(flowsDir: string, localesDir: string): FlowFiles {
  const mistakes: Mistake[] = [];
  const policy = readOther(flowsDir, 'policy', mistakes, policyOf);
  const { stepTimes, late } = policy.value ?? {};
  const flows = namesIn(flowsDir)
    .filter((name) => !notFlows.has(name))
    .map((name): FlowFile => {
      const file = join(flowsDir, `${name}.yaml`);
      const source = readFileSync(file, 'utf8');
      return { id: name, file, source, ...readFlow(source, file, 1, { stepTimes, late }) };
    });
  const words = readWords(localesDir, mistakes);
  mistakes.push(...flows.flatMap((flow) => flow.mistakes));
  const files: ReadFiles = {
    flows,
    policy,
    keywords: readOther(flowsDir, 'keywords', mistakes, shaped(keywordsShape)),
    segments: readOther(flowsDir, 'segments', mistakes, segmentsOf),
    ...words,
  };
  const all = [...mistakes, ...lintFlowFiles(files)].sort(byPlace);
  return { ...files, mistakes: all.filter((one) => !isWarning(one)), warnings: all.filter(isWarning) };
}

/** Those that can run: mistakes of form keep the others out. */
export function readyFlows(files: FlowFiles): readonly ReadyFlowFile[] {
  return files.flows.filter(
    (file): file is ReadyFlowFile => file.flow !== null && file.mistakes.length === 0,
  );
}

type Known = Pick<LintLookups, 'experiments'> & {
  /** What is published now, by flow, for the lints of a publish. */
  readonly previous?: Readonly<Record<string, NonNullable<LintLookups['previous']>>>;
};

/** Every mistake of sense in all flows, with what only a publish knows where it is given. */
export function lintFlowFiles(files: ReadFiles, known: Known = {}): readonly Mistake[] {
  const read = files.flows.flatMap((file) => (file.flow ? [{ ...file, flow: file.flow }] : []));
  const used = new Map(read.map((file) => [file.id, usedKeys(file.flow, file)]));
  const found = read.flatMap((file) =>
    lintFlow(file.flow, file, {
      words: { resources: files.words, positions: files.wordPlaces },
      keywords: files.keywords.value ?? undefined,
      keeps: file.id === receptionId ? ['common'] : [],
      links: Object.keys(files.policy.value?.links ?? {}),
      experiments: known.experiments,
      previous: known.previous?.[file.id],
      usedElsewhere: new Set([...used].flatMap(([id, keys]) => (id === file.id ? [] : [...keys]))),
    }),
  );
  return found.sort(byPlace);
}

/** What no run hears speaks with the words of all. */
const receptionId = 'reception';

const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

type Check<T> = (value: unknown, positions: Positions, mistakes: Mistake[]) => T | null;

function readOther<T>(flowsDir: string, name: string, mistakes: Mistake[], check: Check<T>): OtherFile<T> {
  const file = join(flowsDir, `${name}.yaml`);
  const source = readSource(file);
  if (source === null) {
    const fix = `put ${name}.yaml into ${flowsDir}`;
    mistakes.push({ file, line: 1, column: 1, rule: 'L01', message: 'there is no such file', fix });
    return { file, source: '', value: null };
  }
  const read = readYaml(source, file);
  mistakes.push(...read.mistakes);
  return {
    file,
    source,
    value: read.mistakes.length > 0 ? null : check(read.value, read.positions, mistakes),
  };
}

function readSource(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function shaped<S extends z.ZodObject>(shape: S): Check<z.output<S>> {
  return (value, positions, mistakes) => {
    const parsed = shape.safeParse(value);
    if (parsed.success) return parsed.data;
    mistakes.push(...complaintsOf(parsed.error.issues, positions, Object.keys(shape.shape)));
    return null;
  };
}

const segmentsShape = z.strictObject({
  segments: z.record(z.string(), z.record(z.string(), z.unknown())).superRefine((raw, context) => {
    for (const { path, message } of readSegments(raw).issues)
      context.addIssue({ code: 'custom', path: path.split('.'), message });
  }),
});

const segmentsOf: Check<Readonly<Record<string, unknown>>> = (value, positions, mistakes) =>
  shaped(segmentsShape)(value, positions, mistakes)?.segments ?? null;

const policyOf: Check<Policy> = (value, positions, mistakes) => {
  try {
    return parsePolicy(value);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const { path, message } of error.issues) {
      const place = positions.at(path.split('.'));
      mistakes.push({
        file: positions.file,
        ...place,
        rule: 'L01',
        message: `"${path}": ${message}`,
        fix: 'see lifecycle.md §6–§8',
      });
    }
    return null;
  }
};

function readWords(localesDir: string, mistakes: Mistake[]): Pick<FlowFiles, 'words' | 'wordPlaces'> {
  const places = new Map<string, Positions>();
  const words = Object.fromEntries(
    locales.map((locale) => {
      const folder = join(localesDir, locale);
      const names = namesIn(folder).filter((name) => !notWords.has(name));
      const trees = names.map((name) => {
        const file = join(folder, `${name}.yaml`);
        const read = readYaml(readFileSync(file, 'utf8'), file);
        mistakes.push(...read.mistakes);
        places.set(`${locale}/${name}`, read.positions);
        return [name, read.value ?? {}] as const;
      });
      return [locale, Object.fromEntries(trees)] as const;
    }),
  );
  return {
    words,
    wordPlaces: (locale: Locale, namespace: string) => places.get(`${locale}/${namespace}`) ?? null,
  };
}
