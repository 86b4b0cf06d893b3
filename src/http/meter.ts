import type { Request, RequestHandler } from 'express';
import { Counter, Histogram, type Registry } from 'prom-client';
import { monotonicMs } from '../clock.ts';

/** The route as it is written, never as it was called: an address in a label would name a person. */
function routeOf(request: Request): string {
  const route = request.route as { readonly path?: unknown } | undefined;
  return typeof route?.path === 'string' ? `${request.baseUrl}${route.path}` : 'none';
}

/** Counts and times what is answered, by route, method and status. A stream is counted when it ends. */
export function meter(registry: Registry): RequestHandler {
  const answered = new Counter({
    name: 'mona_http_requests_total',
    help: 'Requests answered',
    labelNames: ['route', 'method', 'status'],
    registers: [registry],
  });
  const took = new Histogram({
    name: 'mona_http_request_seconds',
    help: 'From the request to the end of its answer',
    labelNames: ['route', 'method'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers: [registry],
  });
  return (request, response, next) => {
    const beganMs = monotonicMs();
    response.once('close', () => {
      const route = routeOf(request);
      answered.inc({ route, method: request.method, status: String(response.statusCode) });
      took.observe({ route, method: request.method }, (monotonicMs() - beganMs) / 1000);
    });
    next();
  };
}
