import { createInstance } from 'i18next';
import { useMemo, useSyncExternalStore } from 'react';

export const languages = ['fr', 'en'] as const;
export type Language = (typeof languages)[number];

const kept = 'mona.language';
const isLanguage = (value: unknown): value is Language => languages.includes(value as Language);

type Fetch = () => Promise<{ default: Record<string, unknown> }>;

/** Of each part one language is fetched, the one that is read; what only some pages say comes with them. */
const files = {
  base: {
    fr: () => import('../../locales/fr/ui.yaml'),
    en: () => import('../../locales/en/ui.yaml'),
  },
  account: {
    fr: () => import('../../locales/fr/ui.yaml?account'),
    en: () => import('../../locales/en/ui.yaml?account'),
  },
  pages: {
    fr: () => import('../../locales/fr/ui.yaml?pages'),
    en: () => import('../../locales/en/ui.yaml?pages'),
  },
} satisfies Readonly<Record<string, Readonly<Record<Language, Fetch>>>>;
type Part = keyof typeof files;

const i18n = createInstance();
void i18n.init({
  lng: 'fr',
  resources: {},
  defaultNS: 'ui',
  fallbackLng: false,
  initAsync: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
});

/** Says a text of `locales/<lng>/ui.yaml` by its key. */
export type Say = (key: string, values?: Readonly<Record<string, unknown>>) => string;

export interface Words {
  readonly t: Say;
  /** Says `key` where it exists, else the fallback as it is: for codes a newer server may know. */
  readonly known: (key: string, fallback: string) => string;
  readonly language: Language;
}

function subscribe(changed: () => void): () => void {
  i18n.on('languageChanged', changed);
  return () => i18n.off('languageChanged', changed);
}

/** The words of the page, in the language chosen; a change of language renders again. */
export function useWords(): Words {
  const language = useSyncExternalStore(subscribe, () => i18n.language) as Language;
  return useMemo(() => {
    const t: Say = (key, values) => i18n.t(key, { ...values, lng: language });
    return {
      t,
      language,
      known: (key, fallback) => (i18n.exists(key, { lng: language }) ? t(key) : fallback),
    };
  }, [language]);
}

let wanted: Language = 'fr';
const parts = new Set<Part>(['base']);
const taken = new Set<string>();

async function take(part: Part, language: Language): Promise<void> {
  if (taken.has(`${part}:${language}`)) return;
  i18n.addResourceBundle(language, 'ui', (await files[part][language]()).default, true, true);
  taken.add(`${part}:${language}`);
}

/** Resolves once the words of some pages can be read: whoever shows one of those waits for it. */
export async function loadWords(part: Part): Promise<void> {
  parts.add(part);
  await take(part, wanted);
}

/** Shows a language once its words are here; the last one asked for wins, whichever came first. */
async function show(language: Language): Promise<void> {
  wanted = language;
  await Promise.all([...parts].map((part) => take(part, language)));
  if (wanted !== language) return;
  document.documentElement.lang = language;
  await i18n.changeLanguage(language);
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(kept, language);
  void show(language);
}

/** The language kept in this browser, else the coach's own, else French. Resolves once it can be read. */
export function startLanguage(own?: string | null): Promise<void> {
  const chosen = localStorage.getItem(kept);
  return show(isLanguage(chosen) ? chosen : isLanguage(own) ? own : 'fr');
}
