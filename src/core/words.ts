import i18next from 'i18next';
import type { Words } from './library.ts';
import { remembered } from './memo.ts';
import type { Locale, Register } from './vocabulary.ts';

/** Words of one bundle: locale → namespace (a flow's id, or `common`) → tree. */
export type WordResources = Readonly<Partial<Record<Locale, Readonly<Record<string, unknown>>>>>;

/** `vous` has keys of its own, suffixed; a text without a second person has one key for both. */
const contextOf: Readonly<Record<Register, string | undefined>> = { tu: undefined, vous: 'vous' };

/** Words that find nothing in another language, and fill nothing before the fields' policies have had their say. */
export function createWords(resources: WordResources): Words {
  const i18n = i18next.createInstance();
  void i18n.init({
    initAsync: false,
    fallbackLng: false,
    nsSeparator: false,
    resources: structuredClone(resources) as Record<string, Record<string, object>>,
    interpolation: { escapeValue: false, maxReplaces: Number.MAX_SAFE_INTEGER },
  });
  const rawOf = (namespace: string, key: string, locale: Locale, register: Register): string | null => {
    const options = { lng: locale, ns: namespace, context: contextOf[register] };
    if (!i18n.exists(key, options)) return null;
    const text: unknown = i18n.t(key, { ...options, skipInterpolation: true, returnObjects: true });
    return typeof text === 'string' && text !== '' ? text : null;
  };
  // A bundle never changes, and everybody is told the same few texts of it.
  const texts = remembered(mostTexts, (asked) => {
    const [namespace = '', key = '', locale, register] = asked.split(separator);
    return rawOf(namespace, key, locale as Locale, register as Register);
  });
  const trees = remembered(mostTexts, (asked): unknown => {
    const [namespace = '', key = '', locale = ''] = asked.split(separator);
    return i18n.getResource(locale, namespace, key);
  });
  return {
    raw: (...asked) => texts(asked.join(separator)),
    tree: (...asked) => trees(asked.join(separator)),
  };
}

/** More than a bundle has, in its languages and registers. */
const mostTexts = 20_000;
const separator = '\u001f';

const filler = i18next.createInstance();
void filler.init({
  initAsync: false,
  fallbackLng: false,
  resources: {},
  interpolation: { escapeValue: false, maxReplaces: Number.MAX_SAFE_INTEGER },
});

/**
 * Fills each `{{placeholder}}` with its value, given by its whole path. A value is data: braces and `$t(` inside one
 * are printed as they stand. Escaping for where the text lands is the caller's.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.includes('{{') ? filler.services.interpolator.interpolate(text, values, 'fr', {}) : text;
}

const placeholder = /\{\{\s*([^{}]+?)\s*\}\}/gu;

/** Paths of the placeholders of a text, in order, each as often as it stands there. */
export const placeholdersOf: (text: string) => readonly string[] = remembered(5_000, (text) =>
  [...text.matchAll(placeholder)].map((match) => match[1] ?? ''),
);
