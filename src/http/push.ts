import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { z } from 'zod';
import { notFound, unprocessable } from '../errors.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireCoach, sameOrigin, type SessionDoors } from './session.ts';

/** `PushSubscription.toJSON()`. */
export interface BrowserSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface PushDoors {
  readonly session: Pick<SessionDoors, 'signIn' | 'publicUrl'>;
  /** The public VAPID key, which a browser subscribes with. */
  readonly key: string;
  /** Folder of the built pages, which holds the service worker and the question's script. */
  readonly webDir: string;
  /** Whether the address is one we may call. */
  readonly mayCall: (endpoint: string) => boolean;
  /** The contact a signed token speaks for; null for one that is not ours. */
  readonly contactOf: (token: string) => string | null;
  /** `isYes`: they have just said so; a visit of a browser that said it before is no new consent. */
  readonly subscribeContact: (
    contactId: string,
    subscription: BrowserSubscription,
    isYes: boolean,
  ) => Promise<boolean>;
  readonly subscribeCoach: (coachId: string, subscription: BrowserSubscription) => Promise<boolean>;
  /** The browser that had the old endpoint has this one now. False where nobody had it. */
  readonly renew: (oldEndpoint: string, subscription: BrowserSubscription) => Promise<boolean>;
}

const base64url = (bytes: number, most = bytes) =>
  z.string().refine((text) => /^[\w-]+={0,2}$/.test(text) && isLong(text, bytes, most), {
    error: `takes ${String(bytes)} bytes as base64url`,
  });

function isLong(text: string, least: number, most: number): boolean {
  const { length } = Buffer.from(text, 'base64url');
  return length >= least && length <= most;
}

const shape = z.object({
  endpoint: z.string().min(1).max(2_048),
  expirationTime: z.number().nullish(),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16, 64) }),
  token: z.string().min(1).max(400).optional(),
  replaces: z.string().min(1).max(2_048).optional(),
  isRevisit: z.boolean().optional(),
});

/**
 * Browsers that want to be told: a contact's with the signed token of their page, a coach's with their session, one that
 * knows its own old endpoint. The same endpoint twice is one. 422 for an address we would not call.
 */
export function push(doors: PushDoors): Router {
  const router = Router();
  const { session } = doors;
  router.get('/key', (_request, response) => {
    response.set('cache-control', 'no-store').json({ key: doors.key });
  });
  for (const script of ['sw.js', 'ask.js']) {
    router.get(`/${script}`, (_request, response) => {
      const file = join(doors.webDir, 'push', script);
      if (!existsSync(file)) throw notFound('not_built', 'The pages are not built yet.');
      response.set('cache-control', 'no-cache').sendFile(file, { maxAge: 0 });
    });
  }
  router.post('/subscriptions', express.json({ limit: '8kb' }), async (request, response, next) => {
    const { endpoint, keys, ...theirs } = parseBody(shape, request.body);
    if (!doors.mayCall(endpoint))
      throw unprocessable('endpoint_refused', 'A push endpoint is an https address on the open internet.');
    if (theirs.token === undefined && theirs.replaces === undefined) return next();
    const isKept = await keepTheirs(doors, theirs, { endpoint, keys });
    if (!isKept) throw notFound('nobody', 'This token or endpoint belongs to nobody we know.');
    response.status(201).json({});
  });
  router.post(
    '/subscriptions',
    sameOrigin(session.publicUrl),
    requireCoach(session),
    async (request, response) => {
      const { endpoint, keys } = parseBody(shape, request.body);
      await doors.subscribeCoach(coachOf(response).id, { endpoint, keys });
      response.status(201).json({});
    },
  );
  return router;
}

function keepTheirs(
  doors: PushDoors,
  { token, replaces, isRevisit = false }: Pick<z.output<typeof shape>, 'token' | 'replaces' | 'isRevisit'>,
  subscription: BrowserSubscription,
): Promise<boolean> {
  if (token === undefined) return doors.renew(replaces ?? '', subscription);
  const contactId = doors.contactOf(token);
  if (contactId === null) return Promise.resolve(false);
  return doors.subscribeContact(contactId, subscription, !isRevisit);
}
