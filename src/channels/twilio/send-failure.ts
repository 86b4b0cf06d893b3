import { SendError } from '../channel.ts';
import { actionOf } from './error-codes.ts';

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

interface Failure {
  readonly code?: unknown;
  readonly status?: unknown;
  readonly errors?: unknown;
}

/** Connection refused, no DNS: not a byte of ours left. An attempt on several addresses failed on each of them. */
function isNeverSent(error: Failure): boolean {
  if (Array.isArray(error.errors))
    return error.errors.length > 0 && error.errors.every((one) => isNeverSent(one as Failure));
  return typeof error.code === 'string' && neverSent.has(error.code);
}

/**
 * What a failed call means (twilio-and-whatsapp.md §4): a `SendError` where the carrier surely has no message of it,
 * otherwise the error as it came, which says that nobody knows.
 */
export function sendFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { status, code } = error as Failure;
  if (isNeverSent(error as Failure))
    return new SendError(String(code ?? 'not_connected'), true, { cause: error });
  if (typeof status !== 'number' || status < 400 || status >= 500 || status === 408) return error;
  const named = typeof code === 'number' ? String(code) : `http_${status}`;
  return new SendError(named, status === 429 || actionOf(named) === 'retry', { cause: error });
}
