import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { IntentLists } from '../core/intent.ts';
import { locales, type Locale } from '../core/vocabulary.ts';

/** Reads `locales/<lng>/intents.yaml` of every language. */
export function readIntentLists(localesDir: string): IntentLists {
  return Object.fromEntries(
    locales.map((locale) => [
      locale,
      parse(readFileSync(join(localesDir, locale, 'intents.yaml'), 'utf8')) as unknown,
    ]),
  ) as Record<Locale, unknown>;
}
