import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { dropOldMedia } from '../../src/pipeline/drop-media.ts';
import { useApp } from '../support/app.ts';
import { TestClock } from '../support/clock.ts';
import { mp3, page, pdf, png } from '../support/pictures.ts';

const house = useApp();
const karim = '+33639980002';
const lea = '+33639980001';

interface Sent {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly url: string;
}
type Shown = Readonly<Record<string, unknown>> & { readonly id: string; readonly seq: number };

const attach = (thread: string, bytes: Buffer, headers: Record<string, string> = {}) =>
  house.request('POST', `/api/threads/${thread}/files`, {
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'Mon%20visuel.PNG', ...headers },
  });
const attached = async (thread: string, bytes: Buffer): Promise<Sent> => {
  const answer = await attach(thread, bytes);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { file: Sent }).file;
};
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code?: string }).code];
const readThread = async (id: string) =>
  (await house.ask('GET', `/api/threads/${id}`)).body as unknown as {
    readonly row: { readonly seq: number; readonly own: { readonly rev: number } };
    readonly items: readonly Shown[];
  };
/** A coach's message, against what stands in the thread now. */
async function say(thread: string, more: object, seen?: number) {
  const { row } = await readThread(thread);
  const answer = await house.ask('POST', `/api/threads/${thread}/messages`, {
    clientId: randomUUID().replaceAll('-', ''),
    channel: 'whatsapp',
    seen: seen ?? row.seq,
    rev: row.own.rev,
    text: '',
    ...more,
  });
  await house.app.settle();
  return answer;
}
/** What a phone of the sandbox sends. */
async function phoneSends(
  channel: string,
  number: string,
  text: string,
  ...media: { type: string; data: string }[]
) {
  const path = `/api/sandbox/phones/${channel}/${encodeURIComponent(number)}/messages`;
  expect((await house.ask('POST', path, { text, media })).status).toBe(201);
  await house.app.settle();
}
const phoneShows = async (channel: string, number: string) =>
  (await house.ask('GET', `/api/sandbox/phones/${channel}/${encodeURIComponent(number)}/messages`)).body
    .messages as readonly {
    readonly text: string;
    readonly status: string;
    readonly direction: string;
    readonly media: readonly { readonly url: string; readonly type: string }[];
  }[];
const lastHeard = async (thread: string) =>
  (await readThread(thread)).items.findLast(({ kind }) => kind === 'in') as Shown & {
    readonly media: readonly { readonly url: string | null; readonly type: string }[];
  };
const picture = { type: 'image/png', data: png.toString('base64') };
/** Eight seconds of undo, over at once. */
async function letLeave(): Promise<void> {
  await house.ask('POST', '/api/sandbox/clock', { byMs: 60_000 });
  await house.app.settle();
}

describe('what an artist sends', () => {
  test('is shown through our own door, never at the address of the carrier', async () => {
    await phoneSends('whatsapp', karim, 'mon nouveau visuel', picture);
    const heard = await lastHeard('karim');
    expect(heard.media).toEqual([
      { type: 'image/png', url: `/api/items/${encodeURIComponent(heard.id)}/media/0` },
    ]);
    expect(JSON.stringify(await readThread('karim'))).not.toContain('twilio.com');
    const answer = await house.request('GET', heard.media[0]?.url ?? '');
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(png)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': expect.stringContaining('inline') as string,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    });
  });

  test('is for signed-in coaches', async () => {
    const { media } = await lastHeard('karim');
    expect((await fetch(`${house.app.url}${media[0]?.url ?? ''}`)).status).toBe(401);
  });

  test('is what its content says: a page that calls itself a picture is not shown', async () => {
    await phoneSends('whatsapp', karim, '', { type: 'image/png', data: page.toString('base64') });
    const { media } = await lastHeard('karim');
    expect(await codeOf(await house.request('GET', media[0]?.url ?? ''))).toEqual([
      422,
      'media_type_refused',
    ]);
  });

  test('a contract is saved and not opened', async () => {
    await phoneSends('whatsapp', karim, '', { type: 'application/pdf', data: pdf.toString('base64') });
    const { media } = await lastHeard('karim');
    const answer = await house.request('GET', media[0]?.url ?? '');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
  });

  test('at an address that is not the carrier’s, nothing is asked', async () => {
    const { id } = await lastHeard('karim');
    await house.store.items.updateOne(
      { _id: id },
      { $set: { media: [{ url: `${house.app.url}/healthz`, type: 'image/png' }] } },
    );
    const answer = await house.request('GET', `/api/items/${encodeURIComponent(id)}/media/0`);
    expect(await codeOf(answer)).toEqual([422, 'media_refused']);
  });

  test('there is no other file than those it came with', async () => {
    const { id } = await lastHeard('karim');
    for (const place of ['1', '-1', 'length', '0.5', 'x'])
      expect((await house.request('GET', `/api/items/${encodeURIComponent(id)}/media/${place}`)).status).toBe(
        404,
      );
  });

  test('after thirty days it is gone, at the carrier and here; the thread says that there was something', async () => {
    await phoneSends('whatsapp', karim, 'encore un', picture);
    const { id, media } = await lastHeard('karim');
    const dropped: string[] = [];
    const deps = {
      store: house.store,
      log: silentLog,
      dropMedia: (sid: string) => Promise.resolve(void dropped.push(sid)),
    };
    const soon = performance.now() + 30_000;
    await dropOldMedia(
      { ...deps, clock: new TestClock(new Date(Date.now() + 29 * 86_400_000).toISOString()) },
      soon,
    );
    expect(dropped).toEqual([]);
    const inAMonth = new TestClock(new Date(Date.now() + 32 * 86_400_000).toISOString());
    await dropOldMedia({ ...deps, clock: inAMonth }, soon);
    expect(dropped.length).toBeGreaterThan(0);
    expect((await lastHeard('karim')).media).toEqual([{ type: 'image/png', url: null }]);
    expect(id).toBe((await lastHeard('karim')).id);
    expect(await codeOf(await house.request('GET', media[0]?.url ?? ''))).toEqual([404, 'media_gone']);
    dropped.length = 0;
    await dropOldMedia({ ...deps, clock: inAMonth }, soon);
    expect(dropped).toEqual([]);
  });
});

describe('what a coach attaches', () => {
  test('goes with the words on WhatsApp, and the phone shows it', async () => {
    const file = await attached('karim', png);
    expect(file).toMatchObject({ name: 'Mon visuel.png', type: 'image/png', size: png.length });
    expect((await fetch(file.url)).status).toBe(404);
    const { status, body } = await say('karim', { text: 'Voici le visuel', file: file.id });
    expect(status).toBe(201);
    expect(body.item).toMatchObject({ file: { id: file.id, name: file.name, url: `/api/files/${file.id}` } });
    await letLeave();
    const shown = (await phoneShows('whatsapp', karim)).at(-1);
    expect(shown).toMatchObject({ status: 'delivered', media: [{ type: 'image/png' }] });
    expect(shown?.text).toMatch(/Voici le visuel$/);
    const onPhone = await house.request('GET', shown?.media[0]?.url ?? '');
    expect(Buffer.from(await onPhone.arrayBuffer()).equals(png)).toBe(true);
  });

  test('its address is for whoever was given it, for a while, as a file and never as a page', async () => {
    const file = await attached('karim', pdf);
    await say('karim', { text: 'Le contrat', file: file.id });
    const answer = await fetch(file.url);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': expect.stringContaining('attachment') as string,
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    });
    const forged = `${file.url.slice(0, -1)}${file.url.endsWith('A') ? 'B' : 'A'}`;
    expect((await fetch(forged)).status).toBe(404);
    await house.store.files.updateOne({ _id: file.id }, { $set: { publicUntil: new Date(0) } });
    expect((await fetch(file.url)).status).toBe(404);
  });

  test('a text carries no file: it carries the link', async () => {
    await phoneSends('sms', lea, 'HELP');
    const file = await attached('lea', png);
    expect((await say('lea', { channel: 'sms', text: 'Regarde', file: file.id })).status).toBe(201);
    const row = await house.store.outbox.findOne({ contactId: 'lea', 'body.file.id': file.id });
    expect(row?.body).toMatchObject({ text: expect.stringMatching(`Regarde\n${file.url}$`) as string });
    expect(row?.body.mediaUrl).toBeUndefined();
  });

  test('what was said meanwhile comes first: the stale send is refused, the same file goes with the next', async () => {
    const file = await attached('karim', png);
    const { row } = await readThread('karim');
    await phoneSends('whatsapp', karim, 'au fait');
    expect(await say('karim', { text: 'Voilà', file: file.id }, row.seq)).toMatchObject({ status: 409 });
    expect((await say('karim', { text: 'Voilà', file: file.id })).status).toBe(201);
  });

  test('WhatsApp drops the words beside a sound: they are not sent together', async () => {
    const file = await attached('karim', mp3);
    expect(await say('karim', { text: 'Écoute', file: file.id })).toMatchObject({
      status: 422,
      body: { code: 'audio_alone' },
    });
    expect((await say('karim', { text: '', file: file.id })).status).toBe(201);
  });

  test('20 MB are refused, and so is what is no picture, nothing, and for nobody', async () => {
    const refused = await attach('karim', Buffer.alloc(20 * 1024 * 1024));
    expect(refused.status).toBe(413);
    expect(await codeOf(await attach('karim', page))).toEqual([422, 'file_type_refused']);
    expect(await codeOf(await attach('karim', Buffer.alloc(0)))).toEqual([400, 'file_missing']);
    expect((await attach('karim', png, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await attach('karim', png, { 'x-file-name': '%E0%A4%A' })).status).toBe(400);
    expect(await codeOf(await attach('nobody', png))).toEqual([404, 'no_such_thread']);
    expect(await house.store.files.countDocuments({ contactId: 'nobody' })).toBe(0);
  });

  test('is taken from this window only, of a coach', async () => {
    expect((await attach('karim', png, { cookie: '' })).status).toBe(401);
    expect((await attach('karim', png, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await attach('karim', png, { origin: 'https://evil.example' })).status).toBe(403);
  });

  test('goes to no other thread, and not once it was taken back', async () => {
    const file = await attached('karim', png);
    expect(await say('lea', { channel: 'sms', text: 'x', file: file.id })).toMatchObject({
      status: 422,
      body: { code: 'file_gone' },
    });
    expect((await house.ask('DELETE', `/api/threads/lea/files/${file.id}`)).status).toBe(204);
    expect((await house.request('GET', `/api/files/${file.id}`)).status).toBe(200);
    await house.ask('DELETE', `/api/threads/karim/files/${file.id}`);
    expect(await say('karim', { text: 'x', file: file.id })).toMatchObject({ status: 422 });
  });

  test('a name is a name, whatever was typed there', async () => {
    const answer = await attach('karim', png, { 'x-file-name': encodeURIComponent('../../<b>"é\r\n.exe') });
    const { file } = (await answer.json()) as { file: Sent };
    expect(file.name).toMatch(/^[\p{L}\p{N} ._()-]+\.png$/u);
  });

  test('is erased with the person: the coach’s page says so, the link is dead', async () => {
    const file = await attached('ines', png);
    await house.store.files.updateOne(
      { _id: file.id },
      { $set: { publicUntil: new Date(Date.now() + 1e9) } },
    );
    expect((await fetch(file.url)).status).toBe(200);
    expect(
      (await house.ask('POST', '/api/contacts/ines/erasure', { contactId: 'ines' })).status,
    ).toBeLessThan(300);
    await house.app.settle();
    expect((await fetch(file.url)).status).toBe(404);
    expect(await codeOf(await house.request('GET', `/api/files/${file.id}`))).toEqual([404, 'media_gone']);
  });
});
