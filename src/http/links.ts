import { Router, type Request as Asked, type Response } from 'express';
import type { Request } from '../pipeline/hits.ts';

export interface LinkDoors {
  /** Where a token leads, once the click is written down; null for one that is not ours. */
  readonly click: (token: string, asked: Request) => Promise<string | null>;
  readonly open: (token: string, asked: Request) => Promise<void>;
}

/** One transparent pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

function requestOf({ method, ip, headers }: Asked): Request {
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? null;
  return {
    method,
    ip: ip ?? null,
    agent: headers['user-agent'] ?? null,
    purpose: purpose === null ? null : String(purpose),
  };
}

/** Tracked links and openings: a scanner gets what a person gets, and at once; who it was is told apart later. */
export function links(doors: LinkDoors, lost: (response: Response) => void): Router {
  const router = Router();
  router.get('/l/:token', async (request, response) => {
    const target = await doors.click(request.params.token, requestOf(request));
    if (target === null) return lost(response);
    response
      .set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
      .redirect(302, target);
  });
  router.get('/o/:name', async (request, response) => {
    await doors.open(request.params.name.replace(/\.gif$/u, ''), requestOf(request));
    response.set('cache-control', 'no-store').type('gif').send(pixel);
  });
  return router;
}
