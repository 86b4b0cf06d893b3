import type { Flow } from './flow/definition.ts';
import type { Keywords, Library, Policy, Words } from './library.ts';
import type { Locale } from './vocabulary.ts';
import { createWords } from './words.ts';

export interface LibraryParts {
  readonly flows: readonly Flow[];
  /** Locale → namespace (a flow's id, or `common`) → tree, as `locales/<lng>/<namespace>.yaml` holds it. */
  readonly words: Readonly<Partial<Record<Locale, Readonly<Record<string, unknown>>>>>;
  readonly keywords: Keywords;
  readonly policy: Policy;
}

/** A library of files not published anywhere: rehearsals, previews, tests. The words of all flows are one bundle. */
export function memoryLibrary({ flows, words, keywords, policy }: LibraryParts): Library {
  const bundle: Words = createWords(words);
  return {
    flow: (id, version) => flows.find((flow) => flow.id === id && flow.version === version) ?? null,
    published: flows,
    wordsOf: () => 'memory',
    words: () => bundle,
    keywords,
    policy,
  };
}
