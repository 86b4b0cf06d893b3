import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The port, open from the first moment: `/healthz` answers before the database does. */
export interface Listener {
  readonly port: number;
  readonly server: Server;
  /** From now on this answers. */
  serve(handler: RequestListener): void;
  close(graceMs: number): Promise<void>;
}

const waking: RequestListener = (request, response) => {
  const isAlive = request.url === '/healthz';
  const payload = isAlive
    ? { ok: true }
    : { statusCode: 503, error: 'Service Unavailable', message: 'Starting.' };
  response.writeHead(isAlive ? 200 : 503, {
    'content-type': 'application/json; charset=utf-8',
    ...(isAlive ? {} : { 'retry-after': '2' }),
  });
  response.end(JSON.stringify(payload));
};

/** A port that is taken is the operator's to free: said in one line. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

export function listen(port: number): Promise<Listener> {
  let handler = waking;
  const server = createHttpServer(
    { keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 30_000 },
    (request, response) => {
      handler(request, response);
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new PortTaken(
              `PORT: ${String(port)} is taken by another program. Stop it, or set PORT to a free one (0 picks one).`,
            )
          : error,
      );
    });
    server.listen(port, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        server,
        serve: (next) => {
          handler = next;
        },
        close: (graceMs) =>
          new Promise((closed) => {
            const cut = setTimeout(() => {
              server.closeAllConnections();
            }, graceMs);
            server.close(() => {
              clearTimeout(cut);
              closed();
            });
            server.closeIdleConnections();
          }),
      });
    });
  });
}
