import type { RequestHandler } from 'express';

const hourMs = 3_600_000;
/** More than this in an hour is told as "at least". */
const mostKept = 10_000;

/** Requests of the last hour that this process did not take, by what was wrong with them. */
export interface Rejected {
  /** Webhooks whose signature does not match. */
  readonly forged: number;
  /** Webhooks that could not be read, or were too large. */
  readonly malformed: number;
  /** Webhooks that we answered 5xx: the carrier brings them again. */
  readonly failed: number;
  /** Anybody who asked too often. */
  readonly limited: number;
}

export interface Rejects {
  readonly watch: RequestHandler;
  read(): Rejected;
}

type Kind = keyof Rejected;

function kindOf(isWebhook: boolean, status: number): Kind | null {
  if (status === 429) return 'limited';
  if (!isWebhook || status < 400) return null;
  if (status === 403) return 'forged';
  return status >= 500 ? 'failed' : 'malformed';
}

/** Remembers what was turned away, in memory: a health page asks for the last hour, not for for ever. */
export function createRejects(nowMs: () => number): Rejects {
  let seen: { readonly at: number; readonly kind: Kind }[] = [];
  const recent = () => seen.filter(({ at }) => nowMs() - at < hourMs);
  return {
    watch(request, response, next) {
      const isWebhook = request.path.startsWith('/webhooks/');
      response.once('close', () => {
        const kind = kindOf(isWebhook, response.statusCode);
        if (kind === null) return;
        if (seen.length >= mostKept) seen = recent().slice(-mostKept / 2);
        seen.push({ at: nowMs(), kind });
      });
      next();
    },
    read() {
      seen = recent();
      const count = (kind: Kind): number => seen.filter((one) => one.kind === kind).length;
      return {
        forged: count('forged'),
        malformed: count('malformed'),
        failed: count('failed'),
        limited: count('limited'),
      };
    },
  };
}
