import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { DeskDoor } from '../pipeline/desk.ts';
import type { SecondFactor } from '../pipeline/second-factor.ts';
import type { SignedIn, SignInDoor } from '../pipeline/sign-in.ts';
import { forbidden, unauthorized } from '../errors.ts';
import { parseBody } from './parse.ts';

declare module 'express-serve-static-core' {
  interface Locals {
    coach?: SignedIn;
  }
}

export interface SessionDoors {
  readonly signIn: SignInDoor;
  readonly secondFactor: SecondFactor;
  readonly desk: DeskDoor;
  /** The origin the window is served from. */
  readonly publicUrl: () => string;
  readonly isSandbox: boolean;
  readonly build: string;
}

const isPlainLocal = (publicUrl: string): boolean => publicUrl.startsWith('http:');
/** A `__Host-` cookie must be Secure, which a plain http://localhost cannot be. */
const cookieName = (publicUrl: string): string => (isPlainLocal(publicUrl) ? 'mona' : '__Host-mona');

/** What the cookie of this request says; null without one. */
export function secretOf(request: Request, publicUrl: string): string | null {
  const name = `${cookieName(publicUrl)}=`;
  const found = request.headers.cookie?.split(/;\s*/).find((part) => part.startsWith(name));
  return found ? found.slice(name.length) : null;
}

/** On every method but GET and HEAD: the page itself asks, with a JSON body (inbox.md §11). */
export function sameOrigin(publicUrl: () => string): RequestHandler {
  return (request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') {
      next();
      return;
    }
    const site = request.headers['sec-fetch-site'];
    const isOurs =
      site === undefined
        ? request.headers.origin === undefined || request.headers.origin === new URL(publicUrl()).origin
        : site === 'same-origin';
    if (!isOurs) throw forbidden('cross_site', 'This request did not come from the inbox itself.');
    if (site === undefined && request.headers.origin === undefined)
      throw forbidden('no_origin', 'Send an Origin header equal to the address of the inbox.');
    next();
  };
}

/** The coach of the session, or 401. */
export function requireCoach({
  signIn,
  publicUrl,
}: Pick<SessionDoors, 'signIn' | 'publicUrl'>): RequestHandler {
  return async (request, response, next) => {
    const secret = secretOf(request, publicUrl());
    const coach = secret === null ? null : await signIn.who(secret);
    if (!coach) throw unauthorized('signed_out', 'Sign in first.');
    response.locals.coach = coach;
    next();
  };
}

export function coachOf(response: Response): SignedIn {
  const { coach } = response.locals as { coach?: SignedIn };
  if (!coach) throw unauthorized('signed_out', 'Sign in first.');
  return coach;
}

export const requireManager: RequestHandler = (_request, response, next) => {
  if (coachOf(response).role !== 'manager') throw forbidden('manager_only', 'Only a manager may do this.');
  next();
};

const credentials = z.strictObject({
  email: z.string().min(3).max(200),
  password: z.string().min(1).max(500),
  code: z.string().trim().max(20).optional(),
});
const settings = z.strictObject({ status: z.enum(['available', 'away', 'off']) });

const cookieOf = (publicUrl: string): { name: string; options: object } => ({
  name: cookieName(publicUrl),
  options: { httpOnly: true, sameSite: 'strict' as const, secure: !isPlainLocal(publicUrl), path: '/' },
});

/** Gives the browser its new session: 204. */
export function enter(response: Response, publicUrl: string, secret: string): void {
  const { name, options } = cookieOf(publicUrl);
  response
    .cookie(name, secret, { ...options, maxAge: 7 * 86_400_000 })
    .status(204)
    .end();
}

export function session(doors: SessionDoors): Router {
  const router = Router();
  const { signIn, secondFactor, desk, publicUrl } = doors;

  router.post('/session', express.json({ limit: '8kb' }), async (request, response) => {
    const { email, password, code } = parseBody(credentials, request.body);
    const { secret, coach } = await signIn.signIn(email, password, {
      ip: request.ip ?? '',
      agent: request.headers['user-agent'] ?? null,
      code: code ?? null,
    });
    await desk.beat(coach.id);
    await desk.note(coach.id, 'signed_in', null);
    enter(response, publicUrl(), secret);
  });

  router.delete('/session', async (request, response) => {
    const secret = secretOf(request, publicUrl());
    if (secret !== null) await signIn.signOut(secret);
    const { name, options } = cookieOf(publicUrl());
    response.clearCookie(name, options).status(204).end();
  });

  router.get('/me', requireCoach(doors), (_request, response) => {
    const coach = coachOf(response);
    response.json({ coach, isSandbox: doors.isSandbox, build: doors.build, locale: coach.locale ?? 'fr' });
  });

  router.put('/me', requireCoach(doors), express.json({ limit: '8kb' }), async (request, response) => {
    const { status } = parseBody(settings, request.body);
    await desk.setStatus(coachOf(response).id, status);
    response.json({ coach: { ...coachOf(response), status } });
  });

  const shown = z.strictObject({ code: z.string().trim().max(20) });
  const ofCoach = [requireCoach(doors), express.json({ limit: '8kb' })];
  router.post('/me/second-factor', ...ofCoach, async (_request: Request, response: Response) => {
    response.status(201).json(await secondFactor.begin(coachOf(response).id));
  });
  router.put('/me/second-factor', ...ofCoach, async (request: Request, response: Response) => {
    const { id } = coachOf(response);
    await secondFactor.confirm(id, parseBody(shown, request.body).code);
    await desk.note(id, 'second_factor_on', null);
    response.status(204).end();
  });
  router.post('/me/second-factor/end', ...ofCoach, async (request: Request, response: Response) => {
    const { id } = coachOf(response);
    await secondFactor.end(id, parseBody(shown, request.body).code);
    await desk.note(id, 'second_factor_off', null);
    response.status(204).end();
  });

  return router;
}
