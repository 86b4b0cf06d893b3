import { z } from 'zod';

/** The ways of saying things of `test/core/intent/phrases.yaml`, from which texts to learn from are made. */
export const phraseFile = z.strictObject({
  lists: z.record(z.string(), z.array(z.coerce.string())),
  intents: z.array(
    z.strictObject({
      intent: z.string(),
      context: z.union([z.enum(['any', 'asked', 'none']), z.array(z.string())]),
      share: z.number().positive(),
      phrases: z.array(z.string()),
    }),
  ),
});
export type PhraseFile = z.infer<typeof phraseFile>;

/** A number from 0 to 1, the same sequence for the same seed. */
export type Chance = () => number;

/** Mulberry32: small, and good enough to mix examples. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(from: readonly T[], chance: Chance): T => {
  const picked = from[Math.floor(chance() * from.length)];
  if (picked === undefined) throw new Error('Nothing to pick from: a list of phrases.yaml is empty.');
  return picked;
};

const innermost = /\[([^[\]]*)\]/;
const deepest = 12;

/** One text of a phrase: every choice made, every list drawn from. */
export function sayOne(phrase: string, lists: PhraseFile['lists'], chance: Chance): string {
  let said = phrase;
  for (let depth = 0; depth < deepest && /[[<]/.test(said); depth += 1) {
    said = said.replaceAll(/<(\w+)>/g, (_, name: string) => {
      const list = lists[name];
      if (!list) throw new Error(`phrases.yaml names the list <${name}>, which it does not hold.`);
      return pick(list, chance);
    });
    while (innermost.test(said))
      said = said.replace(innermost, (_, choices: string) => pick(choices.split('|'), chance));
  }
  return said
    .replaceAll(/\s+([,.])/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[,.\s]+/, '')
    .trim();
}
