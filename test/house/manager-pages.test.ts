import { expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';

const house = useApp();

const read = async (path: string) => (await house.ask('GET', path)).body;

async function leaBecomesClient(): Promise<void> {
  await house.ask('POST', '/api/sandbox/enter', {
    userId: 'lea',
    event: 'Subscription Started',
    properties: { plan: 290, subscriptionId: 'pages' },
  });
  await house.app.settle();
}

test('a sequence shows who waits before which message, and asks what its question asks', async () => {
  await leaBecomesClient();
  expect(await read('/api/flows')).toMatchObject({
    sequences: [
      { id: 'welcome' },
      { id: 'nurturing', open: 1 },
      { id: 'upsell' },
      { id: 'spark' },
      { id: 'winback' },
    ],
  });
  const { steps } = (await read('/api/sequences/nurturing')) as { steps: { id: string; waiting: number }[] };
  expect(steps).toHaveLength(7);
  expect(steps.find(({ id }) => id === 'j1-sms')).toMatchObject({
    waiting: 1,
    question: { node: 'dashboard' },
  });
  expect((await house.ask('GET', '/api/sequences/nothing')).status).toBe(404);
});

test('a message is shown as it would leave, in both registers', async () => {
  const tu = await read('/api/sequences/nurturing/steps/j1-sms?register=tu');
  expect(tu).toMatchObject({
    missing: null,
    segments: 2,
    encoding: 'ucs2',
    channels: ['sms', 'whatsapp', 'email'],
  });
  expect(tu['text']).toContain('As-tu pu te connecter à ton dashboard MONA ?');
  expect((await read('/api/sequences/nurturing/steps/j1-sms?register=vous'))['text']).not.toContain(
    'As-tu pu',
  );
  expect((await read('/api/sequences/nurturing/steps/j7-email'))['html']).toContain('<');
});

test('every message of every sequence can be shown in both languages', async () => {
  const { sequences } = (await read('/api/flows')) as { sequences: { id: string }[] };
  for (const { id } of sequences) {
    const { steps } = (await read(`/api/sequences/${id}`)) as { steps: { id: string }[] };
    for (const step of steps)
      for (const locale of ['fr', 'en']) {
        const { status, body } = await house.ask(
          'GET',
          `/api/sequences/${id}/steps/${step.id}?locale=${locale}`,
        );
        expect(status).toBe(200);
        expect(body['text'] ?? (body['missing'] as { why: string }).why).not.toBe('words_missing');
      }
  }
});

test('a pause holds what is due, and a resume lets it leave at once (§19.15)', async () => {
  expect((await house.ask('POST', '/api/sequences/nurturing/pause', {})).status).toBe(204);
  expect(await read('/api/sequences/nurturing/pause')).toMatchObject({ isPaused: true, open: 1 });
  const row = () => house.store.outbox.findOne({ stepKey: 'j1-sms', 'guard.flow': 'nurturing' });
  for (let jump = 0; jump < 8 && !(await row()); jump += 1) {
    await house.ask('POST', '/api/sandbox/clock', { to: 'next' });
    await house.app.settle();
  }
  expect(await row()).toMatchObject({ status: 'queued', reason: 'sequence_paused' });
  expect(await read('/api/sequences/nurturing')).toMatchObject({
    steps: expect.arrayContaining([
      expect.objectContaining({ id: 'j1-sms', held: [{ key: 'sequence_paused', count: 1 }] }),
    ]) as unknown,
  });
  expect((await house.ask('POST', '/api/sequences/nurturing/resume', {})).status).toBe(204);
  await expect
    .poll(async () => {
      await house.app.settle();
      return (await row())?.status;
    })
    .toMatch(/sent|delivered/);
});

test('people are found by name, address and segment', async () => {
  const ids = async (query: string) =>
    ((await read(`/api/contacts?${query}`)) as { rows: { id: string }[] }).rows.map(({ id }) => id);
  expect(await ids('q=lea')).toEqual(['lea']);
  expect(await ids('q=LÉA')).toEqual(['lea']);
  expect(await ids('q=lea%40example')).toEqual(['lea']);
  const { value = '' } = (await house.store.addresses.findOne({ contactId: 'lea', channel: 'sms' })) ?? {};
  expect(await ids(`q=${value.slice(-6)}`)).toContain('lea');
  expect(await ids('segment=nobody')).toEqual([]);
  expect(await read('/api/segments')).toMatchObject({
    segments: expect.arrayContaining([expect.objectContaining({ key: 'dormant' })]) as unknown,
  });
  expect(await read('/api/contacts/lea')).toMatchObject({
    artist: { name: 'Léa Martin' },
    consents: expect.arrayContaining([expect.objectContaining({ action: 'granted' })]) as unknown,
  });
});

test('health names each thing it looked at', async () => {
  const { lines, senders, ticks } = (await read('/api/health')) as Record<
    string,
    { key?: string; state?: string }[]
  >;
  expect(lines?.map(({ key }) => key)).toEqual([
    'database',
    'indexes',
    'disk',
    'worker',
    'ticks',
    'arrivals',
    'outbox',
    'unsure',
    'failed',
    'stuck',
    'desk',
    'paused',
    'offers',
    'webhooks',
    'limits',
    'mail',
  ]);
  expect(lines?.filter(({ state }) => state === 'bad')).toEqual([]);
  expect(senders?.length).toBeGreaterThan(2);
  expect(ticks?.length).toBeGreaterThan(2);
});

test('health says which facts are stale, and that somebody forges the carrier', async () => {
  await house.store.offers.updateOne(
    { key: 'slots' },
    { $set: { asOf: new Date(Date.now() - 7_200_000), maxAgeMs: 300_000 } },
  );
  for (let n = 0; n < 6; n += 1)
    await fetch(`${house.app.url}/webhooks/twilio/inbound`, {
      method: 'POST',
      body: new URLSearchParams({ Body: 'x' }),
    });
  const lines = (await read('/api/health'))['lines'] as { key: string; state: string; values: object }[];
  const line = (key: string) => lines.find((one) => one.key === key);
  expect(line('offers')).toMatchObject({ state: 'late', values: { count: 1, names: 'slots', steps: 3 } });
  expect(line('webhooks')).toMatchObject({ state: 'late', values: { forged: 6, failed: 0 } });
});

test('a coach reads a sequence, and neither pauses it nor reads the compliance page', async () => {
  const { addCoach } = createSignIn(house.store);
  const password = 'a-long-enough-password';
  await addCoach({ email: 'lou@example.org', name: 'Lou', role: 'coach', password });
  expect((await read('/api/compliance'))['consents']).not.toEqual([]);
  await house.ask('DELETE', '/api/session');
  await house.ask('POST', '/api/session', { email: 'lou@example.org', password });
  expect((await house.ask('GET', '/api/sequences/nurturing')).status).toBe(200);
  expect((await house.ask('GET', '/api/health')).status).toBe(200);
  expect((await house.ask('POST', '/api/sequences/nurturing/pause', {})).status).toBe(403);
  expect((await house.ask('GET', '/api/compliance')).status).toBe(403);
});
