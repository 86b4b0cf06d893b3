import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { findChromium, openBrowser, openPage, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';

const hasBrowser = findChromium() !== null;
if (!hasBrowser && process.env.MONA_REQUIRE_BROWSER)
  throw new Error('No Chromium was found, and this run must not skip its browser tests.');

describe.skipIf(!hasBrowser)("an artist's HELP, from the phone to a coach and back", () => {
  const house = useApp({}, { webDir: builtPages() });
  let browser: Browser;
  let coach: Page;
  let phone: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  const demo = () => {
    if (!house.app.demo) throw new Error('The sandbox has a demo coach.');
    return house.app.demo;
  };
  const lea = () => phone.getByRole('region', { name: /Léa Martin.*SMS/ });
  const onPhone = (text: string | RegExp) => lea().getByText(text).last();
  const inThread = (text: string) => coach.locator('[data-item]').filter({ hasText: text }).last();

  test('Léa becomes a client, and the clock brings the first nudge to her phone', async () => {
    await house.ask('POST', '/api/sandbox/enter', {
      userId: 'lea',
      event: 'Subscription Started',
      properties: { plan: 290, subscriptionId: 'path' },
    });
    await house.app.settle();
    phone = await openPage(browser);
    await signIn(phone, house.app.url, demo());
    await phone.goto(`${house.app.url}/sandbox`);
    const nudge = onPhone(/As-tu pu te connecter à ton dashboard MONA/);
    const next = phone.getByRole('button', { name: 'Prochain envoi' });
    // Other sequences may speak first: by mail, the same morning.
    for (let sends = 0; sends < 6 && (await nudge.count()) === 0; sends += 1) {
      await next.click();
      await house.app.settle();
      await next.and(phone.locator(':enabled')).waitFor();
      await nudge.waitFor({ timeout: 5_000 }).catch(() => undefined);
    }
    await nudge.waitFor();
    expect(await phone.getByText(/Bienvenue dans l'aventure MONA Léa/).count()).toBeGreaterThan(0);
  });

  test('she texts HELP, and the coach sees it come without reloading', async () => {
    coach = await openPage(browser);
    await signIn(coach, house.app.url, demo());
    await coach.goto(`${house.app.url}/inbox/todo`);
    await coach.getByText('En direct').waitFor();
    await lea().getByRole('textbox').fill('HELP');
    await lea().getByRole('button', { name: 'Envoyer' }).click();
    await coach.locator('[data-row=lea]').waitFor();
    await onPhone(/C'est noté/).waitFor();
  });

  test('the coach takes over and answers; the phone shows it', async () => {
    await coach.locator('[data-row=lea]').click();
    await coach.getByRole('heading', { name: 'Léa Martin' }).waitFor();
    await inThread('HELP').waitFor();
    await coach.keyboard.press('t');
    await coach.getByText('Nina (vous) · bot en pause').first().waitFor();
    await coach.keyboard.press('r');
    await coach.keyboard.type('Tu vois quel écran ?');
    await coach.keyboard.press('Enter');
    await inThread('Tu vois quel écran ?').waitFor();
    await onPhone(/Nina \(MONA\) : Tu vois quel écran \?/).waitFor({ timeout: 30_000 });
  });

  test('while she holds the thread the bot is silent', async () => {
    await lea().getByRole('textbox').fill('aide');
    await lea().getByRole('button', { name: 'Envoyer' }).click();
    await inThread('aide').waitFor();
    await house.app.settle();
    const said = await house.store.outbox
      .find({ contactId: 'lea', by: 'bot' })
      .sort({ createdAt: -1 })
      .toArray();
    const heard = await house.store.items.findOne({ contactId: 'lea', kind: 'in', text: 'aide' });
    expect(said.filter(({ createdAt }) => createdAt >= (heard?.at ?? new Date()))).toEqual([]);
  });

  test('she hands back, and the bot has the thread again', async () => {
    await coach.keyboard.press('Escape');
    await coach.keyboard.press('h');
    await coach
      .getByRole('dialog', { name: 'Rendre au bot' })
      .getByRole('button', { name: 'Rendre' })
      .click();
    await coach
      .getByText(/^Bot · étape/)
      .first()
      .waitFor();
    const thread = await house.store.threads.findOne({ _id: 'lea' });
    expect(thread?.own.state).toBe('bot');
  });
});
