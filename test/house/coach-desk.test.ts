import { beforeAll, expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';

const house = useApp();

const phoneOf = { lea: ['sms', '+33639980001'], karim: ['whatsapp', '+33639980002'] } as const;
let clients = 0;
const clientId = () => `desk-test-${String((clients += 1)).padStart(4, '0')}`;

async function texts(who: keyof typeof phoneOf, text: string): Promise<void> {
  const [channel, number] = phoneOf[who];
  await house.ask('POST', `/api/sandbox/phones/${channel}/${encodeURIComponent(number)}/messages`, { text });
  await house.app.settle();
}

interface Shown {
  readonly row: { readonly seq: number; readonly unread: boolean; readonly own: Record<string, unknown> };
  readonly future: readonly {
    readonly stepId: string;
    readonly at: string;
    readonly heldBy: string | null;
  }[];
  readonly can: Record<string, unknown>;
}
const thread = async (id: string) => (await house.ask('GET', `/api/threads/${id}`)).body as unknown as Shown;
async function post(id: string, path: string, body: object) {
  const { row } = await thread(id);
  return house.ask('POST', `/api/threads/${id}/${path}`, {
    clientId: clientId(),
    seen: row.seq,
    rev: row.own['rev'],
    ...body,
  });
}

beforeAll(async () => {
  for (const userId of ['lea', 'karim'])
    await house.ask('POST', '/api/sandbox/enter', {
      userId,
      event: 'Subscription Started',
      properties: { plan: 290, subscriptionId: `desk-${userId}` },
    });
  await house.app.settle();
});

test('where the window is closed an approved template says what is missing, and leaves once it is filled', async () => {
  expect((await thread('karim')).can['whatsapp']).toEqual({ reason: 'window_closed' });
  expect((await post('karim', 'messages', { channel: 'whatsapp', text: 'Bonjour' })).body).toMatchObject({
    statusCode: 422,
    code: 'window_closed',
  });
  const { body } = await house.ask('GET', '/api/threads/karim/templates');
  expect(body['templates']).toContainEqual({
    key: 'desk-news',
    name: 'mona_desk_news:fr:vous',
    text: expect.stringContaining('{{topic}}') as string,
    variables: [
      { path: 'prenom', value: 'Karim' },
      { path: 'coach.name', value: 'Nina' },
      { path: 'topic', value: null },
    ],
  });
  const bare = { channel: 'whatsapp', template: { key: 'desk-news' } };
  expect((await post('karim', 'messages', bare)).body).toMatchObject({ statusCode: 422, code: 'unfilled' });
  const filled = { channel: 'whatsapp', template: { key: 'desk-news', fields: { topic: 'votre single' } } };
  const said = await post('karim', 'messages', filled);
  expect(said).toMatchObject({ status: 201, body: { item: { status: 'queued' } } });
  await house.ask('POST', '/api/sandbox/clock', { byMs: 60_000 });
  await house.app.settle();
  expect(await house.store.outbox.findOne({ contactId: 'karim', by: { $ne: 'bot' } })).toMatchObject({
    status: expect.stringMatching(/sent|delivered|read/) as string,
    body: { template: { name: 'mona_desk_news:fr:vous' } },
  });
});

test('a template that does not exist is refused in form', async () => {
  const unknown = { channel: 'whatsapp', template: { key: 'desk-free-for-all' } };
  expect((await post('karim', 'messages', unknown)).status).toBe(400);
});

test('prepared replies come with what is known of the artist, and name what is not', async () => {
  const { body } = await house.ask('GET', '/api/canned?thread=lea');
  const replies = body['replies'] as { id: string; text: string; missing: string[] }[];
  expect(replies.find(({ id }) => id === 'hello')).toMatchObject({
    text: 'Salut Léa ! Je regarde ça et je te réponds dans la foulée.',
    missing: [],
  });
  expect(replies.find(({ id }) => id === 'call')?.text).toContain('/sandbox/partner/book-call');
});

test('search finds people by name and number, and messages by words without their accents', async () => {
  await texts('lea', 'Ça marche, merci beaucoup pour le diagnostic');
  type Found = { people: { id: string }[]; messages: { thread: string; text: string; seq: number }[] };
  const found = async (q: string) =>
    (await house.ask('GET', `/api/search?q=${encodeURIComponent(q)}`)).body as unknown as Found;
  expect((await found('léa')).people).toMatchObject([{ id: 'lea', name: 'Léa Martin' }]);
  expect((await found('06 39 98 00 01')).people).toMatchObject([{ id: 'lea' }]);
  const { messages } = await found('beaucoup MERCI');
  expect(messages).toMatchObject([{ thread: 'lea', name: 'Léa Martin' }]);
  expect(messages[0]?.text).toContain('merci beaucoup');
  expect((await found('ca')).messages.length).toBeGreaterThan(0);
  expect((await found('"-- $where')).messages).toEqual([]);
});

test('words for later stand until their hour, and come back to the draft when she writes first', async () => {
  const at = new Date(Date.now() + 40 * 86_400_000).toISOString();
  const { body } = await post('lea', 'messages', { channel: 'sms', text: 'À demain', at });
  expect(body).toMatchObject({ item: { status: 'queued', undoUntil: at } });
  await texts('lea', 'finalement non');
  const [row] = await house.store.outbox.find({ contactId: 'lea', by: { $ne: 'bot' } }).toArray();
  expect(row).toMatchObject({ status: 'blocked', reason: 'returned' });
});

test('a promise holds the thread until its hour, is counted, and is kept by the next word', async () => {
  const until = new Date(Date.now() + 41 * 86_400_000).toISOString();
  const { status } = await post('lea', 'promises', { channel: 'sms', text: 'Je te redis demain', until });
  expect(status).toBe(201);
  expect((await thread('lea')).row.own).toMatchObject({ state: 'snoozed' });
  expect(await house.store.promises.findOne({ contactId: 'lea' })).toMatchObject({ keptAt: null });
  await post('lea', 'messages', { channel: 'sms', text: 'Me revoilà', force: true });
  expect((await house.store.promises.findOne({ contactId: 'lea' }))?.keptAt).toBeInstanceOf(Date);
});

test('a nudge gets another hour, then none', async () => {
  const [next] = (await thread('lea')).future;
  if (!next) throw new Error('Léa is in nurturing.');
  const to = new Date(Date.parse(next.at) + 3_600_000).toISOString();
  const moved = await post('lea', `future/${next.stepId}/move`, { to });
  expect(moved.status).toBe(200);
  expect((await thread('lea')).future.find(({ stepId }) => stepId === next.stepId)?.at).toBe(to);
  expect((await post('lea', `future/${next.stepId}/skip`, {})).status).toBe(200);
  expect((await thread('lea')).future.some(({ stepId }) => stepId === next.stepId)).toBe(false);
  expect((await post('lea', `future/${next.stepId}/skip`, {})).status).toBe(409);
});

test('a thread read is marked unread', async () => {
  await thread('lea');
  expect((await thread('lea')).row.unread).toBe(false);
  const { body } = await house.ask('POST', '/api/threads/lea/unread', {});
  expect(body).toMatchObject({ row: { unread: true } });
});

test('a coach reads sequences and experiments, and changes neither', async () => {
  const lou = {
    email: 'lou@example.org',
    name: 'Lou',
    role: 'coach',
    password: 'a-long-enough-one',
  } as const;
  await createSignIn(house.store).addCoach(lou);
  const { email, password } = lou;
  expect((await house.ask('POST', '/api/session', { email, password })).status).toBe(204);
  for (const path of ['/api/sequences', '/api/flows', '/api/experiments'])
    expect([path, (await house.ask('GET', path)).status]).toEqual([path, 200]);
  for (const path of ['/api/experiments', '/api/experiments/x/stop', '/api/sequences/nurturing/pause'])
    expect([path, (await house.ask('POST', path, {})).status]).toEqual([path, 403]);
  expect((await house.ask('GET', '/api/compliance')).status).toBe(403);
});
