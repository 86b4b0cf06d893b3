import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { tooMany } from '../errors.ts';

const minuteMs = 60_000;
/** Far above a busy coach's window, far below what a loop in a page would ask. */
const mostOfACoach = 3_000;
const mostUploads = 30;
/** Guessing a link is hopeless; asking for mails, or hashing passwords for nothing, is only slowed. */
const mostOfAVisitor = 60;
/** A batch holds 1,000 events: this is 6 million an hour and key. */
const mostOfAKey = 6_000;

const addressOf = (request: Request): string => ipKeyGenerator(request.ip ?? '');

function limit(
  most: number,
  keyOf: (request: Request, response: Response) => string,
  what: string,
): RequestHandler {
  return rateLimit({
    windowMs: minuteMs,
    limit: most,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    // Express reports whose the proxy is; a house behind one it does not trust counts by the proxy's address.
    validate: { xForwardedForHeader: false },
    handler: (_request, response, next) => {
      response.set('retry-after', '60');
      next(
        tooMany(
          'too_many_requests',
          `${what} takes at most ${String(most)} requests a minute. Wait, then go on.`,
        ),
      );
    },
  });
}

const byCoach = (request: Request, { locals }: Response): string =>
  (locals as { coach?: { id: string } }).coach?.id ?? addressOf(request);

/** One coach's requests in a minute, in this process. */
export const limitCoach = (most = mostOfACoach): RequestHandler => limit(most, byCoach, 'A coach');

/** Files that one coach attaches in a minute. */
export const limitUploads = (most = mostUploads): RequestHandler => limit(most, byCoach, 'Attaching files');

/** One address's requests in a minute at the doors before the sign-in, in this process. */
export const limitVisitor = (most = mostOfAVisitor): RequestHandler => limit(most, addressOf, 'This address');

/** One API key's requests in a minute, in this process; it is known by its hash. */
export const limitKey = (most = mostOfAKey): RequestHandler =>
  limit(
    most,
    ({ headers }) =>
      createHash('sha256')
        .update(headers.authorization ?? '')
        .digest('hex'),
    'A key',
  );
