import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { connectStore, type Store } from '../../src/store/connect.ts';
import { openNursery, type Child, type Nursery } from '../faults/support/child.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../faults/support/until.ts';
import { withDatabase } from '../support/mongo.ts';
import { findChromium, openBrowser, openPage, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';

const root = join(import.meta.dirname, '../..');
const samPassword = 'a-long-enough-one';
const ines = '+33639980003';

describe.skipIf(findChromium() === null)('the web process is killed under two coaches', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mona-killed-'));
  let nursery: Nursery;
  let web: Child;
  /** The rest of the house, which lives on: it takes the artist's texts and sends. */
  let rest: App;
  let store: Store;
  let browser: Browser;
  let nina: Page;
  let sam: Page;
  let url: string;
  let cookie = '';
  let env: Record<string, string>;

  async function startWeb(): Promise<void> {
    const script = join(import.meta.dirname, 'web-process.ts');
    web = nursery.start('web', [process.execPath, '--import', 'tsx', script, builtPages()], env);
    await until('the web process stands', () => web.lines.includes('ready') || !web.isAlive(), 60_000);
    expect([web.isAlive(), web.lines.filter((line) => line !== 'ready')]).toEqual([true, []]);
  }
  async function texts(text: string): Promise<void> {
    const local = `http://127.0.0.1:${String(rest.port)}`;
    const answer = await fetch(`${local}/api/sandbox/phones/sms/${encodeURIComponent(ines)}/messages`, {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/json', cookie },
      body: JSON.stringify({ text }),
    });
    expect(answer.status).toBe(201);
    await rest.settle();
  }
  const field = (page: Page) => page.locator('form textarea');
  const said = (page: Page, text: string) => page.locator('[data-item]').filter({ hasText: text });
  const shown = (page: Page) =>
    page.locator('[data-item]').evaluateAll((all) => all.map((one) => one.getAttribute('data-item')));
  const items = async (): Promise<number> =>
    store.items.countDocuments({ contactId: 'ines', kind: { $in: ['in', 'out', 'note'] } });

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${String(port)}`;
    const uri = withDatabase(inject('mongoUri'), `killed_${randomUUID().slice(0, 8)}`);
    const shared = { DATA_DIR: dataDir, MONGODB_URI: uri, LOG_LEVEL: 'fatal', PUBLIC_URL: url };
    env = { ...shared, PORT: String(port), ROLE: 'web' };
    const config = readConfig({ ...shared, PORT: '0' }, root);
    rest = await createApp(config);
    nursery = openNursery(300_000);
    await startWeb();
    store = await connectStore({
      uri,
      log: silentLog,
      serverSelectionTimeoutMs: 10_000,
      suppressionSecret: config.secrets.suppression,
    });
    await createSignIn(store).setPassword('sam', samPassword);
    browser = await openBrowser();
    nina = await openPage(browser);
    sam = await openPage(browser);
    if (!rest.demo) throw new Error('The sandbox has a demo coach.');
    await signIn(nina, url, rest.demo);
    await signIn(sam, url, { email: 'sam@example.org', password: samPassword });
    const [kept] = await sam.context().cookies();
    cookie = kept ? `${kept.name}=${kept.value}` : '';
    await texts('vous pouvez me rappeler ?');
    for (const page of [nina, sam]) {
      await page.goto(`${url}/inbox/all/ines`);
      await said(page, 'vous pouvez me rappeler').waitFor();
      await page.getByText('En direct').waitFor();
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    }
  });
  afterAll(async () => {
    await browser.close();
    await nursery.end();
    await rest.stop();
    await store.connection.dropDatabase();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('in the middle of a send: the words stay, the page says so, and the same words leave once', async () => {
    await field(nina).fill('Je vous rappelle à 18 h');
    // It has the request in hand, and dies before it answers.
    web.signal('SIGSTOP');
    await field(nina).press('Enter');
    await nina.getByText('Envoi…').waitFor();
    web.signal('SIGKILL');
    await web.ended;
    await nina.getByRole('alert').filter({ hasText: 'Pas de réseau' }).waitFor();
    expect(await field(nina).inputValue()).toBe('Je vous rappelle à 18 h');
  });

  test('started again: both windows catch up without a reload, nothing missing, nothing twice', async () => {
    await texts('pendant la panne : un');
    await texts('pendant la panne : deux');
    await startWeb();
    for (const page of [nina, sam]) {
      await said(page, 'pendant la panne : deux').waitFor({ timeout: 60_000 });
      expect(await said(page, 'pendant la panne : un').count()).toBe(1);
      await page.getByText('En direct').waitFor();
      expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
      // The same build came back: nobody is asked to reload.
      expect(await page.getByText('Une nouvelle version est prête').count()).toBe(0);
    }
    await field(nina).press('Enter');
    const asked = nina.getByRole('alert').filter({ hasText: 'Le fil a changé' });
    await Promise.race([asked.waitFor(), said(sam, 'Je vous rappelle à 18 h').waitFor()]);
    if ((await asked.count()) > 0) await field(nina).press('Enter');
    for (const page of [nina, sam]) {
      await said(page, 'Je vous rappelle à 18 h').waitFor();
      await expect.poll(async () => (await shown(page)).length).toBe(await items());
      const all = await shown(page);
      expect(new Set(all).size).toBe(all.length);
    }
    expect(await store.outbox.countDocuments({ contactId: 'ines', by: 'nina' })).toBe(1);
  });

  test('killed again while both only look: the next text still comes to both', async () => {
    web.signal('SIGKILL');
    await web.ended;
    await texts('vous êtes là ?');
    await startWeb();
    for (const page of [nina, sam]) {
      await said(page, 'vous êtes là ?').waitFor({ timeout: 60_000 });
      await expect.poll(async () => (await shown(page)).length).toBe(await items());
      expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
    }
  });
});
