/** An answer of the server that is not a success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string | null;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body.message === 'string' ? body.message : '');
    this.status = status;
    this.code = typeof body.code === 'string' ? body.code : null;
    this.body = body;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

let onSignedOut: () => void = () => undefined;

/** Names what happens when any call finds that the session has ended. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

async function readBody(response: Response): Promise<Record<string, unknown>> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  if (response.status === 204 || !isJson) return {};
  return (await response.json()) as Record<string, unknown>;
}

async function ask(method: Method, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new ApiError(0, { code: 'offline' });
  }
}

/** Calls the server. Throws ApiError on any other answer than 2xx, and tells the session when it has ended. */
export async function api<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await ask(method, path, body);
  const answer = await readBody(response);
  if (response.ok) return answer as T;
  throw refusedBy(path, response.status, answer);
}

/** The error of an answer that is no success; the session is told when it has ended. */
export function refusedBy(path: string, status: number, answer: Record<string, unknown>): ApiError {
  if (status === 401 && path !== '/api/session') onSignedOut();
  return new ApiError(status, answer);
}

export const isApiError = (error: unknown, status?: number): error is ApiError =>
  error instanceof ApiError && (status === undefined || error.status === status);

/** A name for one intention of the coach: its retries and doubles are one act. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
