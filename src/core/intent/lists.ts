import { z } from 'zod';
import { intents, type Intent, type Tag } from '../understood.ts';
import type { Locale } from '../vocabulary.ts';
import { plainWord, type Spelling } from './normalise.ts';
import { anchorOf, parsePattern, type Pattern } from './pattern.ts';

/** Reserved words, by what they ask; `fewer` and `contact` are words of ours that are no intent of the contract. */
export const wordKinds = ['stop', 'start', 'help', 'human', 'contact', 'fewer', 'yes', 'no'] as const;
export type WordKind = (typeof wordKinds)[number];

const text = z.coerce.string();
const schema = z.strictObject({
  courtesy: z.array(text),
  textSpeak: z.record(z.string(), z.array(text)),
  groups: z.record(z.string(), z.array(text)),
  words: z.strictObject(
    Object.fromEntries(wordKinds.map((kind) => [kind, z.array(text)])) as Record<
      WordKind,
      z.ZodArray<typeof text>
    >,
  ),
  traps: z.array(text),
  wordTraps: z.array(text),
  families: z.array(
    z.strictObject({
      id: z.string(),
      intent: z.enum(intents),
      confidence: z.number().min(0).max(1),
      tags: z.array(z.string()).default([]),
      /** The reserved word itself inside a sentence: weaker traps hide it too. */
      keyword: z.boolean().default(false),
      patterns: z.array(text),
    }),
  ),
});

export interface Family {
  readonly id: string;
  readonly intent: Intent;
  readonly confidence: number;
  readonly tags: readonly Tag[];
  readonly isKeyword: boolean;
}

/** Patterns found by a word they need, so that a text is tried against few of them. */
export interface PatternIndex<T> {
  readonly byWord: ReadonlyMap<string, readonly { readonly pattern: Pattern; readonly of: T }[]>;
  readonly byStem: readonly { readonly stem: string; readonly pattern: Pattern; readonly of: T }[];
}

export interface Lists {
  readonly spelling: Spelling;
  readonly words: Readonly<Record<WordKind, ReadonlySet<string>>>;
  readonly traps: PatternIndex<'all' | 'word'>;
  readonly families: PatternIndex<Family>;
  /** Courtesy and every word of the lists: never taken for a typo of another. */
  readonly known: ReadonlySet<string>;
}

export type IntentLists = Readonly<Record<Locale, unknown>>;

function indexOf<T>(entries: readonly { readonly pattern: Pattern; readonly of: T }[]): PatternIndex<T> {
  const byWord = new Map<string, { pattern: Pattern; of: T }[]>();
  const byStem: { stem: string; pattern: Pattern; of: T }[] = [];
  for (const entry of entries) {
    const anchor = anchorOf(entry.pattern);
    for (const literal of anchor?.literals ?? [])
      byWord.set(literal, [...(byWord.get(literal) ?? []), entry]);
    for (const stem of anchor?.stems ?? []) byStem.push({ stem, ...entry });
  }
  return { byWord, byStem };
}

const phrase = (words: string): string => words.toLowerCase().split(/\s+/).map(plainWord).join(' ');

/**
 * Reads `locales/<lng>/intents.yaml` of every language into one set of lists: an artist changes language when they like.
 * @throws an error that names the language and the place of whatever is wrong with the lists.
 */
export function parseLists(raw: IntentLists): Lists {
  const parsed = Object.entries(raw).map(([locale, value]) => {
    const result = schema.safeParse(value);
    if (!result.success) throw new Error(`locales/${locale}/intents.yaml: ${z.prettifyError(result.error)}`);
    return result.data;
  });
  const groups = Object.assign({}, ...parsed.map((lists) => lists.groups)) as Record<string, string[]>;
  const words = Object.fromEntries(
    wordKinds.map((kind) => [kind, new Set(parsed.flatMap((lists) => lists.words[kind].map(phrase)))]),
  ) as Record<WordKind, Set<string>>;
  const pattern = (source: string): Pattern => parsePattern(source, groups);
  const spoken = new Set(
    [...words.stop, ...words.start, ...words.help, ...words.human, ...words.yes, ...words.no].filter(
      (word) => !word.includes(' ') && word.length >= 3,
    ),
  );
  return {
    spelling: {
      textSpeak: new Map(
        parsed.flatMap((lists) =>
          Object.entries(lists.textSpeak).map(([from, to]) => [plainWord(from), to] as const),
        ),
      ),
      courtesy: new Set(parsed.flatMap((lists) => lists.courtesy.map(phrase))),
      spelled: spoken,
    },
    words,
    traps: indexOf(
      parsed.flatMap((lists) => [
        ...lists.traps.map((source) => ({ pattern: pattern(source), of: 'all' as const })),
        ...lists.wordTraps.map((source) => ({ pattern: pattern(source), of: 'word' as const })),
      ]),
    ),
    families: indexOf(
      parsed.flatMap((lists) =>
        lists.families.flatMap(({ id, intent, confidence, tags, keyword, patterns }) => {
          const family: Family = { id, intent, confidence, tags: tags as Tag[], isKeyword: keyword };
          return patterns.map((source) => ({ pattern: pattern(source), of: family }));
        }),
      ),
    ),
    known: new Set([
      ...spoken,
      ...parsed.flatMap((lists) => [...lists.courtesy, ...Object.keys(lists.textSpeak)]),
    ]),
  };
}
