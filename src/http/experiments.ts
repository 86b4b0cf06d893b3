import { Router } from 'express';
import { z } from 'zod';
import { dimensions, type Preflight } from '../core/experiment.ts';
import { conflict } from '../errors.ts';
import type { NewExperiment } from '../pipeline/experiment.ts';
import type { Candidate, ExperimentView } from '../reports/experiments.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface ExperimentDoors {
  readonly read: () => Promise<readonly ExperimentView[]>;
  /** What flows are written for and nobody has started. */
  readonly readCandidates: () => Promise<readonly Candidate[]>;
  /** Those of a month such as 2026-03. */
  readonly readMonth: (month: string) => Promise<readonly ExperimentView[]>;
  readonly plan: (plan: NewExperiment) => Promise<Preflight>;
  readonly start: (plan: NewExperiment, by: string) => Promise<unknown>;
  /** Answers the version that what won was published as; null without a winner. */
  readonly close: (key: string, winner: string | null, by: string) => Promise<string | null>;
}

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'small letters, digits and hyphens');
const share = z.number().gt(0).lt(1);
const planShape = z.strictObject({
  key: name,
  flow: name,
  dimension: z.enum(dimensions),
  arms: z
    .array(z.strictObject({ key: name, weight: z.number().min(0) }))
    .min(2)
    .max(6),
  control: name,
  primary: z.enum(['open', 'click', 'reply', 'conversion']),
  baseRate: share,
  lift: z.number().gt(0).max(5),
});
const monthShape = z.object({
  month: z
    .string()
    .regex(/^\d{4}-\d{2}$/, 'a month such as 2026-03')
    .optional(),
});

/** Experiments: read, by every coach; planned, started, closed, promoted by managers (inbox.md §11). */
export function experiments({
  read,
  readCandidates,
  readMonth,
  plan,
  start,
  close,
}: ExperimentDoors): Router {
  const router = Router();
  router.get('/experiments', async (request, response) => {
    const { month } = parseBody(monthShape, request.query);
    const experiments = await (month === undefined ? read() : readMonth(month));
    response.json({ experiments, candidates: await readCandidates() });
  });
  router.use('/experiments', requireManager);
  router.post('/experiments/preflight', async (request, response) => {
    response.json(await plan(parseBody(planShape, request.body)));
  });
  router.post('/experiments', async (request, response) => {
    response.status(201).json(await start(parseBody(planShape, request.body), coachOf(response).id));
  });
  router.post('/experiments/:key/stop', async (request, response) => {
    await close(request.params.key, null, coachOf(response).id);
    response.status(204).end();
  });
  router.post('/experiments/:key/promote', async (request, response) => {
    const view = (await read()).find(({ key }) => key === request.params.key);
    const winner = view?.verdict.winner ?? null;
    if (winner === null)
      throw conflict('no_winner', 'No arm may be promoted: control stays, which is a normal result.', {
        payload: { why: view?.verdict.why ?? [] },
      });
    const version = await close(request.params.key, winner, coachOf(response).id);
    response.json({ winner, version });
  });
  return router;
}
