import { z } from 'zod';
import { intents, type Intent, type Tag } from '../understood.ts';
import { locales, type Locale } from '../vocabulary.ts';
import { clean, fold } from './characters.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';
import { anchorOf, createPatternParser, type Anchor, type Pattern } from './pattern.ts';
import { asideOf, correctionsOf, type Spelling } from './spelling.ts';

/** Reserved words, by what they ask; `fewer` and `contact` are words of ours that are no intent of the contract. */
export const wordKinds = ['stop', 'start', 'help', 'human', 'contact', 'fewer', 'yes', 'no'] as const;
export type WordKind = (typeof wordKinds)[number];

const text = z.coerce.string();
const schema = z.strictObject({
  courtesy: z.array(text),
  fillers: z.array(text),
  textSpeak: z.record(z.string(), z.array(text)),
  corrected: z.array(text),
  glued: z.array(text),
  known: z.array(text),
  groups: z.record(z.string(), z.array(text)),
  aloneOnly: z.array(text),
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
      /** Heard even inside a trap. */
      firm: z.boolean().default(false),
      /** Said only where a question is open, or only where none is. */
      when: z.enum(['asked', 'unasked']).nullable().default(null),
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
  readonly isFirm: boolean;
  readonly when: 'asked' | 'unasked' | null;
}

export interface Entry<T> {
  readonly pattern: Pattern;
  readonly anchor: Anchor;
  readonly of: T;
}

/** Patterns found by one word that all need another of the same kind: its bit, none where the mask is 0. */
export interface Candidates<T> {
  readonly entries: readonly Entry<T>[];
  readonly needAt: number;
  readonly needMask: number;
}

/** Patterns found by a word they need, or by how it begins, so that a text is tried against few of them. */
export interface PatternIndex<T> {
  readonly of: (word: string) => readonly Candidates<T>[];
}

export interface Lists {
  readonly spelling: Spelling;
  readonly words: Readonly<Record<WordKind, ReadonlySet<string>>>;
  /** What a whole text asks that is one of the words, and what it asks if it is a command. */
  readonly kindOf: ReadonlyMap<string, WordKind>;
  readonly commandOf: ReadonlyMap<string, WordKind>;
  /** Commands that are talk as soon as anything but courtesy stands beside them: "enfin fini". */
  readonly aloneOnly: ReadonlySet<string>;
  /** Families, and traps by what they hide: all that overlaps, or the bare word. */
  readonly patterns: PatternIndex<Family | 'all' | 'word'>;
  /** How many numbers hold a bit for each kind of word of the patterns. */
  readonly kindWidth: number;
}

/** What a word is, as the classifier is told: groups of the lists, the first that holds it. */
const wordGroups: readonly string[] = [
  '@deny|@edeny',
  '@halt|@bid|@ehalt',
  '@messages|@emessages',
  '@remove|@eremove',
  '@write|@ewrite',
  '@list|@elist',
  '@self|@data|@eself',
  '@mine|@emine',
  '@yours|@eyours',
  '@enough|@eenough',
  '@want|@ewant',
  '@piece|@epiece',
  '@booking|@ebooking',
  '@service|@eservice|@works',
  '@others|@eothers',
];

/** Order in which a whole-message word is looked for: a refusal first. */
const wordOrder: readonly WordKind[] = ['stop', 'start', 'contact', 'fewer', 'human', 'help', 'yes', 'no'];
const commands: readonly WordKind[] = ['stop', 'start', 'contact', 'human', 'help'];

const kindsByWord = (words: Lists['words'], order: readonly WordKind[]): Map<string, WordKind> =>
  new Map([...order].reverse().flatMap((kind) => [...words[kind]].map((word) => [word, kind] as const)));

/** The lists of every language as they stand in the files, and the weights of the classifier where there are any. */
export type IntentLists = Readonly<Record<Locale, unknown>> & { readonly weights?: Uint8Array };

const longestStem = 20;
/** Words whose patterns are remembered: it changes nothing but speed. */
const mostMet = 20_000;

type Written<T> = Pick<Entry<T>, 'pattern' | 'of'>;

function indexOf<T>(written: readonly Written<T>[], weigh: (word: string) => number): PatternIndex<T> {
  const byWord = new Map<string, Entry<T>[]>();
  const byStem = new Map<string, Entry<T>[]>();
  const put = (index: Map<string, Entry<T>[]>, key: string, entry: Entry<T>): void => {
    const there = index.get(key);
    if (there) there.push(entry);
    else index.set(key, [entry]);
  };
  for (const { pattern, of } of written) {
    const entry = { pattern, anchor: anchorOf(pattern, weigh), of };
    for (const literal of entry.anchor.literals) put(byWord, literal, entry);
    for (const stem of entry.anchor.stems) put(byStem, stem, entry);
  }
  const entriesOf = (word: string): readonly Entry<T>[] => {
    const found = [...(byWord.get(word) ?? [])];
    for (let length = 1; length <= word.length && length <= longestStem; length += 1)
      found.push(...(byStem.get(word.slice(0, length)) ?? []));
    return found;
  };
  const met = new Map<string, readonly Candidates<T>[]>();
  return {
    of: (word) => {
      const before = met.get(word);
      if (before !== undefined) return before;
      if (met.size >= mostMet) met.clear();
      const candidates = candidatesOf(entriesOf(word));
      met.set(word, candidates);
      return candidates;
    },
  };
}

function candidatesOf<T>(entries: readonly Entry<T>[]): readonly Candidates<T>[] {
  const byNeed = new Map<number, Entry<T>[]>();
  for (const entry of entries) {
    const need = entry.anchor.needs[0] ?? -1;
    byNeed.set(need, [...(byNeed.get(need) ?? []), entry]);
  }
  return [...byNeed].map(([need, needing]) => ({
    entries: needing,
    needAt: need < 0 ? 0 : need >>> 5,
    needMask: need < 0 ? 0 : 1 << (need & 31),
  }));
}

/** How common a word is among the patterns: a pattern is best found by a rare one. */
function weigher(patterns: readonly Pattern[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const { elements } of patterns)
    for (const { kind } of elements)
      for (const word of [...kind.literals, ...kind.stems]) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => counts.get(word) ?? 1;
}

const phrase = (words: string): string => clean(words).split(/\s+/).map(fold).join(' ');

/** Every whole word the patterns name. */
const literalsOf = (patterns: readonly Pattern[]): string[] =>
  patterns.flatMap(({ elements }) =>
    elements.flatMap(({ kind }) => [...kind.literals, ...kind.phrases.flat()]),
  );

type Parsed = z.infer<typeof schema>;

function spellingOf(
  parsed: readonly Parsed[],
  words: Lists['words'],
  patterns: readonly Pattern[],
  lexicon: Lexicon,
): Spelling {
  const spoken = [...words.stop, ...words.start, ...words.help, ...words.human, ...words.yes, ...words.no];
  const corrected = parsed.flatMap((lists) => lists.corrected.map(fold));
  const courtesy = parsed.flatMap((lists) => lists.courtesy.map(phrase));
  const fillers = parsed.flatMap((lists) => lists.fillers.map(phrase));
  const textSpeak = parsed.flatMap((lists) =>
    Object.entries(lists.textSpeak).map(([from, to]) => [fold(from), to.map(fold)] as const),
  );
  return {
    textSpeak: new Map(textSpeak),
    courtesy: asideOf(courtesy),
    aside: asideOf([...courtesy, ...fillers]),
    spelled: new Set([...spoken, ...corrected].filter((word) => !word.includes(' ') && word.length >= 3)),
    edges: new Set([...words.stop].map((word) => word.charAt(0) + word.charAt(word.length - 1))),
    known: new Set([
      ...[...spoken, ...courtesy, ...fillers].flatMap((said) => said.split(' ')),
      ...textSpeak.flatMap(([, to]) => to),
      ...corrected,
      ...parsed.flatMap((lists) => [...lists.glued, ...lists.known].map(fold)),
      ...literalsOf(patterns),
    ]),
    telling: new Set(parsed.flatMap((lists) => lists.glued.map(fold))),
    corrections: correctionsOf(corrected),
    lexicon,
    met: new Map(),
    joined: new Map(),
  };
}

/**
 * Reads `locales/<lng>/intents.yaml` of every language into one set of lists: an artist changes language when they like.
 * @throws an error that names the language and the place of whatever is wrong with the lists.
 */
export function parseLists(raw: IntentLists): Lists {
  const parsed = locales.map((locale) => {
    const result = schema.safeParse(raw[locale]);
    if (!result.success) throw new Error(`locales/${locale}/intents.yaml: ${z.prettifyError(result.error)}`);
    return result.data;
  });
  const groups = Object.assign({}, ...parsed.map((lists) => lists.groups)) as Record<string, string[]>;
  const words = Object.fromEntries(
    wordKinds.map((kind) => [kind, new Set(parsed.flatMap((lists) => lists.words[kind].map(phrase)))]),
  ) as Record<WordKind, Set<string>>;
  const { parse, kindNamed, kinds } = createPatternParser(groups, (word) => fold(clean(word)));
  const named = wordGroups.map(kindNamed);
  const traps = parsed.flatMap((lists) => [
    ...lists.traps.map((source) => ({ pattern: parse(source), of: 'all' as const })),
    ...lists.wordTraps.map((source) => ({ pattern: parse(source), of: 'word' as const })),
  ]);
  const families = parsed.flatMap((lists) =>
    lists.families.flatMap(({ id, intent, confidence, tags, keyword, firm, when, patterns }) => {
      const family: Family = {
        id,
        intent,
        confidence,
        tags: tags as Tag[],
        isKeyword: keyword,
        isFirm: firm,
        when,
      };
      return patterns.map((source) => ({ pattern: parse(source), of: family }));
    }),
  );
  const patterns = [...traps, ...families].map((written) => written.pattern);
  const weigh = weigher(patterns);
  return {
    spelling: spellingOf(parsed, words, patterns, createLexicon([...kinds.values()], named)),
    words,
    kindOf: kindsByWord(words, wordOrder),
    commandOf: kindsByWord(words, commands),
    aloneOnly: new Set(parsed.flatMap((one) => one.aloneOnly.map(phrase))),
    patterns: indexOf<Family | 'all' | 'word'>([...traps, ...families], weigh),
    kindWidth: Math.ceil(kinds.size / 32),
  };
}
