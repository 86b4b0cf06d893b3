import express, { Router } from 'express';
import { z } from 'zod';
import type { DeskDoor } from '../pipeline/desk.ts';
import type { AccountsDoor } from '../pipeline/accounts.ts';
import type { TeamDoor } from '../pipeline/team.ts';
import type { TeamView } from '../reports/team.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface TeamDoors {
  readonly read: () => Promise<TeamView>;
  readonly team: TeamDoor;
  readonly accounts: Pick<AccountsDoor, 'sendInvitation'>;
  readonly desk: Pick<DeskDoor, 'note'>;
}

const role = z.enum(['coach', 'manager']);
const inviteShape = z.strictObject({
  email: z.email().max(200),
  name: z.string().trim().max(60).optional(),
  role,
  locale: z.enum(['fr', 'en']).default('fr'),
});
const roleShape = z.strictObject({ role });
const json = express.json({ limit: '8kb' });

/** Who belongs to the team: a manager's page (inbox.md §11). Each change leaves its line in the audit trail. */
export function team({ read, team: door, accounts, desk }: TeamDoors): Router {
  const router = Router();
  router.use('/team', requireManager);

  router.get('/team', async (_request, response) => {
    response.json(await read());
  });

  router.post('/team', json, async (request, response) => {
    const { name, ...asked } = parseBody(inviteShape, request.body);
    const by = coachOf(response);
    const id = await door.add({ ...asked, name: name || null });
    const isSent = await accounts.sendInvitation(id, by.name);
    await desk.note(by.id, 'member_invited', null, { member: id, role: asked.role });
    response.status(201).json({ id, isSent });
  });

  router.post('/team/:id/invitation', json, async (request, response) => {
    const by = coachOf(response);
    const { _id } = await door.needInvited(String(request.params.id));
    const isSent = await accounts.sendInvitation(_id, by.name);
    await desk.note(by.id, 'member_invited_again', null, { member: _id });
    response.json({ id: _id, isSent });
  });

  router.delete('/team/:id/invitation', async (request, response) => {
    const id = String(request.params.id);
    await door.revoke(id);
    await desk.note(coachOf(response).id, 'invitation_revoked', null, { member: id });
    response.status(204).end();
  });

  router.put('/team/:id', json, async (request, response) => {
    const id = String(request.params.id);
    const asked = parseBody(roleShape, request.body);
    await door.setRole(id, asked.role);
    await desk.note(coachOf(response).id, 'role_changed', null, { member: id, role: asked.role });
    response.status(204).end();
  });

  router.post('/team/:id/leave', json, async (request, response) => {
    const id = String(request.params.id);
    const by = coachOf(response).id;
    const released = await door.leave(id, by);
    await desk.note(by, 'member_left', null, { member: id, released });
    response.json({ released });
  });

  router.post('/team/:id/forget-code', json, async (request, response) => {
    const id = String(request.params.id);
    await door.forgetCode(id);
    await desk.note(coachOf(response).id, 'code_forgotten', null, { member: id });
    response.status(204).end();
  });

  router.post('/team/:id/return', json, async (request, response) => {
    const id = String(request.params.id);
    await door.comeBack(id);
    await desk.note(coachOf(response).id, 'member_returned', null, { member: id });
    response.status(204).end();
  });
  return router;
}
