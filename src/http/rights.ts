import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Channel } from '../core/vocabulary.ts';
import { channels } from '../core/vocabulary.ts';
import { notFound, unprocessable } from '../errors.ts';
import type { Erasure } from '../pipeline/erase.ts';
import type { AuditAsk, AuditLine } from '../reports/audit.ts';
import type { HeldCount } from '../reports/held.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface RightsDoors {
  readonly access: (contactId: string, by: string) => Promise<object | null>;
  readonly heldOn: (contactId: string) => Promise<readonly HeldCount[]>;
  readonly erase: (contactId: string, by: string) => Promise<Erasure>;
  readonly object: (contactId: string, by: string, channel: Channel | null) => Promise<boolean>;
  readonly audit: (contactId: string, ask: AuditAsk) => Promise<readonly AuditLine[]>;
  readonly now: () => Date;
}

const erasing = z.strictObject({ contactId: z.string() });
const objecting = z.strictObject({ channel: z.enum(channels).nullable().default(null) });
const auditing = z.object({
  days: z.coerce.number().int().min(1).max(3_650).default(365),
  most: z.coerce.number().int().min(1).max(1_000).default(200),
});
const dayMs = 86_400_000;
const nobody = () => notFound('no_such_contact', 'There is no such contact.');

/** What a person may ask of us, answered by a manager (compliance.md; GDPR 15, 17, 20, 21). */
export function rights(doors: RightsDoors): Router {
  const router = Router();
  const json = express.json({ limit: '8kb' });
  const ofManager = [requireManager, json];

  router.get('/contacts/:id/bundle', requireManager, async (request: Request<{ id: string }>, response) => {
    const { id } = request.params;
    const bundle = await doors.access(id, coachOf(response).id);
    if (!bundle) throw nobody();
    response
      .attachment(`mona-${id.replaceAll(/[^\w-]/gu, '_')}.json`)
      .type('json')
      .send(JSON.stringify(bundle, null, 2));
  });

  router.get('/contacts/:id/held', requireManager, async (request: Request<{ id: string }>, response) => {
    response.json({ held: await needHeld(doors, request.params.id) });
  });

  router.post('/contacts/:id/erasure', ...ofManager, async (request: Request, response: Response) => {
    const id = String(request.params.id);
    // Typed by hand, so that a click meant for another page erases nobody.
    if (parseBody(erasing, request.body).contactId !== id)
      throw unprocessable('not_confirmed', 'Type the id of the person who is to be erased.');
    const { state, waitsFor, counts, redacted } = await doors.erase(id, coachOf(response).id);
    response.status(state === 'done' ? 200 : 202).json({ state, waitsFor, counts, redacted });
  });

  router.post('/contacts/:id/objection', ...ofManager, async (request: Request, response: Response) => {
    const id = String(request.params.id);
    await needHeld(doors, id);
    const isMoved = await doors.object(id, coachOf(response).id, parseBody(objecting, request.body).channel);
    response.status(isMoved ? 200 : 202).json({ isMoved });
  });

  router.get('/contacts/:id/audit', requireManager, async (request: Request<{ id: string }>, response) => {
    const { days, most } = parseBody(auditing, request.query);
    const since = new Date(doors.now().getTime() - days * dayMs);
    response.json({ lines: await doors.audit(request.params.id, { since, most }) });
  });

  return router;
}

async function needHeld({ heldOn }: RightsDoors, contactId: string): Promise<readonly HeldCount[]> {
  const held = await heldOn(contactId);
  if (!held.some(({ collection }) => collection === 'contacts')) throw nobody();
  return held;
}
