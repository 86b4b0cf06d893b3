import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';
import { desktop, findChromium, openBrowser, openPage, phone, signIn, type Look } from './browser.ts';
import { builtPages } from './built-pages.ts';

const hasBrowser = findChromium() !== null;

describe.skipIf(!hasBrowser)('the pages beside the inbox', () => {
  const house = useApp({}, { webDir: builtPages() });
  const problems: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    await house.ask('POST', '/api/sandbox/enter', {
      userId: 'lea',
      event: 'Subscription Started',
      properties: { plan: 290, subscriptionId: 'pages' },
    });
    await house.app.settle();
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await page.context().close();
    expect(problems.splice(0)).toEqual([]);
  });

  const nina = () => {
    if (!house.app.demo) throw new Error('The sandbox has a demo coach.');
    return house.app.demo;
  };
  async function enter(path: string, look: Look = desktop, as = nina()): Promise<void> {
    page = await openPage(browser, look);
    page.on('pageerror', (error) => problems.push(error.message));
    await signIn(page, house.app.url, as);
    await page.goto(house.app.url + path);
    await page.locator('[data-page]').waitFor();
  }

  test('a pause says what it will hold before it does, and is taken back', async () => {
    await enter('/sequences/nurturing');
    await page.getByRole('button', { name: 'Mettre en pause' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mettre « Nurturing 290 » en pause' });
    await dialog.getByText('1 parcours a un envoi dans les 7 jours').waitFor();
    await dialog.getByRole('button', { name: 'Mettre en pause' }).click();
    await page.getByRole('alert').filter({ hasText: 'En pause depuis le' }).waitFor();
    expect((await house.store.flows.findOne({ _id: 'nurturing' }))?.pausedAt).toBeInstanceOf(Date);
    await page.getByRole('button', { name: 'Reprendre' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reprendre' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('people are searched, and one of them is read with the proof of each consent', async () => {
    await enter('/contacts');
    await page.getByText('9 personnes').waitFor();
    await page.getByRole('searchbox').fill('léa');
    await page.getByText('1 personne', { exact: true }).waitFor();
    await page.getByRole('link', { name: /Léa Martin/ }).click();
    await page.getByRole('heading', { name: 'Léa Martin' }).waitFor();
    await page.getByRole('region', { name: 'Consentements' }).getByText('formulaire').first().waitFor();
    await page.getByRole('link', { name: 'Ouvrir le fil' }).click();
    await page.waitForURL('**/inbox/all/lea');
  });

  test('health names each thing it looked at, in words', async () => {
    await enter('/health', { ...desktop, scheme: 'dark' });
    await page.locator('[data-health=database][data-state=good]').waitFor();
    await page.getByRole('region', { name: 'Expéditeurs' }).getByText('sms:').waitFor();
  });

  test('a coach reads a sequence without its switch, and is told what is for managers', async () => {
    const lou = {
      email: 'lou@example.org',
      name: 'Lou',
      role: 'coach',
      password: 'a-long-enough-password',
    } as const;
    await createSignIn(house.store).addCoach(lou);
    await enter('/sequences/nurturing', desktop, lou);
    await page.locator('[data-step=j0-email]').waitFor();
    expect(await page.getByRole('button', { name: 'Mettre en pause' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Conformité' }).count()).toBe(0);
    await page.goto(`${house.app.url}/compliance`);
    await page.getByRole('heading', { name: 'Réservé aux managers' }).waitFor();
  });

  const paths = [
    '/sequences/nurturing',
    '/experiments',
    '/contacts',
    '/contacts/lea',
    '/compliance',
    '/health',
  ];
  test.each(paths)('%s fits 360 px, and names everything one can touch', async (path) => {
    await enter(path, phone);
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined);
    const findings = await page.evaluate(() => {
      const touchable = [...document.querySelectorAll<HTMLElement>('button, a[href], input, select')].filter(
        (element) => element.checkVisibility(),
      );
      const isSmall = (element: HTMLElement): boolean => {
        const box = element.getBoundingClientRect();
        return getComputedStyle(element).display !== 'inline' && (box.width < 24 || box.height < 24);
      };
      return {
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        nameless: touchable
          .filter((element) => !(element.getAttribute('aria-label') ?? element.textContent).trim())
          .map((element) => element.outerHTML.slice(0, 120)),
        small: touchable.filter(isSmall).map((element) => element.outerHTML.slice(0, 120)),
      };
    });
    expect(findings).toEqual({ overflow: 0, nameless: [], small: [] });
  });
});
