import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { desktop, findChromium, openBrowser, openPage, phone, signIn, type Look } from './browser.ts';
import { builtPages } from './built-pages.ts';
import { createMock, type Mock } from './mock/server.ts';

const kilobyte = 1024;

const hasBrowser = findChromium() !== null;
if (!hasBrowser) console.warn('No Chromium was found: the pages are not tested. Set CHROMIUM_PATH to one.');

const webDir = builtPages();

/** Gzipped size of what the first page loads. */
function firstLoad(ending: '.js' | '.css'): number {
  const page = readFileSync(join(webDir, 'index.html'), 'utf8');
  const loaded = readdirSync(join(webDir, 'assets')).filter(
    (name) => name.endsWith(ending) && page.includes(name),
  );
  return loaded.reduce((sum, name) => sum + gzipSync(readFileSync(join(webDir, 'assets', name))).length, 0);
}

describe('the first load', () => {
  test('keeps to its budgets', () => {
    expect(firstLoad('.js')).toBeLessThanOrEqual(200 * kilobyte);
    expect(firstLoad('.css')).toBeLessThanOrEqual(20 * kilobyte);
  });

  test('runs no inline script', () => {
    expect(readFileSync(join(webDir, 'index.html'), 'utf8')).not.toMatch(/<script(?![^>]*src=)/);
  });
});

describe.skipIf(!hasBrowser)('the inbox', () => {
  let browser: Browser;
  let mock: Mock;
  let server: Server;
  let url: string;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    problems.length = 0;
    mock = createMock(webDir);
    await new Promise<void>((resolve) => {
      server = mock.app.listen(0, '127.0.0.1', () => resolve());
    });
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await page.context().close();
    server.closeAllConnections();
    server.close();
    expect(problems).toEqual([]);
  });

  async function enter(
    path: string,
    { look = desktop, isLive = true }: { look?: Look; isLive?: boolean } = {},
  ): Promise<void> {
    page = await openPage(browser, look);
    page.on('pageerror', (error) => problems.push(error.message));
    if (!isLive) await page.route('**/api/stream', (route) => route.abort());
    await signIn(page, url, mock);
    await page.goto(url + path);
    await page.locator('[data-page]').waitFor();
  }
  const field = () => page.locator('textarea');
  const toast = () => page.locator('[role=status]').last();
  const bubble = (text: string) => page.locator('[data-item]').filter({ hasText: text });

  test('says which password does not do', async () => {
    page = await openPage(browser);
    await page.goto(url);
    await page.locator('input[name=email]').fill(mock.email);
    await page.locator('input[name=password]').fill('not this one');
    await page.locator('button[type=submit]').click();
    await page.getByRole('alert').filter({ hasText: 'E-mail ou mot de passe inconnu.' }).waitFor();
  });

  test('is worked with the keyboard alone', async () => {
    await enter('/inbox/todo');
    await page.locator('[data-row=lea]').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Léa Martin' }).waitFor();
    await page.keyboard.press('w');
    await page.getByRole('region', { name: 'Pourquoi ?' }).waitFor();
    await page.keyboard.press('t');
    await page.getByText('Nina (vous) · bot en pause').first().waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('Tu vois quel écran ?');
    await page.keyboard.press('Enter');
    await bubble('Tu vois quel écran ?').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('h');
    await page.getByRole('dialog', { name: 'Rendre au bot' }).getByText("c'est réglé").waitFor();
    await page.keyboard.press('Enter');
    await page
      .getByText(/^Bot · étape 2\/7/)
      .first()
      .waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL('**/inbox/all');
  });

  test('tells who was first, and shows the thread as it is now', async () => {
    await enter('/inbox/todo/ines', { isLive: false });
    await page.getByRole('heading', { name: 'Inès Duval' }).waitFor();
    mock.otherClaims('ines');
    await page.keyboard.press('t');
    await toast().filter({ hasText: 'Sam a pris ce fil il y a' }).waitFor();
    await page.getByText('Sam · bot en pause').waitFor();
  });

  test('keeps the text when the artist wrote meanwhile, and sends it knowingly', async () => {
    await enter('/inbox/todo/lea', { isLive: false });
    await field().fill('Je regarde ça avec toi');
    mock.artistWrites('lea', 'en fait c’est bon');
    await field().press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Le fil a changé' }).waitFor();
    await bubble('en fait c’est bon').waitFor();
    expect(await field().inputValue()).toBe('Je regarde ça avec toi');
    expect(mock.sent).toHaveLength(0);
    await field().press('Enter');
    await bubble('Je regarde ça avec toi').waitFor();
    expect(mock.sent).toHaveLength(1);
  });

  test('sends once, however often it is asked', async () => {
    await enter('/inbox/todo/lea');
    await field().fill('Une seule fois');
    await field().evaluate((element) => {
      for (let time = 0; time < 3; time++)
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }),
        );
    });
    await bubble('Une seule fois').waitFor();
    expect(mock.sent.map(({ text }) => text)).toEqual(['Une seule fois']);
  });

  test('gives the text back within the eight seconds', async () => {
    await enter('/inbox/todo/lea');
    await field().fill('Trop vite');
    await field().press('Enter');
    await bubble('Trop vite')
      .getByRole('button', { name: /^Annuler/ })
      .click();
    await bubble('Trop vite').getByText('Non parti').waitFor();
    expect(await field().inputValue()).toBe('Trop vite');
  });

  test('says in words why a message may not leave', async () => {
    await enter('/inbox/todo/lea');
    await field().fill('422');
    await field().press('Enter');
    await page.getByRole('alert').filter({ hasText: 'désinscrit' }).waitFor();
    expect(await field().inputValue()).toBe('422');
  });

  test('shows what comes in without being asked', async () => {
    await enter('/inbox/all/camille');
    await page.getByText('En direct').waitFor();
    mock.artistWrites('camille', 'Vous êtes là ?');
    await bubble('Vous êtes là ?').waitFor();
    await page.locator('[data-row=camille]').filter({ hasText: 'Vous êtes là ?' }).waitFor();
  });

  test('keeps a draft to its own thread', async () => {
    await enter('/inbox/todo/lea');
    await field().fill('à finir');
    await page.locator('[data-row=ines]').click();
    await page.getByRole('heading', { name: 'Inès Duval' }).waitFor();
    expect(await field().inputValue()).toBe('');
    await page.locator('[data-row=lea]').click();
    await page.getByRole('heading', { name: 'Léa Martin' }).waitFor();
    expect(await field().inputValue()).toBe('à finir');
  });

  test('draws only the rows in sight of a long list', async () => {
    await enter('/inbox/all');
    await page.locator('[data-row]').first().waitFor();
    expect(await page.locator('[data-row]').count()).toBeLessThan(40);
  });

  test('speaks English where it is asked to', async () => {
    await enter('/inbox/todo/lea', { look: { ...desktop, language: 'en' } });
    await page.getByRole('link', { name: /To do/ }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page
      .getByText(/^Waiting for a coach/)
      .first()
      .waitFor();
  });

  const paths = ['/inbox/todo', '/inbox/todo/lea', '/inbox/todo/karim', '/inbox/todo/lea/card', '/sandbox'];
  test.each(paths)('fits 360 px at %s, and names everything one can touch', async (path) => {
    await enter('/inbox/todo', { look: phone });
    await page.goto(url + path);
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined);
    const findings = await page.evaluate(() => {
      const touchable = [
        ...document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea'),
      ].filter((element) => element.checkVisibility());
      const labelOf = (element: HTMLElement): string => {
        const { labels } = element as HTMLInputElement;
        return element.getAttribute('aria-label') ?? (element.textContent || labels?.[0]?.textContent) ?? '';
      };
      const isSmall = (element: HTMLElement): boolean => {
        const box = (element.closest('label') ?? element).getBoundingClientRect();
        return getComputedStyle(element).display !== 'inline' && (box.width < 24 || box.height < 24);
      };
      return {
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        nameless: touchable
          .filter((element) => labelOf(element).trim() === '')
          .map((element) => element.outerHTML.slice(0, 120)),
        small: touchable.filter(isSmall).map((element) => element.outerHTML.slice(0, 120)),
      };
    });
    expect(findings).toEqual({ overflow: 0, nameless: [], small: [] });
  });
});
