import { channels, type Channel, type Locale } from '../../vocabulary.ts';
import { complainAtWords, type LintDesk } from './desk.ts';
import type { LintRule } from '../mistake.ts';

/** One text that a person reads, and where it was written. */
export interface Copy {
  readonly locale: Locale;
  readonly namespace: string;
  /** Words key: a step's or a node's. */
  readonly key: string;
  /** Null beside the channels (answers as common words print them). */
  readonly channel: Channel | null;
  /** In the file: key, channel, part. */
  readonly path: readonly string[];
  readonly text: string;
  readonly isLabel: boolean;
}

export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function dig(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, part) => (isTree(value) ? value[part] : undefined), from);
}

/** Words this flow answers for: its own, and those it is the keeper of. */
export const ownNamespaces = ({ flow, keeps = [] }: LintDesk): readonly string[] => [flow.id, ...keeps];

/** Parts that are conditions, names or lists of answers: nobody reads them as a text. */
const structural = new Set([
  'words',
  'template',
  'when',
  'unless',
  'variables',
  'introduces',
  'link',
  'whatsapp',
  'section',
]);

const isChannel = (part: string | undefined): part is Channel => channels.some((one) => one === part);

/** Every text and label that this flow answers for, in the order of its files. */
export function copiesOf(desk: LintDesk): readonly Copy[] {
  return desk.flow.locales.flatMap((locale) =>
    ownNamespaces(desk).flatMap((namespace) => {
      const tree = desk.words?.resources[locale]?.[namespace];
      return isTree(tree)
        ? Object.entries(tree).flatMap(([key, value]) =>
            copiesUnder(value, { locale, namespace, key, path: [key] }),
          )
        : [];
    }),
  );
}

type Head = Pick<Copy, 'locale' | 'namespace' | 'key' | 'path'>;

function copiesUnder(value: unknown, head: Head): readonly Copy[] {
  const { path } = head;
  if (typeof value === 'string') {
    const channel = isChannel(path[1]) ? path[1] : null;
    return [{ ...head, channel, text: value, isLabel: path.includes('buttons') }];
  }
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    // `whatsapp` is a channel at the top of a key, and a number to write to in a button.
    const isStructure = structural.has(name) && !(path.length === 1 && isChannel(name));
    return isStructure ? [] : copiesUnder(child, { ...head, path: [...path, name] });
  });
}

/** Complains about a text where it stands. */
export function complainAtCopy(
  desk: LintDesk,
  rule: LintRule,
  { locale, namespace, path }: Copy,
  message: string,
  fix: string,
): void {
  complainAtWords(desk, rule, { locale, namespace, path }, message, fix);
}

const vousEnding = '_vous';

/** The name of the part, without its register. */
export const partOf = ({ path }: Copy): string => (path.at(-1) ?? '').replace(/_vous$/u, '');

export const isVous = ({ path }: Copy): boolean => path.some((part) => part.endsWith(vousEnding));

/** Whether a text has a form of its own for those we call vous. */
export function hasVousTwin(desk: LintDesk, { locale, namespace, path }: Copy): boolean {
  const tree = desk.words?.resources[locale]?.[namespace];
  return dig(tree, [...path.slice(0, -1), `${path.at(-1) ?? ''}${vousEnding}`]) !== undefined;
}
