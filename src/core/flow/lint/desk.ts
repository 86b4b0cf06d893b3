import type { Keywords } from '../../library.ts';
import type { Locale } from '../../vocabulary.ts';
import type { WordResources } from '../../words.ts';
import type { Flow, Node, Step } from '../definition.ts';
import type { LintRule, Mistake } from '../mistake.ts';
import type { Positions, SourcePath } from '../positions.ts';
import { kindOf } from '../steps/index.ts';
import type { Saying, Way } from '../steps/kind.ts';

/** Words as read from locales/, with the places of what is in them. */
export interface LintWords {
  readonly resources: WordResources;
  /** Positions in `locales/<locale>/<namespace>.yaml`; null where there is no such file. */
  readonly positions: (locale: Locale, namespace: string) => Positions | null;
}

/** What a lint may look at beside the flow itself. What is not given is not checked. */
export interface LintLookups {
  readonly words?: LintWords;
  readonly keywords?: Keywords;
  /** Arms by experiment. */
  readonly experiments?: Readonly<Record<string, readonly string[]>>;
  /** The version that is published now, and how many people wait at each of its nodes. */
  readonly previous?: { readonly flow: Flow; readonly waiting: Readonly<Record<string, number>> };
  /** Word keys that other flows use, as `<flow>:<key>`. */
  readonly usedElsewhere?: ReadonlySet<string>;
  /** Namespaces beside its own whose words this flow answers for: `common`, of the reception. */
  readonly keeps?: readonly string[];
  /** A flow that is still being written, in a file of any name. */
  readonly isDraft?: boolean;
  /** Names of the links of flows/policy.yaml. */
  readonly links?: readonly string[];
}

/** What one lint reads and complains to. */
export interface LintDesk extends LintLookups {
  readonly flow: Flow;
  readonly positions: Positions;
  readonly stepPaths: readonly SourcePath[];
  readonly mistakes: Mistake[];
}

/** Where words are written: `common:glad` in common, a bare key in the flow's own file. */
export function wordsPlace(flow: Flow, words: string): { readonly namespace: string; readonly key: string } {
  const colon = words.indexOf(':');
  if (colon < 0) return { namespace: flow.id, key: words };
  return { namespace: words.slice(0, colon), key: words.slice(colon + 1) };
}

export type Lint = (desk: LintDesk) => void;

/** Complains about a value of the flow file. */
export function complainAt(
  desk: LintDesk,
  rule: LintRule,
  path: SourcePath,
  message: string,
  fix: string,
): void {
  desk.mistakes.push({ file: desk.positions.file, ...desk.positions.at(path), rule, message, fix });
}

/** Complains about a name of the flow file: a node, a field, a path of a condition. */
export function complainAtKey(
  desk: LintDesk,
  rule: LintRule,
  path: SourcePath,
  message: string,
  fix: string,
): void {
  desk.mistakes.push({ file: desk.positions.file, ...desk.positions.keyAt(path), rule, message, fix });
}

/** Complains about words; where there is no such file, about the flow that uses them. */
export function complainAtWords(
  desk: LintDesk,
  rule: LintRule,
  where: { readonly locale: Locale; readonly namespace: string; readonly path: SourcePath },
  message: string,
  fix: string,
): void {
  const positions = desk.words?.positions(where.locale, where.namespace);
  if (!positions) return complainAt(desk, rule, [], message, fix);
  desk.mistakes.push({ file: positions.file, ...positions.keyAt(where.path), rule, message, fix });
}

export const nodesOf = (flow: Flow): readonly Node[] => Object.values(flow.nodes);

/** Where a node leads; paths are in the file. */
export function waysOf(node: Node): readonly Way[] {
  return kindOf(node)
    .ways(node)
    .map(({ to, path }) => ({ to, path: ['nodes', node.id, ...path] }));
}

/** What a node says; paths are in the file. */
export function saysOf(node: Node): readonly Saying[] {
  return kindOf(node)
    .says(node)
    .map(({ words, path }) => ({ words, path: ['nodes', node.id, ...path] }));
}

export interface PlacedStep {
  readonly step: Step;
  readonly path: SourcePath;
}

export function placedSteps({ flow, stepPaths }: LintDesk): readonly PlacedStep[] {
  return flow.steps.map((step, n) => ({ step, path: stepPaths[n] ?? ['steps', n] }));
}

/** Questions that steps ask, by node, and where that is written. */
export function openings(
  desk: LintDesk,
): readonly { readonly node: string; readonly step: Step; readonly path: SourcePath }[] {
  return placedSteps(desk).flatMap(({ step, path }) => [
    ...(step.open ? [{ node: step.open, step, path: [...path, 'open'] }] : []),
    ...Object.entries(step.sections).flatMap(([name, { open }]) =>
      open ? [{ node: open, step, path: [...path, 'sections', name, 'open'] }] : [],
    ),
  ]);
}
