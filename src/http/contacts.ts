import { Router } from 'express';
import { z } from 'zod';
import { listContacts, readPerson, readSegments } from '../reports/contacts.ts';
import type { Desk } from '../reports/rows.ts';
import type { DeskDoor } from '../pipeline/desk.ts';
import { parseBody } from './parse.ts';
import { coachOf } from './session.ts';

export interface ContactDoors {
  readonly reads: Desk;
  readonly desk: DeskDoor;
}

const ask = z.object({
  q: z.string().max(100).default(''),
  segment: z.string().max(80).nullable().default(null),
  after: z.string().max(20).nullable().default(null),
});

/** People and the segments they are in: for every coach (inbox.md §11). */
export function contacts({ reads, desk }: ContactDoors): Router {
  const router = Router();
  router.get('/contacts', async (request, response) => {
    const { q, segment, after } = parseBody(ask, request.query);
    response.json(await listContacts(reads, { search: q, segment, after }));
  });
  router.get('/segments', async (_request, response) => {
    response.json(await readSegments(reads));
  });
  router.get('/contacts/:id', async (request, response) => {
    const person = await readPerson(reads, request.params.id);
    await desk.note(coachOf(response).id, 'saw', request.params.id);
    response.json(person);
  });
  return router;
}
