import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { createApp, type App } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { playMorning } from '../test/web/morning.ts';
import { desktop, openBrowser, openPage, phone, signIn, type Look } from '../test/web/browser.ts';

/*
 * `npm run screens [-- name …]`: every page of the product as its people see it, on the sandbox's cast, on a desk and on a
 * phone, light and dark, into docs/screens/. `SCREENS_URL` and `SCREENS_PASSWORD` take them of a house that already runs.
 */

const root = resolve(import.meta.dirname, '..');
const out = join(root, 'docs/screens');

interface Screen {
  readonly name: string;
  readonly path: string;
  /** Only on a desk, or only on a phone. */
  readonly on?: 'desktop' | 'phone';
  readonly ready: string;
}

const screens: readonly Screen[] = [
  { name: 'inbox', path: '/inbox/todo/lea', on: 'desktop', ready: '[data-item]' },
  { name: 'queue', path: '/inbox/todo', on: 'phone', ready: '[data-row]' },
  { name: 'thread', path: '/inbox/todo/lea', on: 'phone', ready: '[data-item]' },
  { name: 'card', path: '/inbox/todo/lea/card', on: 'phone', ready: '[data-page=card]' },
  { name: 'media', path: '/inbox/todo/karim', ready: '[data-item] img' },
  { name: 'sequences', path: '/sequences/nurturing/j1-sms', ready: '[data-step]' },
  { name: 'offers', path: '/offers/slots', ready: 'main article' },
  { name: 'offers-list', path: '/offers', on: 'phone', ready: '[data-offer]' },
  { name: 'team', path: '/team', ready: '[data-member]' },
  { name: 'experiments', path: '/experiments', ready: 'main article, main h2' },
  { name: 'contacts', path: '/contacts', ready: 'main li a' },
  { name: 'person', path: '/contacts/lea', ready: 'main table' },
  { name: 'compliance', path: '/compliance', ready: 'main table' },
  { name: 'health', path: '/health', ready: '[data-health]' },
  { name: 'sandbox', path: '/sandbox', ready: 'main iframe' },
];

const looks: readonly (readonly [name: string, look: Look])[] = [
  ['', desktop],
  ['-dark', { ...desktop, scheme: 'dark' }],
  ['-360', phone],
  ['-360-dark', { ...phone, scheme: 'dark' }],
];

/** A request of the signed-in window itself. */
const askFrom =
  (page: Page) =>
  (path: string, body: unknown): Promise<unknown> =>
    page.evaluate(
      async ([to, data]) => {
        const answer = await fetch(to, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(data),
        });
        return answer.ok ? answer.status : Promise.reject(new Error(`${to}: ${String(answer.status)}`));
      },
      [path, body] as const,
    );

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(out, `${name}.jpg`), type: 'jpeg', quality: 80 });
  process.stdout.write(`${name}.jpg\n`);
}

async function take(
  browser: Browser,
  app: Pick<App, 'url'>,
  as: Account,
  wanted: readonly string[],
): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const [suffix, look] of looks) {
    const page = await openPage(browser, look);
    await page.goto(app.url);
    await page.locator('input[name=password]').waitFor();
    if (wanted.length === 0 || wanted.includes('sign-in')) await shoot(page, `sign-in${suffix}`);
    if (wanted.length === 0 || wanted.includes('forgot')) {
      await page.goto(`${app.url}/forgot`);
      await page.locator('main form').waitFor();
      await shoot(page, `forgot${suffix}`);
    }
    await signIn(page, app.url, as);
    const on = look.width < 760 ? 'phone' : 'desktop';
    for (const screen of screens) {
      if ((screen.on && screen.on !== on) || (wanted.length > 0 && !wanted.includes(screen.name))) continue;
      await page.goto(app.url + screen.path);
      await page.locator(screen.ready).first().waitFor();
      await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
      await shoot(page, `${screen.name}${suffix}`);
    }
    await page.context().close();
  }
}

interface Account {
  readonly email: string;
  readonly password: string;
}

/** A house of its own, on a database that is thrown away. */
async function ownHouse(dataDir: string): Promise<App> {
  const webDir = join(dataDir, 'web');
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'src/web'),
    logLevel: 'error',
    build: { outDir: webDir, emptyOutDir: true },
  });
  return createApp({ ...readConfig({ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error' }, root), webDir });
}

async function main(wanted: readonly string[]): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mona-screens-'));
  const { SCREENS_URL: url, SCREENS_PASSWORD: password = '' } = process.env;
  const app = url ? null : await ownHouse(dataDir);
  const account = app?.demo ?? { email: 'nina@example.org', password };
  const browser = await openBrowser();
  try {
    if (app) {
      const page = await openPage(browser);
      await signIn(page, app.url, account);
      await playMorning(askFrom(page));
      await page.context().close();
    }
    await take(browser, { url: app?.url ?? url ?? '' }, account, wanted);
  } finally {
    await browser.close();
    await app?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
