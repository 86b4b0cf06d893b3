import { sep } from 'node:path';
import { isWarning, printMistake, type Mistake } from '../core/flow/mistake.ts';
import { isDraftFile, lintDraft } from '../store/flow-draft.ts';
import { readFlowFiles } from '../store/flow-files.ts';

export interface Linted {
  /** Warnings included, by file and line. */
  readonly mistakes: readonly Mistake[];
  readonly output: string;
  /** 1 where something must be mended before a publish; warnings alone are 0. */
  readonly exitCode: 0 | 1;
}

/** `mona flows lint FILE`: one draft with its words; `mona flows lint [dir]`: a folder of flows. */
export function lint(path: string, localesDir: string): Linted {
  return isDraftFile(path) ? told(1, lintDraft(path, localesDir)) : lintFlows(path, localesDir);
}

/** `mona flows lint`: a line for each mistake, and how many there are. */
export function lintFlows(flowsDir: string, localesDir: string): Linted {
  const { flows, mistakes, warnings } = readFlowFiles(flowsDir, localesDir);
  return told(flows.length, [...mistakes, ...warnings]);
}

function told(flows: number, all: readonly Mistake[]): Linted {
  const warnings = all.filter(isWarning).length;
  const mistakes = all.length - warnings;
  const sum = `${count(flows, 'flow')}: ${count(mistakes, 'mistake')}, ${count(warnings, 'warning')}`;
  const lines = all.length > 0 ? [printMistakes(all), sum] : [sum];
  return { mistakes: all, output: lines.join('\n'), exitCode: mistakes > 0 ? 1 : 0 };
}

/** `file:line:column rule message — fix`, a line each; files below the folder one stands in by their way from there. */
export function printMistakes(mistakes: readonly Mistake[]): string {
  const here = `${process.cwd()}${sep}`;
  const near = (one: Mistake): Mistake =>
    one.file.startsWith(here) ? { ...one, file: one.file.slice(here.length) } : one;
  return mistakes.map((one) => `${printMistake(near(one))}${isWarning(one) ? ' (warning)' : ''}`).join('\n');
}

const count = (n: number, what: string): string => `${n === 0 ? 'no' : n} ${what}${n === 1 ? '' : 's'}`;
