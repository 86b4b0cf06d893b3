import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SendError } from '../channel.ts';
import { isTrusted, outerLookup, readEndpoint } from './endpoint.ts';

export interface Posting {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Gives one encrypted message to a push service; its status. Follows no redirect.
 * @throws SendError where nothing was begun: no connection, or an address we do not call.
 */
export function post(
  { endpoint, headers, body }: Posting,
  signal: AbortSignal,
  trusted: string | null,
): Promise<number> {
  const url = readEndpoint(endpoint, trusted);
  if (!url) return Promise.reject(new SendError('endpoint_refused', false));
  const options: RequestOptions = { method: 'POST', headers: { ...headers }, signal };
  return new Promise((resolve, reject) => {
    const request = isTrusted(url, trusted)
      ? (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options)
      : httpsRequest(url, { ...options, lookup: outerLookup });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (code === 'EINNER') reject(new SendError('endpoint_refused', false, { cause: error }));
      else reject(neverConnected.has(code) ? new SendError(code, true, { cause: error }) : error);
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.end(body);
  });
}
