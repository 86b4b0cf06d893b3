import request from 'supertest';
import { expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';

const house = useApp();

interface Listed {
  readonly key: string;
  readonly value: unknown;
  readonly isLive: boolean;
  readonly who: string | null;
  readonly leaning: readonly string[];
}
const listed = async (key: string): Promise<Listed | undefined> =>
  ((await house.ask('GET', '/api/offers')).body.offers as Listed[]).find((one) => one.key === key);
const emit = (messageId: string, properties: object, timestamp = new Date().toISOString()) =>
  request(house.app.url)
    .post('/v1/events')
    .set('Authorization', `Bearer ${house.config.secrets.apiKey}`)
    .send({ type: 'track', userId: 'the-shop', event: 'Offer Updated', properties, messageId, timestamp });

test('a manager reads which steps lean on each fact, and states one anew', async () => {
  expect(await listed('price.390')).toMatchObject({
    value: 390,
    isLive: true,
    leaning: expect.arrayContaining(['upsell.j0-email', 'nurturing.j14-email']) as string[],
  });
  const put = await house.ask('PUT', '/api/offers/price.390', { kind: 'price', value: 395 });
  expect([put.status, put.body.state]).toEqual([200, 'changed']);
  expect(await listed('price.390')).toMatchObject({ value: 395, who: 'Nina' });
  const bad = await house.ask('PUT', '/api/offers/stat.roi', {
    kind: 'stat',
    value: { percent: 450, sampleSize: 3 },
  });
  expect([bad.status, bad.body.issues]).toEqual([422, [{ path: 'offer', message: 'sample_too_small' }]]);
});

test('the shop says how many seats are left, and nobody is made of it', async () => {
  const before = await house.store.contacts.countDocuments();
  const endsAt = new Date(Date.now() + 7_200_000).toISOString();
  const seats = { key: 'offer.490', kind: 'seats', value: { seatsTotal: 5, seatsLeft: 1 }, endsAt };
  expect((await emit('offer-1', seats)).status).toBe(202);
  expect(await listed('offer.490')).toMatchObject({
    value: { seatsLeft: 1 },
    isLive: true,
    who: 'event:offer-1',
  });
  // Older news that comes late changes nothing.
  const late = { ...seats, value: { seatsTotal: 5, seatsLeft: 5 } };
  expect((await emit('offer-0', late, new Date(Date.now() - 60_000).toISOString())).status).toBe(202);
  expect(await listed('offer.490')).toMatchObject({ value: { seatsLeft: 1 } });
  expect(await house.store.contacts.countDocuments()).toBe(before);
});

interface Page {
  readonly offer: Listed | null;
  readonly consequences: readonly {
    readonly flow: string;
    readonly step: string;
    readonly text: string | null;
    readonly without: { readonly text: string } | null;
    readonly skipped: string | null;
    readonly isCondition: boolean;
  }[];
  readonly history: readonly { readonly who: string; readonly after: { readonly value: unknown } }[];
}
const page = async (key: string): Promise<Page> =>
  (await house.ask('GET', `/api/offers/${key}`)).body as unknown as Page;
const without = async (key: string, step: string) =>
  (await page(key)).consequences.find((one) => `${one.flow}.${one.step}` === step);

test('each message says what it becomes without the fact: its honest form, or silence with the reason', async () => {
  const lisa = await without('testimonial.peer-390', 'nurturing.j15-sms');
  expect(lisa?.text).toContain('Lisa');
  expect(lisa).toMatchObject({ without: null, skipped: 'claim_unbound' });
  const price = await without('price.390', 'upsell.j0-email');
  expect(price?.text).toContain('39');
  const marie = await without('testimonial.marie', 'nurturing.j7-email');
  expect(marie?.text).toContain('Marie');
  expect(marie?.without?.text).not.toContain('Marie');
  const slots = await without('slots', 'welcome.j6-sms');
  expect(slots?.isCondition).toBe(true);
  expect((await house.ask('GET', '/api/offers/nothing.leans')).status).toBe(404);
});

test('a fact keeps the history of what it said', async () => {
  await house.ask('PUT', '/api/offers/price.490', { kind: 'price', value: 495 });
  await house.ask('PUT', '/api/offers/price.490', { kind: 'price', value: 495 });
  const { history } = await page('price.490');
  expect(history.map(({ who, after }) => [who, after.value])).toEqual([['Nina', 495]]);
});

test('a file says what it would do before it does it', async () => {
  const csv = [
    'key;kind;value;value.seatsLeft',
    'price.290;price;295;',
    'offer.390;seats;;1',
    'nonsense.key;price;3;',
    'price.290;price;300;',
  ].join('\r\n');
  const give = (isDry: boolean) =>
    house.ask('POST', '/api/offers/import', { name: 'prix.csv', csv: `\uFEFF${csv}`, isDry });
  const before = (await listed('price.290'))?.value;
  const dry = await give(true);
  expect(dry.body).toMatchObject({ rows: 4, changed: 2, refused: 2 });
  expect(dry.body['lines']).toContainEqual({ line: 4, key: 'nonsense.key', state: 'unknown_key' });
  expect((await listed('price.290'))?.value).toBe(before);
  expect((await give(false)).body).toMatchObject({ changed: 2, refused: 2 });
  expect(await listed('price.290')).toMatchObject({ value: 295, who: 'Nina' });
  expect((await house.store.audit.find({ did: 'offers_imported' }).toArray()).map(({ who }) => who)).toEqual([
    'nina',
  ]);
  const bad = await house.ask('POST', '/api/offers/import', {
    name: 'x.csv',
    csv: 'name,age\nLéa,3',
    isDry: true,
  });
  expect([bad.status, bad.body['code']]).toEqual([400, 'bad_columns']);
});

test('a coach reads the facts and states none', async () => {
  const { addCoach } = createSignIn(house.store);
  await addCoach({
    email: 'lou@example.org',
    name: 'Lou',
    role: 'coach',
    password: 'a-long-enough-password',
  });
  await house.ask('POST', '/api/session', { email: 'lou@example.org', password: 'a-long-enough-password' });
  expect((await house.ask('GET', '/api/offers/price.390')).status).toBe(200);
  const stated = await house.ask('PUT', '/api/offers/price.390', { kind: 'price', value: 1 });
  const file = await house.ask('POST', '/api/offers/import', {
    name: 'x.csv',
    csv: 'key,kind,value',
    isDry: false,
  });
  expect([stated.status, file.status]).toEqual([403, 403]);
});
