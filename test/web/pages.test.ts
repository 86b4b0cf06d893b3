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

  test('a fact says what each message becomes without it, and is stated anew', async () => {
    await enter('/offers');
    await page.locator('[data-offer="testimonial.marie"]').click();
    const fact = page.getByRole('article', { name: 'Témoignage de Marie' });
    const leaning = fact.locator('[data-step="nurturing.j7-email"]');
    await leaning.getByText('La phrase disparaît ou prend sa forme honnête.').waitFor();
    await leaning.getByText('Voir la différence').click();
    await leaning.locator('del').filter({ hasText: 'Marie' }).first().waitFor();
    await page.goto(`${house.app.url}/offers/price.390`);
    const price = page.getByRole('article', { name: 'Prix MONA 390' });
    await price.getByRole('button', { name: 'Modifier' }).click();
    const dialog = page.getByRole('dialog', { name: 'Prix MONA 390' });
    await dialog.getByLabel('Valeur').fill('trois cents');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await dialog.getByText('Un nombre est attendu.').waitFor();
    await dialog.getByLabel('Valeur').fill('395');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await price.getByRole('cell', { name: /395/ }).waitFor();
    expect((await house.store.offers.findOne({ key: 'price.390' }))?.value).toBe(395);
  });

  test('a file of facts is read before it is taken', async () => {
    await enter('/offers');
    await page.getByRole('button', { name: 'Importer un fichier' }).click();
    const dialog = page.getByRole('dialog', { name: 'Importer des faits' });
    const buffer = Buffer.from('key,kind,value\nprice.490,price,495\nnonsense.key,price,1\n');
    await dialog.getByLabel('Fichier CSV').setInputFiles({ name: 'prix.csv', mimeType: 'text/csv', buffer });
    await dialog.getByText('0 nouveau · 1 changé · 0 confirmé · 1 refusé').waitFor();
    await dialog.getByRole('cell', { name: "Aucun texte ne s'appuie sur une clé pareille." }).waitFor();
    expect((await house.store.offers.findOne({ key: 'price.490' }))?.value).toBe(490);
    await dialog.getByRole('button', { name: 'Prendre 1 fait' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(async () => (await house.store.offers.findOne({ key: 'price.490' }))?.value).toBe(495);
  });

  test('an experiment says what it would take before it is started', async () => {
    await enter('/experiments');
    await page.getByRole('button', { name: 'Préparer' }).click();
    const dialog = page.getByRole('dialog', { name: 'Essayer « j14-tone »' });
    await dialog.getByLabel('Bras').fill('plain, warm');
    await dialog.getByText('warm : aucune variante de ce nom').waitFor();
    await dialog.getByRole('button', { name: 'Estimer' }).click();
    await dialog.getByText(/personnes par bras/).waitFor();
    await dialog.getByRole('button', { name: 'Démarrer' }).click();
    await page.getByRole('article', { name: 'j14-tone' }).getByText('en cours').waitFor();
    expect(await house.store.experiments.findOne({ _id: 'j14-tone' })).toMatchObject({
      status: 'running',
      control: 'plain',
      by: 'nina',
    });
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
    '/offers',
    '/offers/slots',
    '/team',
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
