import Boom from '@hapi/boom';

/** One thing wrong with a value somebody sent: where it is, and what to do about it. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

export interface ErrorData {
  /** Stable, snake_case; what a program holds on to. */
  readonly code: string;
  readonly issues?: readonly Issue[];
  /** More for the caller, merged into the payload. */
  readonly payload?: Record<string, unknown>;
}

export type HttpError = Boom.Boom<ErrorData>;

function make(statusCode: number) {
  return (code: string, message: string, more: Omit<ErrorData, 'code'> = {}): HttpError =>
    new Boom.Boom(message, { statusCode, data: { code, ...more } });
}

export const badRequest = make(400);
export const unauthorized = make(401);
export const forbidden = make(403);
export const notFound = make(404);
export const conflict = make(409);
export const tooLarge = make(413);
export const unprocessable = make(422);
export const tooMany = make(429);
export const unavailable = make(503);

export const isHttpError = (error: unknown): error is HttpError => Boom.isBoom(error);

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
