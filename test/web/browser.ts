import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const candidates = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium on this machine, or null: browser tests are then skipped out loud. */
export function findChromium(): string | null {
  return candidates.find((path): path is string => Boolean(path) && existsSync(path ?? '')) ?? null;
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('No Chromium was found. Set CHROMIUM_PATH to one.');
  return chromium.launch({ executablePath, args: flags, headless: true });
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  readonly language?: 'fr' | 'en';
}

export const desktop = { width: 1280, height: 800, scheme: 'light' } as const satisfies Look;
export const phone = { width: 360, height: 740, scheme: 'light' } as const satisfies Look;

/** A page of its own context, so that nothing of another test is kept. */
export async function openPage(browser: Browser, look: Look = desktop): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.scheme,
    locale: look.language === 'en' ? 'en-GB' : 'fr-FR',
    timezoneId: 'Europe/Paris',
    hasTouch: look.width < 760,
  });
  const page = await context.newPage();
  if (look.language)
    await page.addInitScript((language) => localStorage.setItem('mona.language', language), look.language);
  return page;
}

export async function signIn(
  page: Page,
  url: string,
  as: { email: string; password: string },
): Promise<void> {
  await page.goto(url);
  await page.locator('input[name=email]').fill(as.email);
  await page.locator('input[name=password]').fill(as.password);
  await page.locator('button[type=submit]').click();
  await page.locator('[data-page]').waitFor();
}
