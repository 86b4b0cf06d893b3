import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { desktop, findChromium, openBrowser, openPage, phone, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';
import { playMorning } from './morning.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Everything by the light; in the dark only colours differ. */
const runs = {
  light: { runOnly: tags },
  dark: { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } },
} satisfies Record<string, RunOptions>;

type Asking = typeof globalThis & { axe: { run: (options: RunOptions) => Promise<AxeResults> } };

/** What axe holds against the page as it stands: rule, place, what to do. */
async function violations(page: Page, options: RunOptions): Promise<readonly string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate((asked) => (globalThis as Asking).axe.run(asked), options);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} · ${node.failureSummary ?? ''}`),
  );
}

/** On a desk and at 360 px, in both themes. */
async function everyLook(page: Page): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const [size, { width, height }] of Object.entries({ desktop, phone }))
    for (const [scheme, options] of Object.entries(runs)) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme as 'light' | 'dark', reducedMotion: 'reduce' });
      const held = await violations(page, options);
      if (held.length > 0) found[`${size} ${scheme}`] = held;
    }
  return found;
}

const places = [
  ['/inbox/todo', '[data-row]'],
  ['/inbox/todo/lea', '[data-item]'],
  ['/inbox/todo/lea/card', '[data-page=card] h3'],
  ['/sequences/nurturing/j1-sms', '[data-step]'],
  ['/experiments', 'main h2'],
  ['/offers', '[data-offer]'],
  ['/offers/slots', 'main article'],
  ['/team', '[data-member]'],
  ['/contacts', 'main li a'],
  ['/contacts/lea', 'main table'],
  ['/compliance', 'main table'],
  ['/health', '[data-health]'],
  ['/sandbox', 'main section'],
  ['/no-such-page', 'main'],
] as const;

describe.skipIf(findChromium() === null)('axe finds nothing to hold against', () => {
  const house = useApp({}, { webDir: builtPages() });
  let browser: Browser;
  let page: Page;
  let isIn = false;

  beforeAll(async () => {
    browser = await openBrowser();
    await playMorning(async (path, body) => {
      await house.ask('POST', path, body);
      await house.app.settle();
    });
    page = await openPage(browser);
  });
  afterAll(() => browser.close());

  test('the sign-in', async () => {
    await page.goto(house.app.url);
    await page.locator('input[name=password]').waitFor();
    expect(await everyLook(page)).toEqual({});
  });

  test.each(['/forgot', '/join#not-a-link-of-ours-at-all', '/reset#not-a-link-of-ours-at-all'])(
    '%s, before the sign-in',
    async (path) => {
      await page.goto('about:blank');
      await page.goto(house.app.url + path);
      await page.locator('main h1').waitFor();
      expect(await everyLook(page)).toEqual({});
    },
  );

  test.each(places)('%s', async (path, ready) => {
    if (house.app.demo && !isIn) await signIn(page, house.app.url, house.app.demo);
    isIn = true;
    await page.setViewportSize(desktop);
    await page.goto(house.app.url + path);
    await page.locator(ready).first().waitFor();
    await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
    expect(await everyLook(page)).toEqual({});
  });
});
