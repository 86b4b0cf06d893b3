import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { IntentLists } from '../core/intent.ts';
import { locales, type Locale } from '../core/vocabulary.ts';

/** Where `mona understanding --train` writes what it has learnt. */
export const weightsFile = 'intents.weights';

/** Reads `locales/<lng>/intents.yaml` of every language, and the weights beside them where there are any. */
export function readIntentLists(localesDir: string): IntentLists {
  const lists = Object.fromEntries(
    locales.map((locale) => [
      locale,
      parse(readFileSync(join(localesDir, locale, 'intents.yaml'), 'utf8')) as unknown,
    ]),
  ) as Record<Locale, unknown>;
  const weights = join(localesDir, weightsFile);
  return existsSync(weights) ? { ...lists, weights: readFileSync(weights) } : lists;
}
