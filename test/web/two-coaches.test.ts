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
import { withDatabase } from '../support/mongo.ts';
import { findChromium, openBrowser, openPage, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';
import { openLine, type Line } from './line.ts';

const root = join(import.meta.dirname, '../..');
const samPassword = 'a-long-enough-one';

interface Desk {
  readonly page: Page;
  readonly open: (thread: string) => Promise<void>;
  readonly field: () => ReturnType<Page['locator']>;
  readonly said: (text: string) => ReturnType<Page['locator']>;
}

function deskOf(page: Page, url: string): Desk {
  return {
    page,
    open: async (thread) => {
      await page.goto(`${url}/inbox/all/${thread}`);
      await page.locator('#thread-title').waitFor();
      await page.getByText('En direct').waitFor();
    },
    field: () => page.locator('form textarea'),
    said: (text) => page.locator('[data-item]').filter({ hasText: text }),
  };
}

describe.skipIf(findChromium() === null)('two coaches, one house, a line that breaks', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mona-two-'));
  let line: Line;
  let app: App;
  let store: Store;
  let browser: Browser;
  let nina: Desk;
  let other: Desk;
  let url: string;
  let config: ReturnType<typeof readConfig>;
  /** Sam's, for what happens outside the windows. */
  let cookie = '';

  const phones = { lea: ['sms', '+33639980001'], karim: ['whatsapp', '+33639980002'], ines: ['sms', '+33639980003'] } as const; // prettier-ignore
  /** A request of Nina's window itself. */
  const post = (path: string, body: object) =>
    nina.page.evaluate(
      async ([to, data]) => {
        const answer = await fetch(to, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(data),
        });
        return answer.status;
      },
      [path, body] as const,
    );
  /** What an artist sends reaches the house whatever the coaches' line does. */
  async function texts(channel: string, number: string, text: string): Promise<void> {
    const answer = await fetch(
      `http://127.0.0.1:${String(app.port)}/api/sandbox/phones/${channel}/${encodeURIComponent(number)}/messages`,
      {
        method: 'POST',
        headers: { origin: url, 'content-type': 'application/json', cookie },
        body: JSON.stringify({ text }),
      },
    );
    expect(answer.status).toBeLessThan(300);
    await app.settle();
  }
  const artist = (who: keyof typeof phones, text: string) => {
    const [channel, number] = phones[who];
    return texts(channel, number, text);
  };
  const wordsOf = async (by: string, contactId: string) =>
    (await store.outbox.find({ contactId, by }).sort({ createdAt: 1 }).toArray()).map(
      ({ body }) => body.text,
    );

  beforeAll(async () => {
    line = await openLine();
    url = `http://localhost:${String(line.port)}`;
    const uri = withDatabase(inject('mongoUri'), `two_${randomUUID().slice(0, 8)}`);
    const env = { DATA_DIR: dataDir, PORT: '0', MONGODB_URI: uri, LOG_LEVEL: 'error', PUBLIC_URL: url };
    config = { ...readConfig(env, root), webDir: builtPages() };
    app = await createApp(config);
    line.to(app.port);
    store = await connectStore({
      uri,
      log: silentLog,
      serverSelectionTimeoutMs: 10_000,
      suppressionSecret: config.secrets.suppression,
    });
    await createSignIn(store).setPassword('sam', samPassword);
    const sam = await store.coaches.findOne({ _id: 'sam' });
    browser = await openBrowser();
    const pages = [await openPage(browser), await openPage(browser)] as const;
    if (!app.demo) throw new Error('The sandbox has a demo coach.');
    await signIn(pages[0], url, app.demo);
    await signIn(pages[1], url, { email: sam?.email ?? '', password: samPassword });
    nina = deskOf(pages[0], url);
    other = deskOf(pages[1], url);
    const [kept] = await other.page.context().cookies();
    cookie = kept ? `${kept.name}=${kept.value}` : '';
    for (const userId of ['lea', 'karim', 'ines'])
      await post('/api/sandbox/enter', {
        userId,
        event: 'Subscription Started',
        properties: { plan: 290, subscriptionId: `two-${userId}` },
      });
    await app.settle();
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
    await store.connection.dropDatabase();
    await store.close();
    await line.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('both type, one sends; the other is told before anything leaves, and may still send knowingly', async () => {
    await artist('lea', 'HELP');
    await nina.open('lea');
    await other.open('lea');
    await nina.field().pressSequentially('Je regarde ça');
    await other.page.getByText('Nina écrit…').first().waitFor();
    await other.field().pressSequentially('Moi aussi');
    await nina.page.getByText('Sam écrit…').first().waitFor();
    // Sam's window hears nothing more: what it shows is what Sam had read.
    await other.page.route('**/api/threads/lea', (route) => route.abort());
    await other.page.route('**/items?*', (route) => route.abort());
    await nina.field().press('Enter');
    await nina.said('Je regarde ça').waitFor();
    await other.field().press('Enter');
    await other.page.getByRole('alert').filter({ hasText: 'Le fil a changé' }).waitFor();
    await other.said('Je regarde ça').waitFor();
    expect(await other.field().inputValue()).toBe('Moi aussi');
    expect(await wordsOf('sam', 'lea')).toEqual([]);
    await other.page.unrouteAll();
    await other.field().press('Enter');
    await other.said('Moi aussi').waitFor();
    expect(await wordsOf('sam', 'lea')).toHaveLength(1);
  });

  test('both claim at once: one owner, and the other hears who', async () => {
    await artist('ines', 'je veux parler à quelqu’un');
    await nina.open('ines');
    await other.open('ines');
    await Promise.all([nina.page.keyboard.press('t'), other.page.keyboard.press('t')]);
    const told = (desk: Desk) => desk.page.getByText(/(Nina|Sam) a pris ce fil/);
    await Promise.race([told(nina).first().waitFor(), told(other).first().waitFor()]);
    const thread = await store.threads.findOne({ _id: 'ines' });
    expect(thread?.own).toMatchObject({ state: 'coach' });
    expect(['nina', 'sam']).toContain(thread?.own.ownerId);
  });

  test('the artist writes within the eight seconds: the words come back to the field', async () => {
    await nina.open('lea');
    await nina.field().fill('Tu préfères demain ?');
    await nina.field().press('Enter');
    await nina.said('Tu préfères demain ?').waitFor();
    await artist('lea', 'ah non attends');
    await nina.said('ah non attends').waitFor();
    await expect.poll(() => nina.field().inputValue()).toContain('Tu préfères demain ?');
    await nina
      .said('Tu préfères demain ?')
      .getByText(/texte rendu/)
      .waitFor();
    await nina.field().fill('');
  });

  test('WhatsApp past its day: the text stays, the template says what is missing, and leaves once it is filled', async () => {
    await nina.open('karim');
    await nina.field().fill('Bonjour Karim, du nouveau');
    await nina.page
      .getByRole('alert')
      .filter({ hasText: 'La fenêtre WhatsApp de 24 h est fermée' })
      .waitFor();
    await nina.field().press('Escape');
    await nina.page.keyboard.press('m');
    const dialog = nina.page.getByRole('dialog', { name: 'WhatsApp, fenêtre et modèles' });
    await dialog.getByText('Du nouveau', { exact: true }).click();
    await dialog.getByText('à remplir · Le sujet').waitFor();
    await dialog.getByRole('button', { name: 'Envoyer' }).click();
    await dialog.getByText("À remplir avant d'envoyer.").waitFor();
    await nina.page.keyboard.type('votre single');
    await nina.page.keyboard.press('Enter');
    await nina.said('votre single').waitFor();
    expect(await nina.field().inputValue()).toBe('Bonjour Karim, du nouveau');
    expect(await wordsOf('nina', 'karim')).toEqual([expect.stringContaining('votre single')]);
    await nina.field().fill('');
  });

  test('a prepared reply is chosen by its name, with what is known of her in it', async () => {
    await nina.open('lea');
    await nina.field().pressSequentially('/quel');
    await nina.page.getByRole('option', { name: /Quel écran/ }).waitFor();
    await nina.field().press('Enter');
    await expect.poll(() => nina.field().inputValue()).toContain('Tu vois quel écran');
    await nina.field().fill('On se parle {{heure}} ?');
    await nina.field().press('Enter');
    await nina.page.getByRole('alert').filter({ hasText: '{{heure}}' }).waitFor();
    await nina.page.keyboard.type('à 14h');
    expect(await nina.field().inputValue()).toBe('On se parle à 14h ?');
    await nina.field().fill('');
  });

  test('a search opens the message in its place', async () => {
    await nina.open('karim');
    await nina.page.locator('#thread-title').click();
    await nina.page.keyboard.press('/');
    await nina.page.getByRole('combobox', { name: /Nom, e-mail/ }).fill('attends');
    await nina.page.getByRole('option', { name: /ah non attends/ }).waitFor();
    await nina.page.keyboard.press('Enter');
    await nina.page.waitForURL('**/inbox/all/lea?seq=*');
    await nina.said('ah non attends').waitFor();
  });

  test('words for later stand below the line, and a nudge gets another hour', async () => {
    await nina.open('lea');
    await nina.field().fill('On se reparle lundi');
    await nina.page.getByRole('button', { name: 'Envoyer plus tard' }).click();
    await nina.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Lundi matin/ })
      .click();
    const future = nina.page.getByRole('region', { name: 'Envois prévus' });
    await future.getByText('On se reparle lundi').waitFor();
    await future.getByRole('button', { name: 'Annuler' }).click();
    await future.getByText('On se reparle lundi').waitFor({ state: 'detached' });
    expect(await nina.field().inputValue()).toContain('On se reparle lundi');
    await nina.field().fill('');
    await future.getByRole('button', { name: 'Décaler' }).first().click();
    await nina.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Lundi matin/ })
      .click();
    await nina.page.getByText("L'envoi est décalé.").waitFor();
  });

  test('what the bot will say after a hand-back is what it says, to the byte', async () => {
    await artist('lea', 'aide');
    await nina.open('lea');
    await nina.page.keyboard.press('t');
    await nina.page.getByText('Nina (vous) · bot en pause').first().waitFor();
    await nina.page.keyboard.press('h');
    const dialog = nina.page.getByRole('dialog', { name: 'Rendre au bot' });
    await dialog.getByLabel('Aller à…').check();
    const shown = await dialog
      .locator('blockquote')
      .textContent({ timeout: 10_000 })
      .catch(() => null);
    await dialog.getByRole('button', { name: 'Rendre' }).click();
    await nina.page.getByText('Le bot a repris le fil.').waitFor();
    const [row] = await store.outbox
      .find({ contactId: 'lea', by: 'bot' })
      .sort({ createdAt: -1 })
      .limit(1)
      .toArray();
    expect(shown).not.toBeNull();
    expect(row?.body.text).toBe(shown);
  });

  test('handed back for later: the thread rests until then, and comes back when the artist writes', async () => {
    await artist('karim', 'je veux parler à quelqu’un');
    await nina.open('karim');
    await nina.page.keyboard.press('h');
    await nina.page.getByRole('dialog', { name: 'Rendre au bot' }).getByLabel('Plus tard').click();
    await nina.page
      .getByRole('dialog', { name: 'Mettre en veille' })
      .getByRole('button', { name: /^Demain matin/ })
      .click();
    await nina.page
      .getByText(/^En veille jusqu/)
      .first()
      .waitFor();
    expect((await store.threads.findOne({ _id: 'karim' }))?.own.state).toBe('snoozed');
    await artist('karim', 'tu as pu écouter mon titre ?');
    await nina.page.getByText('Nina (vous) · bot en pause').first().waitFor();
    expect((await store.threads.findOne({ _id: 'karim' }))?.own.state).toBe('coach');
  });

  test('handed back to end the sequence: it ends, and nothing of it is planned any more', async () => {
    await nina.open('karim');
    await nina.page.keyboard.press('h');
    const dialog = nina.page.getByRole('dialog', { name: 'Rendre au bot' });
    await dialog.getByLabel('Finir la séquence').check();
    await dialog.getByRole('button', { name: 'Rendre' }).click();
    await nina.page.getByText('Le bot a repris le fil.').waitFor();
    expect(await store.runs.findOne({ contactId: 'karim', flow: 'nurturing' })).toMatchObject({
      open: false,
      exitReason: 'ended_by_coach',
    });
  });

  test('a promise stands in its queue, under g p, until it is kept', async () => {
    await nina.open('lea');
    await nina.page.locator('#thread-title').click();
    await nina.page.keyboard.press('p');
    const dialog = nina.page.getByRole('dialog', { name: 'Promettre une réponse' });
    const soon = new Date(Date.now() + 3 * 3_600_000 + 3_600_000).toISOString().slice(0, 16);
    await dialog.locator('input[name=at]').fill(soon);
    await dialog.getByRole('button', { name: 'Promettre', exact: true }).click();
    await nina.said('je te redis ça').waitFor();
    await nina.page.locator('#thread-title').click();
    await nina.page.keyboard.press('g');
    await nina.page.keyboard.press('p');
    await nina.page.waitForURL('**/inbox/promises');
    await nina.page.locator('[data-row=lea]').click();
    await nina.field().fill('Me revoilà, comme promis');
    await nina.field().press('Enter');
    await nina.said('comme promis').waitFor();
    await expect.poll(() => store.promises.countDocuments({ contactId: 'lea', keptAt: null })).toBe(0);
  });

  test('STOP while the coach types: the field locks and says why, the text stays, nothing leaves', async () => {
    await artist('lea', 'HELP');
    await nina.open('lea');
    const before = (await wordsOf('nina', 'lea')).length;
    await nina.field().pressSequentially('Tu peux me donner');
    await artist('lea', 'STOP');
    await nina.page.getByRole('alert').filter({ hasText: "n'est plus possible" }).waitFor();
    expect(await nina.field().isEditable()).toBe(false);
    await nina.field().press('Enter');
    expect(await nina.field().inputValue()).toBe('Tu peux me donner');
    expect(await wordsOf('nina', 'lea')).toHaveLength(before);
    await nina.page.getByRole('button', { name: 'Passer en E-mail' }).click();
    await expect.poll(() => nina.field().isEditable()).toBe(true);
    expect(await nina.field().inputValue()).toBe('Tu peux me donner');
    await nina.field().fill('');
  });

  test('the session ends while one types: signed in again over the page, the text is still there and leaves', async () => {
    await nina.open('ines');
    await nina.field().fill('Je te rappelle à 18 h');
    const session = await store.sessions.deleteMany({ coachId: { $ne: 'sam' } });
    expect(session.deletedCount).toBeGreaterThan(0);
    await nina.field().press('Enter');
    const sheet = nina.page.getByRole('dialog', { name: 'Ta session a pris fin' });
    await sheet.waitFor();
    if (!app.demo) throw new Error('The sandbox has a demo coach.');
    await sheet.locator('input[name=email]').fill(app.demo.email);
    await sheet.locator('input[name=password]').fill(app.demo.password);
    await sheet.locator('button[type=submit]').click();
    await sheet.waitFor({ state: 'detached' });
    expect(nina.page.url()).toContain('/inbox/all/ines');
    expect(await nina.field().inputValue()).toBe('Je te rappelle à 18 h');
    expect(await nina.field().evaluate((field) => field === document.activeElement)).toBe(true);
    await nina.field().press('Enter');
    await nina.said('Je te rappelle à 18 h').waitFor();
  });

  test('the server dies and comes back: both windows catch up without a reload, nothing missing, nothing twice', async () => {
    await nina.open('ines');
    await other.open('ines');
    const mark = (desk: Desk) => desk.page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    await mark(nina);
    await mark(other);
    line.cut();
    await app.stop();
    app = await createApp(config);
    await artist('ines', 'pendant la coupure : un');
    await artist('ines', 'pendant la coupure : deux');
    line.to(app.port);
    line.mend();
    for (const desk of [nina, other]) {
      await desk.said('pendant la coupure : deux').waitFor({ timeout: 30_000 });
      expect(await desk.said('pendant la coupure : un').count()).toBe(1);
      expect(await desk.said('pendant la coupure : deux').count()).toBe(1);
      expect(await desk.page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
      const shown = await desk.page.locator('[data-item]').evaluateAll((all) => all.map((one) => one.getAttribute('data-item'))); // prettier-ignore
      expect(new Set(shown).size).toBe(shown.length);
    }
  });

  test('twenty who wait are answered with the keyboard alone', async () => {
    const numbers = Array.from({ length: 20 }, (_, at) => `+336399810${String(at).padStart(2, '0')}`);
    await Promise.all(numbers.map((number) => texts('sms', number, 'je veux parler à quelqu’un')));
    await nina.page.goto(`${url}/inbox/todo`);
    await nina.page.locator('[data-row]').first().waitFor();
    const waiting = await store.threads.countDocuments({ 'own.state': 'waiting' });
    expect(waiting).toBeGreaterThanOrEqual(20);
    const { keyboard } = nina.page;
    await keyboard.press('j');
    await keyboard.press('Enter');
    const began = performance.now();
    for (let answered = 0; answered < 20; answered += 1) {
      await nina.page.locator('#thread-title').waitFor();
      const before = nina.page.url();
      await keyboard.press('r');
      await keyboard.type('Bonjour, je suis là : dites-moi tout.');
      await keyboard.press('Control+Enter');
      await nina.page.waitForURL((now) => now.href !== before);
    }
    const each = Math.round((performance.now() - began) / 20);
    process.stdout.write(`twenty threads by keyboard alone: ${String(each)} ms each\n`);
    expect(await store.threads.countDocuments({ 'own.state': 'resolved' })).toBeGreaterThanOrEqual(20);
    expect(await store.outbox.countDocuments({ 'body.text': /dites-moi tout/ })).toBe(20);
  });
});
