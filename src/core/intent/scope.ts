import type { Tag } from '../understood.ts';
import { fold } from './characters.ts';
import type { Hit } from './hits.ts';
import type { Clause, Normal } from './normalise.ts';

/** The widest first: a refusal of everything beside a channel is one of everything. */
const scopes = ['scope:all', 'scope:sms', 'scope:email', 'scope:whatsapp', 'scope:push'] as const;
const scopeWords = new Map(
  [
    'tout tous toutes toute all everything everywhere partout',
    'sms texto textos text texts texting',
    'mail mails email emails courriel courriels newsletter newsletters',
    'whatsapp',
    'notif notifs notification notifications push',
  ].flatMap((words, scope) => words.split(' ').map((word) => [fold(word), scope] as const)),
);

/** What a refusal covers: the channel its words name, or all; nothing named is the channel it came by. */
export function scopeOf(words: readonly string[], tags: readonly Tag[]): Tag[] {
  if (tags.includes('erase')) return ['scope:all'];
  let widest: number = scopes.length;
  for (const word of words) widest = Math.min(widest, scopeWords.get(word) ?? widest);
  const scope = scopes[widest];
  return scope === undefined ? [] : [scope];
}

const wordsOf = (clause: Clause | undefined): string[] => clause?.tokens.map(({ word }) => word) ?? [];

/** "arrêtez tout, ne m'envoyez plus rien": one clause that says all is enough; else the clearest one names the channel. */
export function scopeOfAll(normal: Normal, top: Hit, hits: readonly Hit[], tags: readonly Tag[]): Tag[] {
  const named = [...new Set(hits.map(({ clause }) => clause))].flatMap((clause) =>
    scopeOf(wordsOf(normal.clauses[clause]), tags),
  );
  return named.includes('scope:all') ? ['scope:all'] : scopeOf(wordsOf(normal.clauses[top.clause]), tags);
}

/** What a refusal that only the classifier heard covers: all of it if one clause says so. */
export function scopeOfText(normal: Normal, tags: readonly Tag[]): Tag[] {
  const named = normal.clauses.flatMap((clause) => scopeOf(wordsOf(clause), tags));
  return named.includes('scope:all') ? ['scope:all'] : named.slice(0, 1);
}
