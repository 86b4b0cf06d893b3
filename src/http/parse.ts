import type { z } from 'zod';
import { badRequest } from '../errors.ts';

/** Unknown in, typed out, or 400 with every issue at once. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw badRequest('malformed', 'The request is not of the shape this address takes.', {
    issues: parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  });
}
