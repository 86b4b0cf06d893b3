import { Router } from 'express';
import type { Registry } from 'prom-client';
import { unavailable } from '../errors.ts';

export interface HealthDoors {
  /** What is not ready yet, in words; empty = ready. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly metrics: Registry;
}

export function health({ notReady, metrics }: HealthDoors): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ ok: true });
  });
  router.get('/readyz', async (_request, response) => {
    const waiting = await notReady();
    if (waiting.length > 0) throw unavailable('not_ready', `Not ready: ${waiting.join(', ')}.`);
    response.json({ ok: true });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics());
  });
  return router;
}
