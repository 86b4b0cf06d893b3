import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { PagesWords } from './mail-answers.ts';

/** Words of the pages a message leads to and of what coaches are told, by locale. */
export const readPages = (localesDir: string): Readonly<Record<string, PagesWords>> =>
  Object.fromEntries(
    ['fr', 'en'].map((locale) => [
      locale,
      parse(readFileSync(join(localesDir, locale, 'pages.yaml'), 'utf8')) as PagesWords,
    ]),
  );
