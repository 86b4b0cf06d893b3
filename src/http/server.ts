import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router, type Express } from 'express';
import helmet from 'helmet';
import type { Log } from '../log.ts';
import { openAccount, ownAccount, type AccountDoors } from './account.ts';
import { contacts, type ContactDoors } from './contacts.ts';
import { errorHandler, nothingHere } from './error-handler.ts';
import { events, type EventDoors } from './events.ts';
import { files, publicFiles, type FilesDoors } from './files.ts';
import { experiments, type ExperimentDoors } from './experiments.ts';
import { health, type HealthDoors } from './health.ts';
import { inbox, type InboxDoors } from './inbox.ts';
import { limitCoach } from './limits.ts';
import { mailPages, type MailPageDoors } from './mail-pages.ts';
import { meter } from './meter.ts';
import { offers, type OfferDoors } from './offers.ts';
import { openapi } from './openapi.ts';
import { oversight, type OversightDoors } from './oversight.ts';
import { rights, type RightsDoors } from './rights.ts';
import { sequences, type SequenceDoors } from './sequences.ts';
import { push, type PushDoors } from './push.ts';
import type { Rejects } from './rejects.ts';
import { requireCoach, sameOrigin, session, type SessionDoors } from './session.ts';
import { spine, type SpineDoors } from './spine.ts';
import { stream, type StreamDoors } from './stream.ts';
import { team, type TeamDoors } from './team.ts';
import { webhooks, type WebhookDoors } from './webhooks.ts';

export interface ServerDoors {
  readonly log: Log;
  readonly health: HealthDoors;
  /** Null in a process that only sends: it answers health and metrics. */
  readonly web: {
    /** Counts what is turned away, for the page that tells of it. */
    readonly rejects: Rejects;
    readonly webhooks: WebhookDoors;
    readonly events: EventDoors;
    readonly mailPages: MailPageDoors;
    readonly push: Omit<PushDoors, 'session' | 'webDir'>;
    readonly session: SessionDoors;
    readonly account: AccountDoors;
    readonly team: TeamDoors;
    readonly inbox: InboxDoors;
    readonly files: FilesDoors;
    readonly sequences: SequenceDoors;
    readonly experiments: ExperimentDoors;
    readonly contacts: ContactDoors;
    readonly rights: RightsDoors;
    readonly spine: SpineDoors;
    readonly oversight: OversightDoors;
    readonly offers: OfferDoors;
    readonly stream: StreamDoors;
    readonly duty: () => Promise<unknown>;
    /** Folder of the built pages. */
    readonly webDir: string;
  } | null;
  /** Routers of what stands beside the product in this process, the sandbox or its mailbox alone, each under its path. */
  readonly mounts: readonly {
    readonly path: string;
    readonly router: Router;
    /** Then it is served only where coaches sign in. */
    readonly needsCoach: boolean;
  }[];
}

/** Everything the house answers over HTTP, in one list of doors. */
export function createServer({ log, health: healthDoors, web, mounts }: ServerDoors): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', 'loopback');
  app.use(meter(healthDoors.metrics));
  app.use(health(healthDoors));
  if (web) {
    app.use(web.rejects.watch);
    app.use('/webhooks', webhooks(web.webhooks));
    app.use('/v1', events(web.events));
    app.use(pages(web.session.publicUrl()));
    app.use(mailPages(web.mailPages));
    app.use(publicFiles(web.files.files));
    app.use('/push', push({ ...web.push, session: web.session, webDir: web.webDir }));
    app.use('/', openapi());
    for (const { path } of mounts.filter(({ needsCoach }) => needsCoach))
      app.use(path, sameOrigin(web.session.publicUrl), requireCoach(web.session));
  }
  for (const { path, router, needsCoach } of mounts) if (web || !needsCoach) app.use(path, router);
  if (web) {
    app.use('/api', api(web));
    if (existsSync(join(web.webDir, 'index.html'))) app.use(windows(web.webDir));
  }
  app.use(nothingHere);
  app.use(errorHandler(log));
  return app;
}

/** No inline script, no framing; a mail in the sandbox's mailbox is framed by us alone. */
function pages(publicUrl: string) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'media-src': ["'self'", 'blob:'],
        'connect-src': ["'self'"],
        'frame-src': ["'self'", 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:'),
    crossOriginEmbedderPolicy: false,
  });
}

function api(web: NonNullable<ServerDoors['web']>): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.use(sameOrigin(web.session.publicUrl));
  router.use(session(web.session));
  router.use(openAccount({ ...web.account, ...web.session }));
  router.use(requireCoach(web.session), limitCoach());
  router.get('/duty', async (_request, response) => {
    response.json(await web.duty());
  });
  router.use(ownAccount({ ...web.account, ...web.session }));
  router.use(team(web.team));
  // Before the inbox, whose bodies are smaller than a file.
  router.use(offers(web.offers));
  router.use(stream(web.stream));
  router.use(files(web.files));
  router.use(inbox(web.inbox));
  router.use(sequences(web.sequences));
  router.use(contacts(web.contacts));
  router.use(rights(web.rights));
  router.use(spine(web.spine));
  router.use(oversight(web.oversight));
  router.use(experiments(web.experiments));
  router.use(nothingHere);
  return router;
}

/** The built pages; every other address a browser opens is the app, which knows its own routes. */
function windows(webDir: string): Router {
  const router = Router();
  router.use(express.static(webDir, { index: false, maxAge: '1y', immutable: true }));
  router.get('/{*path}', (request, response, next) => {
    if (!request.accepts('html') || /^\/(api|v1|webhooks)\//.test(request.path)) {
      next();
      return;
    }
    response.set('cache-control', 'no-cache').sendFile(join(webDir, 'index.html'), { maxAge: 0 });
  });
  return router;
}
