import { Router } from 'express';
import { z } from 'zod';
import type { KpiRange, SequenceKpis } from '../reports/kpi.ts';
import { parseBody } from './parse.ts';

export interface SequenceDoors {
  readonly readKpis: (range: KpiRange) => Promise<readonly SequenceKpis[]>;
  readonly readDifferences: () => Promise<readonly string[]>;
}

const day = z.iso.date({ error: 'a day such as 2026-03-02' });
const range = z.object({ from: day.optional(), to: day.optional(), flow: z.string().max(100).optional() });

/** `GET /api/sequences`: how each sequence does against its targets; which every coach may read (inbox.md §11). */
export function sequences({ readKpis, readDifferences }: SequenceDoors): Router {
  const router = Router();
  router.get('/sequences', async (request, response) => {
    const [kpis, differences] = await Promise.all([
      readKpis(parseBody(range, request.query)),
      readDifferences(),
    ]);
    response.json({ sequences: kpis, differences });
  });
  return router;
}
