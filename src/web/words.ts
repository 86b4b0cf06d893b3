import { createInstance } from 'i18next';
import { useMemo, useSyncExternalStore } from 'react';
import en from '../../locales/en/ui.yaml';
import fr from '../../locales/fr/ui.yaml';

export const languages = ['fr', 'en'] as const;
export type Language = (typeof languages)[number];

const kept = 'mona.language';
const isLanguage = (value: unknown): value is Language => languages.includes(value as Language);

const i18n = createInstance();
void i18n.init({
  lng: 'fr',
  resources: { fr: { ui: fr }, en: { ui: en } },
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

function show(language: Language): void {
  document.documentElement.lang = language;
  void i18n.changeLanguage(language);
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(kept, language);
  show(language);
}

/** The language kept in this browser, else the coach's own, else French. */
export function startLanguage(own?: string | null): void {
  const chosen = localStorage.getItem(kept);
  show(isLanguage(chosen) ? chosen : isLanguage(own) ? own : 'fr');
}
