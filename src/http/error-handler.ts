import Boom from '@hapi/boom';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { isHttpError, notFound, type HttpError } from '../errors.ts';
import type { Log } from '../log.ts';

/** What express's router and body parsers throw: a status, and a type where a body was at fault. */
interface ReadingError {
  readonly status: number;
  readonly type?: string;
}

const isReadingError = (error: unknown): error is ReadingError =>
  error instanceof Error && typeof (error as Partial<ReadingError>).status === 'number';

/** An address that is no UTF-8, a body that does not unpack: neither has a type of its own. */
const codeOf = (error: ReadingError): string =>
  error.type?.replaceAll('.', '_') ?? (error instanceof URIError ? 'path_undecodable' : 'body_unreadable');

function asHttpError(error: unknown): HttpError {
  if (isHttpError(error)) return error;
  if (isReadingError(error) && error.status >= 400 && error.status < 500) {
    const message =
      error.status === 413
        ? 'The request is larger than this address takes.'
        : error instanceof URIError
          ? 'The address of the request could not be read.'
          : 'The body of the request could not be read.';
    return new Boom.Boom(message, {
      statusCode: error.status,
      data: { code: codeOf(error) },
    });
  }
  return Boom.boomify(error instanceof Error ? error : new Error(String(error)), {
    statusCode: 500,
  }) as HttpError;
}

/**
 * The last handler: every error leaves as a Boom payload `{statusCode, error, message, code?, issues?}`. The caller's
 * mistakes are not logged; ours are, and never tell their message.
 */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const boom = asHttpError(error);
    const { statusCode, payload, headers } = boom.output;
    if (statusCode >= 500 && statusCode !== 503)
      log.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    const { code, issues, payload: more } = boom.data ?? {};
    response
      .status(statusCode)
      .set(headers as Record<string, string>)
      .json({ ...payload, ...(code ? { code } : {}), ...(issues ? { issues } : {}), ...more });
  };
}

export const nothingHere: RequestHandler = (request) => {
  throw notFound('no_such_route', `Nothing answers ${request.method} ${request.path}.`);
};
