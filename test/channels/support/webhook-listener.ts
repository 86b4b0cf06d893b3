import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';

export interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: Record<string, string>;
}

export interface Listener {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Status of the next answers, in order; then 200. `hangUp` closes the socket without an answer. */
  answer(...next: (number | 'hangUp')[]): void;
  /** Resolves with all posts so far once there are this many that match. */
  until(count: number, matches?: (post: Heard) => boolean): Promise<readonly Heard[]>;
  close(): Promise<void>;
}

/** The product's side of the carrier's posts: writes down what it hears, answers as told. */
export async function openListener(): Promise<Listener> {
  const heard: Heard[] = [];
  const answers: (number | 'hangUp')[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      heard.push({
        url: request.url ?? '',
        headers: request.headers,
        form: { ...parse(body) } as Record<string, string>,
      });
      const next = answers.shift() ?? 200;
      if (next === 'hangUp') request.socket.destroy();
      else response.writeHead(next).end();
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    answer: (...next) => answers.push(...next),
    until: (count, matches = () => true) =>
      new Promise((done) => {
        const look = (): void => {
          const found = heard.filter(matches);
          if (found.length < count) return;
          waiting.delete(look);
          done(found);
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
