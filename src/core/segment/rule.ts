import { z } from 'zod';
import { channels } from '../vocabulary.ts';
import { tiers } from '../scoring.ts';

/*
 * The one shape of a segment's rule (lifecycle.md §11). evaluate.ts answers it for one contact in memory, query.ts asks
 * the database for all; a property test holds them to each other.
 */

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: dayMs,
  w: 7 * dayMs,
  y: 365 * dayMs,
};

const duration = z.string().transform((text, context) => {
  const [, count, unit] = /^(\d+)([smhdwy])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (unitMs[unit ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 90d, 3y or 12h` });
  return z.NEVER;
});

const nfc = z.string().transform((text) => text.normalize('NFC'));
const scalar = z.union([nfc, z.number(), z.boolean(), z.null()]);

const test = z.discriminatedUnion('op', [
  z.strictObject({ op: z.enum(['eq', 'ne']), value: scalar }),
  z.strictObject({ op: z.enum(['in', 'nin']), value: z.array(scalar).min(1) }),
  z.strictObject({ op: z.enum(['gt', 'gte', 'lt', 'lte']), value: z.union([z.number(), nfc]) }),
  z.strictObject({ op: z.literal('exists'), value: z.boolean() }),
  z.strictObject({ op: z.enum(['within', 'olderThan']), value: duration }),
]);

/** One question about one value. Dates are only asked how long ago they are. */
export type Test = z.output<typeof test>;

const counting = z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']);
export type Counting = z.output<typeof counting>;

/** No part is `_id`, empty, or a word of the database's own. */
const path = z.string().regex(/^[A-Za-z0-9][\w-]*(\.[A-Za-z0-9][\w-]*)*$/, {
  error: 'a path is names with dots between, such as traits.genre',
});

const attr = z.strictObject({ path, op: z.string(), value: z.unknown() }).transform((given, context) => {
  const parsed = test.safeParse({ op: given.op, value: given.value });
  if (parsed.success) return { path: given.path, test: parsed.data };
  for (const issue of parsed.error.issues)
    context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
  return z.NEVER;
});

const property = z.union([scalar.transform((value): Test => ({ op: 'eq', value })), test]);

const event = z
  .strictObject({
    name: nfc.pipe(z.string().min(1)),
    where: z.record(path, property).optional(),
    op: counting.default('gte'),
    n: z.int().min(0).default(1),
    within: duration.optional(),
  })
  .transform(({ within, where, ...rest }) => ({ ...rest, where: where ?? {}, withinMs: within ?? null }));

const score = z.union([
  z.strictObject({
    of: z.literal('tier'),
    op: z.enum(['eq', 'ne']),
    value: z.enum(tiers),
  }),
  z.strictObject({
    of: z.enum(['mona', 'points', 'heat']),
    op: z.enum(['gt', 'gte', 'lt', 'lte']),
    value: z.number(),
  }),
]);

const consent = z.strictObject({
  channel: z.enum(channels),
  purpose: z.enum(['marketing', 'open_tracking', 'push']).default('marketing'),
  is: z.enum(['granted', 'withdrawn', 'objected', 'none']).default('granted'),
});

const bucket = z
  .strictObject({ seed: z.string().min(1), from: z.number().min(0).max(1), to: z.number().min(0).max(1) })
  .refine(({ from, to }) => from < to, { error: '"from" must be below "to"', path: ['to'] });

export type Rule =
  | { readonly all: readonly Rule[] }
  | { readonly any: readonly Rule[] }
  | { readonly not: Rule }
  | { readonly attr: z.output<typeof attr> }
  | { readonly event: z.output<typeof event> }
  | { readonly score: z.output<typeof score> }
  | { readonly consent: z.output<typeof consent> }
  | { readonly inSegment: string }
  | { readonly bucket: z.output<typeof bucket> };

const kinds: Readonly<Record<string, z.ZodType>> = {
  all: z.lazy(() => z.array(ruleShape).min(1)),
  any: z.lazy(() => z.array(ruleShape).min(1)),
  not: z.lazy(() => ruleShape),
  attr,
  event,
  score,
  consent,
  inSegment: z.string().min(1),
  bucket,
};

/** `{ <kind>: … }` with exactly one kind, so that a mistake is named where it is and not as "no member matched". */
export const ruleShape: z.ZodType<Rule> = z.record(z.string(), z.unknown()).transform((given, context) => {
  const names = Object.keys(given);
  const [kind = ''] = names;
  const shape = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (names.length !== 1 || !shape) {
    const found = names.length === 0 ? 'nothing' : names.join(', ');
    const message = `needs exactly one of ${Object.keys(kinds).join(', ')}; found ${found}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  const parsed = shape.safeParse(given[kind]);
  if (parsed.success) return { [kind]: parsed.data } as unknown as Rule;
  for (const issue of parsed.error.issues)
    context.addIssue({ code: 'custom', path: [kind, ...issue.path], message: issue.message });
  return z.NEVER;
});

/** Every rule inside a rule, itself included. */
export function rulesIn(rule: Rule): readonly Rule[] {
  if ('all' in rule) return [rule, ...rule.all.flatMap(rulesIn)];
  if ('any' in rule) return [rule, ...rule.any.flatMap(rulesIn)];
  if ('not' in rule) return [rule, ...rulesIn(rule.not)];
  return [rule];
}
