import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { Mistake } from './mistake.ts';

export type SourcePath = readonly (string | number)[];

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Finds where a value of a YAML file was written. */
export interface Positions {
  readonly file: string;
  /** Of the value; of the nearest parent that exists when it is missing. */
  at(path: SourcePath): Place;
  /** Of the key that names the value. */
  keyAt(path: SourcePath): Place;
  has(path: SourcePath): boolean;
}

export interface ReadYaml {
  readonly value: unknown;
  readonly positions: Positions;
  readonly mistakes: readonly Mistake[];
}

/** Reads YAML 1.2 or JSON. Duplicate keys and tabs are mistakes with their place, not surprises. */
export function readYaml(source: string, file: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const mistakes = document.errors.map((error): Mistake => {
    const { line, col } = lines.linePos(error.pos[0]);
    return {
      file,
      line,
      column: col,
      rule: 'L01',
      message: messageOf(error, source),
      fix: fixOf(error.code),
    };
  });
  const value: unknown = mistakes.length > 0 ? null : document.toJS({ maxAliasCount: 1000 });
  return { value, positions: positionsOf(document, lines, file), mistakes };
}

function messageOf({ code, message, pos }: YAMLError, source: string): string {
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line';
  const [, key] = /^\s*["']?([^"':\n]+)/u.exec(source.slice(pos[0])) ?? [];
  return code === 'DUPLICATE_KEY' && key ? `the key "${key}" stands twice` : message;
}

function fixOf(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'keep one of the two, the other would be lost';
  if (code === 'TAB_AS_INDENT') return 'indent with spaces';
  return 'write it as YAML 1.2; quote a text that holds ": ", "#" or a leading special character';
}

function positionsOf(document: Document, lines: LineCounter, file: string): Positions {
  const placeOf = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const follow = (path: SourcePath, wantsKey: boolean): Place => {
    let node: Node | null = document.contents;
    let offset = node?.range?.[0];
    for (const [depth, part] of path.entries()) {
      const next = childOf(node, part, document);
      if (!next) break;
      const isLast = depth === path.length - 1;
      offset =
        isLast && wantsKey
          ? (next.keyOffset ?? next.value?.range?.[0])
          : (next.value?.range?.[0] ?? next.keyOffset);
      node = next.value;
    }
    return placeOf(offset);
  };
  const has = (path: SourcePath): boolean => {
    let node: Node | null = document.contents;
    return path.every((part) => {
      const next = childOf(node, part, document);
      node = next?.value ?? null;
      return next !== null;
    });
  };
  return { file, has, at: (path) => follow(path, false), keyAt: (path) => follow(path, true) };
}

interface Child {
  readonly keyOffset?: number;
  readonly value: Node | null;
}

function childOf(parent: Node | null, part: string | number, document: Document): Child | null {
  const node = isAlias(parent) ? (parent.resolve(document) ?? null) : parent;
  if (isSeq(node)) {
    const value = node.items[Number(part)];
    return value === undefined ? null : { value: value as Node };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
  if (!pair) return null;
  return { keyOffset: (pair.key as Node).range?.[0], value: pair.value as Node | null };
}
