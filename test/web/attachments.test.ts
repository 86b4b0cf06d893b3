import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { pdf, png } from '../support/pictures.ts';
import { findChromium, openBrowser, openPage, signIn } from './browser.ts';
import { builtPages } from './built-pages.ts';

const picture = { name: 'pochette.png', mimeType: 'image/png', buffer: png };

/** A file as it comes from the desk or from the clipboard. */
function comes(page: Page, how: 'paste' | 'drop', name: string): Promise<void> {
  return page.locator('form textarea').evaluate(
    (field, [kind, data, called]) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const carried = new DataTransfer();
      carried.items.add(new File([bytes], called, { type: 'image/png' }));
      const event =
        kind === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: carried, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true });
      field.dispatchEvent(event);
    },
    [how, png.toString('base64'), name] as const,
  );
}

describe.skipIf(findChromium() === null)('files, both ways', () => {
  const house = useApp({}, { webDir: builtPages() });
  let browser: Browser;
  let coach: Page;
  let phone: Page;

  const demo = () => {
    if (!house.app.demo) throw new Error('The sandbox has a demo coach.');
    return house.app.demo;
  };
  const karim = () => phone.getByRole('region', { name: /Karim Benali.*WhatsApp/ });
  const field = () => coach.locator('form textarea');
  const picker = () => coach.locator('form input[type=file]');
  const chip = (name: string) => coach.getByRole('button', { name: `Retirer ${name}` });
  const said = (text: string) => coach.locator('[data-item]').filter({ hasText: text }).last();
  const told = (text: string | RegExp) => coach.getByRole('alert').filter({ hasText: text });
  /** It is there, and it is a picture. */
  const isDrawn = (page: Page, label: string) =>
    expect
      .poll(() =>
        page
          .getByAltText(label)
          .last()
          .evaluate((image: HTMLImageElement) => image.naturalWidth),
      ) // prettier-ignore
      .toBe(48);

  beforeAll(async () => {
    browser = await openBrowser();
    phone = await openPage(browser);
    coach = await openPage(browser);
    await signIn(phone, house.app.url, demo());
    await signIn(coach, house.app.url, demo());
    await phone.goto(`${house.app.url}/sandbox`);
    await coach.goto(`${house.app.url}/inbox/all`);
    await coach.getByText('En direct').waitFor();
  });
  afterAll(() => browser.close());

  test('Karim sends a picture from his phone, and the coach sees it in the thread', async () => {
    const input = karim().getByRole('textbox');
    await input.fill('ma nouvelle pochette');
    await karim().locator('input[type=file]').setInputFiles(picture);
    await coach.locator('[data-row=karim]').click();
    await said('ma nouvelle pochette').waitFor();
    await isDrawn(coach, 'Image, de Karim Benali');
    const source = await coach.getByAltText('Image, de Karim Benali').getAttribute('src');
    expect(source).toMatch(/^\/api\/items\//);
  });

  test('a file is attached by button, paste or drop, looked at, and taken back', async () => {
    await picker().setInputFiles(picture);
    await chip('pochette.png').waitFor();
    await chip('pochette.png').click();
    await chip('pochette.png').waitFor({ state: 'detached' });
    await comes(coach, 'paste', 'colle.png');
    await chip('colle.png').click();
    await comes(coach, 'drop', 'glisse.png');
    await chip('glisse.png').waitFor();
  });

  test('it leaves with the words, stands in the thread, and his phone shows it', async () => {
    await field().fill('Regardez celle-ci');
    await coach.getByText(/^\d\sko/).waitFor();
    await field().press('Enter');
    await said('Regardez celle-ci').waitFor();
    await isDrawn(coach, 'glisse.png, de Nina (vous)');
    expect(await chip('glisse.png').count()).toBe(0);
    await karim().getByText(/Nina \(MONA\) : Regardez celle-ci/).waitFor({ timeout: 30_000 }); // prettier-ignore
    await isDrawn(phone, 'Image, de MONA x SPARK');
  });

  test('20 MB: it says so in a sentence, the text stays, and the way on is there', async () => {
    await field().fill('Voici la maquette');
    await picker().setInputFiles({ name: 'maquette.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(20 * 1024 * 1024) }); // prettier-ignore
    await told('« maquette.pdf » fait 20 Mo ; un envoi en porte 5 Mo au plus').waitFor();
    await field().press('Enter');
    expect(await field().inputValue()).toBe('Voici la maquette');
    expect(await house.store.outbox.countDocuments({ 'body.text': /maquette/ })).toBe(0);
    const chooses = coach.waitForEvent('filechooser');
    await told('maquette.pdf').getByRole('button', { name: 'Choisir un autre fichier' }).click();
    await (await chooses).setFiles({ name: 'maquette.pdf', mimeType: 'application/pdf', buffer: pdf });
    await chip('maquette.pdf').waitFor();
    await field().press('Enter');
    await said('Voici la maquette').getByRole('button', { name: 'Enregistrer maquette.pdf' }).waitFor();
  });

  test('a picture that is too large is made smaller where it is', async () => {
    await coach.evaluate(async () => {
      const canvas = new OffscreenCanvas(1800, 1800);
      const paper = canvas.getContext('2d');
      const noise = new Uint8ClampedArray(1800 * 1800 * 4);
      for (let at = 0; at < noise.length; at += 65_536)
        crypto.getRandomValues(noise.subarray(at, Math.min(noise.length, at + 65_536)));
      for (let at = 3; at < noise.length; at += 4) noise[at] = 255;
      paper?.putImageData(new ImageData(noise, 1800), 0, 0);
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      const carried = new DataTransfer();
      carried.items.add(new File([blob], 'affiche.png', { type: 'image/png' }));
      document
        .querySelector('form textarea')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));
    });
    await told(/« affiche\.png » fait \d+(,\d)?\sMo/).waitFor();
    await coach.getByRole('button', { name: "Réduire l'image" }).click();
    await chip('affiche.jpg').click();
  });

  test('what is no picture is refused by its content, and what was written may go without it', async () => {
    await field().fill('Le document est en ligne');
    await picker().setInputFiles({
      name: 'photo.png',
      mimeType: 'image/png',
      buffer: Buffer.from('<script>'),
    });
    await told('« photo.png » n\'est ni une image').waitFor(); // prettier-ignore
    await told('photo.png').getByRole('button', { name: 'Sans fichier' }).click();
    await field().press('Enter');
    await said('Le document est en ligne').waitFor();
  });

  test('the network breaks on the way: it says so, and goes again when asked', async () => {
    await coach.route('**/files', (route) => route.abort());
    await picker().setInputFiles(picture);
    await told("Le réseau a coupé pendant l'envoi de « pochette.png »").waitFor();
    await coach.unroute('**/files');
    await told('pochette.png').getByRole('button', { name: 'Réessayer' }).click();
    await chip('pochette.png').click();
  });

  test('the session ends on the way: signed in again over the page, text and file are there', async () => {
    await field().fill('Et la version finale');
    await house.store.sessions.deleteMany({});
    await picker().setInputFiles(picture);
    const sheet = coach.getByRole('dialog', { name: 'Ta session a pris fin' });
    await sheet.locator('input[name=email]').fill(demo().email);
    await sheet.locator('input[name=password]').fill(demo().password);
    await sheet.locator('button[type=submit]').click();
    await sheet.waitFor({ state: 'detached' });
    await told('pochette.png').getByRole('button', { name: 'Réessayer' }).click();
    await chip('pochette.png').waitFor();
    expect(await field().inputValue()).toBe('Et la version finale');
    await field().press('Enter');
    await said('Et la version finale').waitFor();
    await isDrawn(coach, 'pochette.png, de Nina (vous)');
  });

  test('a picture that is no more says so', async () => {
    await house.store.items.updateMany({ contactId: 'karim', kind: 'in' }, { $set: { 'media.$[].url': '' } });
    await coach.goto(`${house.app.url}/inbox/all/karim`);
    await said('ma nouvelle pochette')
      .getByText(/Pièce jointe effacée/)
      .waitFor();
    await house.store.files.deleteMany({});
    await coach.goto(`${house.app.url}/inbox/all/karim`);
    await said('Regardez celle-ci')
      .getByText(/Pièce jointe effacée/)
      .waitFor();
  });
});
