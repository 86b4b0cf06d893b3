import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { desktop, findChromium, openBrowser, openPage, phone, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';

const password = 'un long chemin sous la pluie';
const other = 'une fenêtre ouverte sur la mer';

describe.skipIf(findChromium() === null)('an account, from the invitation on', () => {
  const house = useApp({}, { webDir: builtPages() });
  const problems: string[] = [];
  let browser: Browser;
  let manager: Page;
  let guest: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    manager = await openPage(browser);
    guest = await openPage(browser, phone);
    for (const page of [manager, guest]) page.on('pageerror', (error) => problems.push(error.message));
    if (!house.app.demo) throw new Error('The sandbox has a demo coach.');
    await signIn(manager, house.app.url, house.app.demo);
  });
  afterAll(() => browser.close());
  afterEach(() => {
    expect(problems.splice(0)).toEqual([]);
  });

  /** The address in the newest mail with this subject, as its reader finds it in the sandbox's mailbox. */
  async function linkIn(subject: RegExp): Promise<string> {
    await house.app.settle();
    await manager.goto(`${house.app.url}/sandbox`);
    const mailbox = manager.getByRole('region', { name: 'Boîte mail' });
    await mailbox.getByRole('button', { name: subject }).first().click();
    await mailbox.getByRole('button', { name: 'Texte', exact: true }).click();
    const text = await mailbox.locator('pre').filter({ hasText: '#' }).textContent();
    return /https?:\S+#\S+/u.exec(text ?? '')?.[0] ?? '';
  }

  test('a manager invites by mail, and the guest chooses a name and a password and is in', async () => {
    await manager.goto(`${house.app.url}/team`);
    await manager.getByRole('button', { name: 'Inviter' }).click();
    const dialog = manager.getByRole('dialog', { name: 'Inviter' });
    await dialog.getByLabel('E-mail').fill('lou@example.org');
    await dialog.getByRole('button', { name: "Envoyer l'invitation" }).click();
    await manager.getByText('Invitation envoyée à lou@example.org.').waitFor();
    await manager.locator('[data-member="lou@example.org"][data-state=invited]').waitFor();

    await guest.goto(await linkIn(/t'invite dans l'équipe/));
    await guest.getByRole('heading', { name: "Bienvenue dans l'équipe" }).waitFor();
    await guest.getByText('Compte de coach pour lou@example.org').waitFor();
    await guest.getByLabel('Ton prénom').fill('Lou');
    const word = guest.getByLabel('Mot de passe', { exact: true });
    await word.fill('motdepasse2026');
    await guest.getByRole('button', { name: 'Ouvrir mon compte' }).click();
    await guest.getByRole('alert').filter({ hasText: 'Trop courant' }).waitFor();
    expect(await word.getAttribute('aria-invalid')).toBe('true');
    await word.fill(password);
    await guest.getByRole('button', { name: 'Ouvrir mon compte' }).click();
    await guest.waitForURL('**/inbox/todo');
    await guest.locator('[data-page]').waitFor();
  });

  test('the same link a second time says that it is used up', async () => {
    const used = await openPage(browser, phone);
    await used.goto(await linkIn(/t'invite dans l'équipe/));
    await used.getByRole('heading', { name: "Ce lien n'ouvre plus rien" }).waitFor();
    await used.context().close();
  });

  test('who forgot their password gets a link, chooses another, and the open window is signed out', async () => {
    const away = await openPage(browser, desktop);
    await away.goto(house.app.url);
    await away.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
    await away.getByLabel('E-mail').fill('lou@example.org');
    await away.getByRole('button', { name: 'Recevoir un lien' }).click();
    await away.getByRole('heading', { name: 'Regarde ta boîte mail' }).waitFor();

    await away.goto(await linkIn(/Choisir un nouveau mot de passe/));
    await away.getByLabel('Nouveau mot de passe').fill(other);
    await away.getByRole('button', { name: 'Enregistrer' }).click();
    await away.getByRole('heading', { name: "C'est fait" }).waitFor();
    await away.getByRole('link', { name: 'Aller à la connexion' }).click();
    await away.locator('input[name=email]').fill('lou@example.org');
    await away.locator('input[name=password]').fill(other);
    await away.locator('button[type=submit]').click();
    await away.locator('[data-page]').waitFor();
    await guest.reload();
    await guest.locator('input[name=password]').waitFor();

    await away.getByRole('button', { name: /^Lou/ }).click();
    const mine = away.getByRole('dialog', { name: 'Lou' });
    await mine.getByText('Où je suis connecté').click();
    await mine.getByText('Cette session').waitFor();
    await away.context().close();
  });

  test('who is deactivated is gone at once', async () => {
    await manager.goto(`${house.app.url}/team`);
    const lou = manager.locator('[data-member="lou@example.org"]');
    await lou.getByRole('button', { name: 'Désactiver' }).click();
    await manager.getByRole('dialog').getByRole('button', { name: 'Désactiver' }).click();
    await manager.locator('[data-member="lou@example.org"][data-state=left]').waitFor();
    await guest.goto(house.app.url);
    await guest.locator('input[name=email]').fill('lou@example.org');
    await guest.locator('input[name=password]').fill(other);
    await guest.locator('button[type=submit]').click();
    await guest.getByText('E-mail ou mot de passe inconnu.').waitFor();
  });
});
