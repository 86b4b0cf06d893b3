import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { notFound } from '../errors.ts';
import type { AccountsDoor } from '../pipeline/accounts.ts';
import type { Sessions } from '../pipeline/sessions.ts';
import { limitVisitor } from './limits.ts';
import { parseBody } from './parse.ts';
import { coachOf, enter, secretOf, type SessionDoors } from './session.ts';

export interface AccountDoors {
  readonly accounts: AccountsDoor;
  readonly sessions: Sessions;
}

const secret = z.string().min(20).max(200);
const password = z.string().min(1).max(500);
const linkShape = z.strictObject({ secret });
const acceptShape = z.strictObject({ secret, name: z.string().trim().min(1).max(60), password });
const forgotShape = z.strictObject({ email: z.string().trim().min(3).max(200) });
const resetShape = z.strictObject({ secret, password });
const changeShape = z.strictObject({ old: password, password });

const json = express.json({ limit: '8kb' });

/**
 * Doors that stand open before the sign-in: an invitation, a forgotten password. Links act by POST, once; looking at one is a
 * POST too, because its secret must stand in no address (inbox.md §11).
 */
export function openAccount(doors: AccountDoors & SessionDoors): Router {
  const { accounts, sessions, desk } = doors;
  const router = Router();
  router.use(['/invitation', '/password'], limitVisitor());

  router.post('/invitation/look', json, async (request, response) => {
    response.json(await accounts.lookAtInvitation(parseBody(linkShape, request.body).secret));
  });

  router.post('/invitation/accept', json, async (request, response) => {
    const asked = parseBody(acceptShape, request.body);
    const coachId = await accounts.acceptInvitation(asked.secret, asked.name, asked.password);
    const opened = await sessions.open(coachId, request.headers['user-agent'] ?? null);
    await desk.beat(coachId);
    await desk.note(coachId, 'invitation_accepted', null);
    enter(response, doors.publicUrl(), opened);
  });

  router.post('/password/forgot', json, (request, response) => {
    accounts.forgot(parseBody(forgotShape, request.body).email);
    response.status(204).end();
  });

  router.post('/password/look', json, async (request, response) => {
    response.json(await accounts.lookAtReset(parseBody(linkShape, request.body).secret));
  });

  router.post('/password/reset', json, async (request, response) => {
    const asked = parseBody(resetShape, request.body);
    const coachId = await accounts.reset(asked.secret, asked.password);
    await desk.note(coachId, 'password_reset', null);
    response.status(204).end();
  });
  return router;
}

/** One's own account: the password, and where one is signed in. */
export function ownAccount(doors: AccountDoors & SessionDoors): Router {
  const { accounts, sessions, desk, publicUrl } = doors;
  const router = Router();
  const own = (request: Request): string => secretOf(request, publicUrl()) ?? '';

  router.put('/me/password', limitVisitor(), json, async (request: Request, response: Response) => {
    const { old, password: next } = parseBody(changeShape, request.body);
    const { id } = coachOf(response);
    await accounts.changePassword(id, old, next, own(request));
    await desk.note(id, 'password_changed', null);
    response.status(204).end();
  });

  router.get('/me/sessions', async (request: Request, response: Response) => {
    const thisOne = sessions.idOf(own(request));
    const open = await sessions.listOf(coachOf(response).id);
    response.json({ sessions: open.map((one) => ({ ...one, isThis: one.id === thisOne })) });
  });

  router.delete('/me/sessions/:session', async (request: Request, response: Response) => {
    const { id } = coachOf(response);
    if (!(await sessions.endOne(id, String(request.params.session))))
      throw notFound('no_such_session', 'This session has ended already.');
    await desk.note(id, 'session_ended', null);
    response.status(204).end();
  });

  router.post('/me/sessions/end-others', json, async (request: Request, response: Response) => {
    const { id } = coachOf(response);
    const ended = await sessions.endAll(id, own(request));
    await desk.note(id, 'sessions_ended', null, { ended });
    response.json({ ended });
  });
  return router;
}
