import type { z } from 'zod';
import type { Node, Offset } from '../definition.ts';
import type { LintRule } from '../mistake.ts';
import type { SourcePath } from '../positions.ts';
import type { Turn } from '../turn.ts';

/** Somewhere a node leads, and where its author wrote that. */
export interface Way {
  readonly to: string;
  readonly path: SourcePath;
}

/** Words a node says, by key, and where its author wrote it. */
export interface Saying {
  readonly words: string;
  readonly path: SourcePath;
}

/** What compiling a node may ask for and complain to; paths are relative to the node. */
export interface Compiler {
  readonly offset: (text: string, path: SourcePath) => Offset;
  readonly durationMs: (text: string) => number;
  readonly report: (rule: LintRule, path: SourcePath, message: string, fix: string) => void;
  /** The target as written; a missing one is a dead end. */
  readonly target: (go: string | undefined, path: SourcePath) => string;
}

/** One verb of the nodes (house.md, "A kind of step"): its shape, what it compiles to, where it leads, what it does. */
export interface NodeKind<N extends Node, S extends z.ZodType = z.ZodType> {
  readonly verb: N['kind'];
  readonly shape: S;
  compile(id: string, authored: z.output<S>, compiler: Compiler): N;
  ways(node: N): readonly Way[];
  says(node: N): readonly Saying[];
  /** Does what the node says when the talk reaches it. Answers where to go next, or null where it waits here. */
  enter(node: N, turn: Turn): string | null;
}
