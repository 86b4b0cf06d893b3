import express, { Router } from 'express';
import { z } from 'zod';
import type { OfferFields } from '../core/offer.ts';
import { conflict, unprocessable } from '../errors.ts';
import type { Stated } from '../pipeline/state-offer.ts';
import type { OffersView } from '../reports/offers.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface OfferDoors {
  readonly read: () => Promise<OffersView>;
  readonly state: (fields: OfferFields, who: string) => Promise<Stated>;
}

const shape = z.strictObject({
  kind: z.string(),
  value: z.unknown(),
  maxAge: z.string().optional(),
  endsAt: z.iso.datetime({ offset: true }).nullish(),
});

/** Reasons that say the house knows better, not that the fact is badly made. */
const conflicts: ReadonlySet<string> = new Set(['deadline_quoted', 'older_than_known']);

/** The facts that sentences lean on, and a manager's word on one of them: `PUT /api/offers/price.390 {kind, value}`. */
export function offers({ read, state }: OfferDoors): Router {
  const router = Router();
  router.get('/offers', async (_request, response) => {
    response.json(await read());
  });
  router.put('/offers/:key', requireManager, express.json({ limit: '64kb' }), async (request, response) => {
    const fields = parseBody(shape, request.body);
    const stated = await state({ ...fields, key: String(request.params.key) }, coachOf(response).id);
    if (stated.state === 'refused') {
      const say = conflicts.has(stated.reason) ? conflict : unprocessable;
      throw say(stated.reason, 'This fact was not taken.', {
        issues: [{ path: 'offer', message: stated.reason }],
      });
    }
    response.json({ state: stated.state, offer: stated.offer });
  });
  return router;
}
