import { isClaimPath } from '../../values.ts';
import { placeholdersOf } from '../../words.ts';
import { complainAtCopy, copiesOf } from './copy.ts';
import type { LintDesk } from './desk.ts';

/* A figure typed by hand beside a word that presses is true for a day at most (lifecycle.md §9). */

/** What such a sentence is about, and the fact that could say it. */
const claims: readonly { readonly said: RegExp; readonly binding: string }[] = [
  { said: pressing('créneaux?|slots?'), binding: 'slots.remaining' },
  { said: pressing('places?|seats?|spots?'), binding: 'offer.<key>.seatsLeft' },
  {
    said: pressing("plus qu(?:e |['’])|il ne reste(?: que| plus que)?|only|left"),
    binding: 'reservation.hoursLeft',
  },
  { said: pressing('derni[eè]re?s?|last|expire\\p{L}*|réservée?s?|reserved'), binding: 'offer.<key>.endsAt' },
  { said: pressing('garanti\\p{L}*|assurée?s?|guaranteed'), binding: 'stat.<key>' },
  {
    said: /(?<![\p{L}\p{N}])\d+(?:[.,]\d+)?\s?(?:x|fois|times) (?:plus|more|faster)(?!\p{L})/iu,
    binding: 'stat.<key>.times',
  },
  // "à 100 %" of a feeling counts nothing.
  {
    said: /(?<![\p{L}\p{N}])(?:100\s?%(?=\s\p{L})|(?!100\s?%)\d+(?:[.,]\d+)?\s?%)/u,
    binding: 'stat.<key>.percent',
  },
  {
    said: /(?<![\p{L}\p{N}])\d+\s?(?:pts|points)?\s?(?:→|à|to)\s?\d+\s?(?:pts|points)(?!\p{L})/iu,
    binding: 'testimonial.<key>',
  },
];

/** A number within a word of one of these, on either side. */
function pressing(words: string): RegExp {
  const number = '(?<![\\p{L}\\p{N}])\\d[\\p{N}.,]*\\s?[hkj€+]*';
  const word = `(?<!\\p{L})(?:${words})`;
  return new RegExp(`${word}[^\\p{N}\\n]{0,8}${number}|${number}[^\\p{N}\\n]{0,8}${word}(?!\\p{L})`, 'iu');
}

/** Names and numbering, which are no figures: "MONA 390 €", "2. …", "Villa #6". */
const names = /MONA\s\d+\s?€?|^\s*\d+[.)]\s|#\s?\d+/giu;

/** L27: a scarcity, a deadline, a share or a result typed as figures leans on a fact, and names none. */
export function literalClaim(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    if (copy.namespace !== desk.flow.id || copy.isLabel) continue;
    const found = copy.text.split('\n').flatMap(claimsIn);
    if (found.length === 0) continue;
    const said = [...new Set(found.map((one) => `"${one.said}"`))];
    const facts = [...new Set(found.map((one) => `{{${one.binding}}}`))];
    complainAtCopy(
      desk,
      'L27',
      copy,
      `${said.join(', ')} in figures: a claim that nothing binds`,
      `print a fact such as ${facts.join(', ')}, and add it to claims`,
    );
  }
}

/** A line that leans on a fact already, or stands only while one is true, is bound. */
function claimsIn(line: string): readonly { said: string; binding: string }[] {
  const paths = placeholdersOf(line).map((name) => name.replace(/^(?:if|unless)\./u, ''));
  if (paths.some(isClaimPath)) return [];
  const printed = line.replace(/\{\{[^{}]*\}\}/gu, ' ').replace(names, ' ');
  return claims.flatMap(({ said, binding }) => {
    const words = said.exec(printed)?.[0].trim();
    return words ? [{ said: words, binding }] : [];
  });
}
