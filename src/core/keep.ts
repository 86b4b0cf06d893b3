import type { Values } from './values.ts';
import { factAt, isClaimPath, printed } from './values.ts';
import type { Locale } from './vocabulary.ts';
import { placeholdersOf } from './words.ts';

/** Why a text may not leave. */
export type Unrendered = {
  readonly missing: 'words_missing' | 'missing_field' | 'claim_unbound' | 'render';
  readonly what: string;
};

export const isUnrendered = (value: unknown): value is Unrendered =>
  typeof value === 'object' && value !== null && 'missing' in value && 'what' in value;

export interface KeepScope {
  readonly values: Values;
  readonly locale: Locale;
  /** Policy of each placeholder, by path or by the beginning of one. */
  readonly fields: Readonly<Record<string, 'required' | 'fallback' | 'omit'>>;
  /** Declared by the step; a missing one that nothing prints holds the text back. */
  readonly claims: readonly string[];
  /** Parts that stay; undefined = all. */
  readonly sections: readonly string[] | undefined;
  /** What a button of a mail leans on: its label, its link. */
  readonly buttonTexts: (id: string) => readonly string[];
  /** Word said in place of a missing value, by path. */
  readonly fallbackOf: (path: string) => string | null;
}

type Fate = { readonly is: 'there' } | { readonly is: 'omitted' } | Unrendered;

const fine: Fate = { is: 'there' };
const omitted: Fate = { is: 'omitted' };

/** Paths that are no values: parts of a mail, and the two guards of a line. */
const isMark = (path: string): boolean => /^(?:section|if|unless)\./u.test(path);
const buttonRoot = 'button.';

/** What becomes of a placeholder: it stands, takes its place with it, or holds the whole text back. */
function fateOf(path: string, scope: KeepScope): Fate {
  if (path.startsWith(buttonRoot)) return fateOfAll(scope.buttonTexts(path.slice(buttonRoot.length)), scope);
  if (isMark(path) || textOf(path, scope) !== null) return fine;
  const policy = policyOf(path, scope.fields);
  const isClaim = isClaimPath(path) || scope.claims.some((claim) => isWithin(path, claim));
  if (policy === 'omit' || (isClaim && policy !== 'required')) return omitted;
  if (isClaim) return { missing: 'claim_unbound', what: path };
  if (policy === 'required' || path.startsWith('link.')) return { missing: 'missing_field', what: path };
  return { missing: 'render', what: path };
}

const isWithin = (path: string, root: string): boolean => path === root || path.startsWith(`${root}.`);

/** The longest declared beginning of a path decides: `actions: omit` speaks for `actions.0`. */
function policyOf(path: string, fields: KeepScope['fields']): 'required' | 'fallback' | 'omit' | null {
  const parts = path.split('.');
  for (let length = parts.length; length > 0; length--) {
    const policy = fields[parts.slice(0, length).join('.')];
    if (policy) return policy;
  }
  return null;
}

/** The text a placeholder prints, or its fallback word, or null. */
export function textOf(path: string, scope: KeepScope): string | null {
  return printed(scope.values, path, scope.locale) ?? scope.fallbackOf(path);
}

const guard = /^\{\{\s*(if|unless)\.([^{}\s]+)\s*\}\}\s?/u;

/** Reads the guards at the head of a line: the line without them, or null if one does not hold. */
function past(line: string, scope: KeepScope): string | null {
  let rest = line;
  for (let match = guard.exec(rest); match; match = guard.exec(rest)) {
    if (isGiven(match[2] ?? '', scope) !== (match[1] === 'if')) return null;
    rest = rest.slice(match[0].length);
  }
  return rest;
}

/** What a guard asks: a part stays, a fact is true, a value is there. */
function isGiven(path: string, scope: KeepScope): boolean {
  if (path.startsWith('section.')) return staysIn(path.slice('section.'.length), scope);
  return printed(scope.values, path, scope.locale) !== null || isLive(path, scope);
}

/** A part of a text that was not dropped. */
export const staysIn = (section: string, { sections }: Pick<KeepScope, 'sections'>): boolean =>
  sections === undefined || sections.includes(section);

/** A fact that is true now, printable or not. */
export function isLive(path: string, { values, locale }: Pick<KeepScope, 'values' | 'locale'>): boolean {
  return factAt(values, path, locale) !== null;
}

type KeptLine = { readonly line: string } | { readonly dropped: 'line' | 'guard' };

function keepLine(line: string, scope: KeepScope): KeptLine | Unrendered {
  const rest = past(line, scope);
  if (rest === null) return { dropped: 'guard' };
  const fate = fateOfAll([rest], scope);
  if (isUnrendered(fate)) return fate;
  return fate.is === 'omitted' ? { dropped: 'line' } : { line: rest };
}

/** The worst of what their placeholders meet. */
function fateOfAll(texts: readonly string[], scope: KeepScope): Fate {
  for (const path of texts.flatMap(placeholdersOf)) {
    const fate = fateOf(path, scope);
    if (isUnrendered(fate) || fate.is === 'omitted') return fate;
  }
  return fine;
}

/** A line of a text is its own paragraph: one that leans on nothing falls alone. Runs of empty lines become one. */
export function keepText(text: string, scope: KeepScope): string | Unrendered {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const fate = keepLine(line, scope);
    if (isUnrendered(fate)) return fate;
    if ('line' in fate) kept.push(fate.line);
  }
  return tidy(kept.join('\n'));
}

/** One of a list: it falls alone, what is no list falls with its whole block. */
const item = /^\s*(?:[-*] |\d+\. |→|✅|🔸|❓|➡|🔵|🟡|🟢)/u;

/** A mail: a list item falls alone, any other line with its block; a heading does not outlive what it announced. */
export function keepMail(body: string, scope: KeepScope): string | Unrendered {
  const blocks: string[] = [];
  for (const block of body.split(/\n{2,}/u)) {
    const kept = keepBlock(block, scope);
    if (isUnrendered(kept)) return kept;
    if (kept !== null) blocks.push(kept);
  }
  return tidy(blocks.join('\n\n'));
}

function keepBlock(block: string, scope: KeepScope): string | null | Unrendered {
  const lines = block.split('\n');
  const kept: string[] = [];
  for (const line of lines) {
    const fate = keepLine(line, scope);
    if (isUnrendered(fate)) return fate;
    if ('line' in fate) kept.push(fate.line);
    else if (fate.dropped === 'line' && !item.test(line.replace(guard, ''))) return null;
  }
  const isOrphan = kept.length === 1 && lines.length > 1 && kept[0] === lines[0] && isHeading(lines[0] ?? '');
  return kept.length === 0 || isOrphan ? null : renumbered(kept).join('\n');
}

const isHeading = (line: string): boolean => /:\**\s*$/u.test(line);

/** 1. 2. 3. again, after one has fallen. */
function renumbered(lines: readonly string[]): string[] {
  let number = 0;
  return lines.map((line) => (/^\d+\. /u.test(line) ? line.replace(/^\d+/u, String(++number)) : line));
}

const tidy = (text: string): string => text.replace(/\n{3,}/gu, '\n\n').trim();
