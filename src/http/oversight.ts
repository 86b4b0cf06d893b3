import { Router } from 'express';
import type { ComplianceView } from '../reports/compliance.ts';
import type { HealthView } from '../reports/health.ts';
import { requireManager } from './session.ts';

export interface OversightDoors {
  readonly compliance: () => Promise<ComplianceView>;
  readonly health: () => Promise<HealthView>;
}

/** What the house answers for, a manager's page; and how it is doing, which every coach may know. */
export function oversight({ compliance, health }: OversightDoors): Router {
  const router = Router();
  router.get('/compliance', requireManager, async (_request, response) => {
    response.json(await compliance());
  });
  router.get('/health', async (_request, response) => {
    response.json(await health());
  });
  return router;
}
