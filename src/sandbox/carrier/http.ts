import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';

/** One call to the carrier: what it asks, read once. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The raw body, or what a parser in front of us made of it. */
  readonly body: string;
  readonly response: ServerResponse;
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () =>
      resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString('utf8')),
    );
    request.on('error', reject);
  });
}

export async function readCall(request: IncomingMessage, response: ServerResponse): Promise<Call> {
  const url = request.url ?? '/';
  const cut = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: cut < 0 ? url : url.slice(0, cut),
    query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
    headers: request.headers,
    body: request.method === 'GET' ? '' : await readBody(request),
    response,
  };
}

export function readForm(call: Call): Record<string, string> {
  return parse(call.body) as Record<string, string>;
}

export function readJson(call: Call): Record<string, unknown> {
  return call.body === '' ? {} : (JSON.parse(call.body) as Record<string, unknown>);
}

export function answer(response: ServerResponse, status: number, value?: unknown): void {
  if (response.destroyed || response.writableEnded) return;
  const text = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json;charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
