import express, { Router } from 'express';
import { z } from 'zod';
import type { OfferFields } from '../core/offer.ts';
import { conflict, unprocessable } from '../errors.ts';
import type { Stated } from '../pipeline/state-offer.ts';
import type { OfferCounts } from '../pipeline/import-offers.ts';
import type { OfferPage } from '../reports/offer.ts';
import type { OffersView } from '../reports/offers.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface OfferDoors {
  readonly read: () => Promise<OffersView>;
  readonly readOne: (key: string, locale: 'fr' | 'en') => Promise<OfferPage>;
  readonly state: (fields: OfferFields, who: string) => Promise<Stated>;
  /** Reads a file; dry, it says what it would do and writes nothing. Throws 400 for a first line that names no columns. */
  readonly takeFile: (file: OfferUpload, who: string) => Promise<OfferFileTaken>;
}

export interface OfferUpload {
  readonly name: string;
  readonly csv: string;
  readonly isDry: boolean;
}

export interface OfferFileTaken extends OfferCounts {
  /** What becomes of each row, in the order of the file. */
  readonly lines: readonly { readonly line: number; readonly key: string; readonly state: string }[];
}

const shape = z.strictObject({
  kind: z.string(),
  value: z.unknown(),
  maxAge: z.string().optional(),
  endsAt: z.iso.datetime({ offset: true }).nullish(),
});

const fileShape = z.strictObject({
  name: z.string().trim().min(1).max(120),
  csv: z.string().max(1_000_000),
  isDry: z.boolean(),
});
const languageShape = z.object({ locale: z.enum(['fr', 'en']).default('fr') });

/** Reasons that say the house knows better, not that the fact is badly made. */
const conflicts: ReadonlySet<string> = new Set(['deadline_quoted', 'older_than_known']);

/** The facts that sentences lean on, and a manager's word on one of them: `PUT /api/offers/price.390 {kind, value}`. */
export function offers({ read, readOne, state, takeFile }: OfferDoors): Router {
  const router = Router();
  router.get('/offers', async (_request, response) => {
    response.json(await read());
  });
  router.get('/offers/:key', async (request, response) => {
    const { locale } = parseBody(languageShape, request.query);
    response.json(await readOne(request.params.key, locale));
  });
  router.post('/offers/import', requireManager, express.json({ limit: '2mb' }), async (request, response) => {
    response.json(await takeFile(parseBody(fileShape, request.body), coachOf(response).id));
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
