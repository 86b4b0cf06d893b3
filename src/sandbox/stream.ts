import type { Request, Response } from 'express';

export interface Stream {
  send(event: 'message' | 'mail' | 'push' | 'clock', value: unknown): void;
  /** Serves one window until it leaves. */
  serve(request: Request, response: Response): void;
  close(): void;
}

const beatMs = 25_000;

/** Server-sent events to every open window of the sandbox. A window that reconnects loads its lists again. */
export function createStream(): Stream {
  const windows = new Set<Response>();
  const beat = setInterval(() => {
    for (const window of windows) window.write(': still here\n\n');
  }, beatMs);
  beat.unref();
  return {
    send: (event, value) => {
      for (const window of windows) window.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
    },
    serve: (request, response) => {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      response.write('retry: 1000\n\n');
      windows.add(response);
      request.on('close', () => windows.delete(response));
    },
    close: () => {
      clearInterval(beat);
      for (const window of windows) window.end();
      windows.clear();
    },
  };
}
