/** What `mona flows lint` checks (conversation.md §6); a number is never given to another rule. */
export const lintRules = [
  'L01', 'L02', 'L03', 'L04', 'L05', 'L06', 'L07', 'L08', 'L09', 'L10', 'L11', 'L12', 'L13', 'L14', 'L15', 'L16',
  'L17', 'L18', 'L19', 'L20', 'L21', 'L22', 'L23', 'L24', 'L25', 'L26', 'L27', 'L28', 'L29', 'L30', 'L31', 'L32',
  'L33', 'L34', 'L35', 'L36', 'L37', 'L38', 'L39',
] as const; // prettier-ignore
export type LintRule = (typeof lintRules)[number];

/** One mistake of an author: where it stands, what is wrong, what to do. */
export interface Mistake {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly rule: LintRule;
  readonly message: string;
  readonly fix: string;
}

/** Reported, but no reason to refuse a publish. */
const warnings: ReadonlySet<LintRule> = new Set<LintRule>(['L20', 'L36']);

export const isWarning = (mistake: Mistake): boolean => warnings.has(mistake.rule);

/** `file:line:column rule message — fix` */
export function printMistake(mistake: Mistake): string {
  const { file, line, column, rule, message, fix } = mistake;
  return `${file}:${line}:${column} ${rule} ${message} — ${fix}`;
}

export function byPlace(a: Mistake, b: Mistake): number {
  return (
    a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule)
  );
}
