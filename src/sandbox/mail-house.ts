import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import express, { Router } from 'express';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { noJournal, openJournal } from './carrier/journal.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';

export interface MailHouseOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** `DATA_DIR`; null keeps nothing. */
  readonly dataDir: string | null;
  readonly productUrl: () => string;
  /** Where a URL of the product is really reached. */
  readonly dial: (url: string) => string;
  readonly emailSecret: string;
}

/** The mailbox with its door: what takes the product's mail wherever there is no relay, beside real texts too. */
export interface MailHouse {
  readonly mailbox: Mailbox;
  /** At `/sandbox/mail`: takes the product's mail at `path`, whose key only the product knows. */
  readonly router: Router;
  readonly path: string;
  close(): void;
}

export function openMailHouse(options: MailHouseOptions): MailHouse {
  const { clock, log, dataDir, productUrl, dial, emailSecret } = options;
  const journal = dataDir === null ? noJournal : openJournal(join(dataDir, 'sandbox', 'mail.jsonl'), log);
  const mailbox = createMailbox({
    clock,
    journal,
    dial,
    productUrl,
    secret: emailSecret,
    reportsDelivery: true,
  });
  const key = randomBytes(16).toString('hex');
  return {
    mailbox,
    router: intake(mailbox, key),
    path: `/sandbox/mail/${key}`,
    close: () => {
      journal.close();
    },
  };
}

function intake(mailbox: Mailbox, key: string): Router {
  const router = Router();
  router.post(`/${key}`, express.raw({ type: () => true, limit: '5mb' }), (request, response) => {
    const { id } = mailbox.take(
      request.body as Buffer,
      request.headers['content-type'] ?? 'application/json',
    );
    response.status(202).json({ id });
  });
  return router;
}

/** URLs of the product are signed under its public address and called under its local one. */
export function dialler(productUrl: () => string, localUrl?: () => string): (url: string) => string {
  if (!localUrl) return (url) => url;
  return (url) => (url.startsWith(productUrl()) ? localUrl() + url.slice(productUrl().length) : url);
}
