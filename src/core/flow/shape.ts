import { z } from 'zod';
import { channels } from '../vocabulary.ts';
import type { Comparison, Condition } from './definition.ts';
import { comparisons } from './expression.ts';
import { parseDuration } from './time.ts';

/* The small shapes every part of a flow file is written in. */

/** `_ . :` mean something to i18next, so ids have none. */
export const slugPattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const text = z.string().min(1);
export const channel = z.enum(channels);

export const duration = z.string().refine((value) => parseDuration(value) !== null, {
  error: 'is not a duration such as 90s, 10m, 2h or 3d',
});

/** One name, or a list of names. */
export const names = z.union([text.transform((name) => [name]), z.array(text).min(1)]);

const comparison: z.ZodType<Comparison> = z
  .strictObject(
    Object.fromEntries(comparisons.map((op) => [op, z.union([scalar, z.array(scalar)]).optional()])),
  )
  .refine((value) => Object.keys(value).length > 0, { error: 'compares with nothing' }) as never;

/** `{ path: scalar | comparison }`, all must hold, with `any` and `not`. */
export const condition: z.ZodType<Condition> = z.lazy(() =>
  z.record(z.string(), z.unknown()).transform((raw, context) => {
    for (const [path, test] of Object.entries(raw)) {
      const shape =
        path === 'any'
          ? z.array(condition).min(1)
          : path === 'not'
            ? condition
            : z.union([scalar, comparison]);
      const parsed = shape.safeParse(test);
      if (!parsed.success) {
        for (const issue of parsed.error.issues)
          context.issues.push({ ...issue, input: test, path: [path, ...issue.path] } as never);
      }
    }
    return raw as Condition;
  }),
);

export const values = z.record(text, scalar);

export const reservation = z.strictObject({ offer: text, until: text });

export const matcher = { on: names, where: condition.optional() };
