import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { addCoach } from '../../src/cli/coach-add.ts';
import { readConfig } from '../../src/config.ts';
import { withDatabase } from '../support/mongo.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'mona-own-coach-'));
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

test('a coach added before the first start signs in; the sandbox tells nobody a password that is none', async () => {
  const uri = withDatabase(inject('mongoUri'), `own_${randomUUID().slice(0, 8)}`);
  const root = resolve(import.meta.dirname, '../..');
  const config = readConfig({ DATA_DIR: dataDir, PORT: '0', MONGODB_URI: uri, LOG_LEVEL: 'error' }, root);
  const said = await addCoach(config, { email: 'awa@example.org', role: 'manager' });
  const app = await createApp(config);
  try {
    expect(app.demo).toBeNull();
    const signedIn = await fetch(`${app.url}/api/session`, {
      method: 'POST',
      headers: { origin: app.url, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'awa@example.org', password: said.split(' ').at(-1) }),
    });
    expect(signedIn.status).toBe(204);
  } finally {
    await app.stop();
  }
});
