import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBuilders, someRow } from '../support/build.ts';
import { useApp } from '../support/app.ts';

/*
 * A worker beside Twilio and without a relay: it sends, so the mail it sends is kept as a web's own would be.
 */

const worker = useApp({
  ROLE: 'worker',
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 't'.repeat(32),
  TWILIO_SMS_FROM: '+33644640000',
});

test('a worker without SMTP_URL keeps its mail in DATA_DIR, and says it is sent', async () => {
  const { store } = worker;
  const { contact } = await createBuilders(store).aContact({ reach: { email: 'lea@example.org' } });
  const now = Date.now();
  await store.outbox.insertOne(mailTo(contact.id, new Date(now - 1_000), new Date(now + 3_600_000)));
  const theMail = () => store.outbox.findOne({ contactId: contact.id });
  await expect
    .poll(async () => (await theMail())?.status, { timeout: 30_000 })
    .toMatch(/^(sent|failed|blocked)$/);
  expect(await theMail()).toMatchObject({ status: 'sent', reason: null });
  const kept = readFileSync(join(worker.config.dataDir, 'sandbox/mail.jsonl'), 'utf8');
  expect(kept).toContain('lea@example.org');
});

test('and answers nothing of the web', async () => {
  for (const path of ['/api/session', '/sandbox', '/webhooks/email/inbound'])
    expect((await fetch(`${worker.app.url}${path}`)).status).toBe(404);
});

function mailTo(contactId: string, notBefore: Date, expiresAt: Date) {
  const { id, ...row } = someRow(contactId, {
    channel: 'email',
    sender: 'email:bonjour@mona.example',
    address: 'lea@example.org',
    body: { text: 'Bonjour Léa', subject: 'Bonjour' },
    notBefore,
    expiresAt,
    createdAt: notBefore,
  });
  return { _id: id, ...row };
}
