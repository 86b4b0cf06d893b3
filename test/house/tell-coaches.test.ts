import { expect, test } from 'vitest';
import type { Notification, Subscription } from '../../src/channels/push/index.ts';
import { silentLog } from '../../src/log.ts';
import { createTellCoaches } from '../../src/pipeline/tell-coaches.ts';
import { createTellDue } from '../../src/pipeline/tell-due.ts';
import { createBuilders } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
/** A Tuesday morning: the team is there. */
const clock = new TestClock('2026-03-03T10:00:00Z');
const told: { readonly to: readonly string[]; readonly notification: Notification }[] = [];
const words = {
  someone: 'Un artiste',
  waits: '{{name}} attend une réponse',
  unclaimed: 'Personne pour {{name}}',
  soon: '{{name}} attend : bientôt',
  late: '{{name}} attend depuis trop longtemps',
  given: '{{name}} t’est confié',
  wrote: '{{name}} t’a écrit',
  look: '{{name}}',
};

const tell = (contactId: string, tells: Parameters<ReturnType<typeof createTellCoaches>>[1]) =>
  createTellCoaches({
    store: db.store,
    clock,
    publicUrl: 'https://mona.example',
    notify: (subscriptions: readonly Subscription[], notification) => {
      told.push({ to: subscriptions.map(({ endpoint }) => endpoint), notification });
      return Promise.resolve(subscriptions.length);
    },
    words: { fr: words },
    log: silentLog,
  })(contactId, tells);

const coach = (_id: string, over: Record<string, unknown> = {}) => ({
  _id,
  email: `${_id}@example.org`,
  name: _id,
  role: 'coach' as const,
  status: 'available' as const,
  createdAt: clock.now(),
  ...over,
});
const browser = (id: string) => ({
  _id: id,
  owner: { kind: 'coach' as const, id },
  subscription: { endpoint: `https://push.example/${id}`, keys: { p256dh: 'p', auth: 'a' } },
  seenAt: clock.now(),
});

test('who waits is told to everyone on duty with the name and the words; at night to nobody; by name to one', async () => {
  const { store } = db;
  const { contact } = await createBuilders(store).aContact({ firstName: 'Léa', lastName: 'Martin' });
  await store.coaches.insertMany([
    coach('nina'),
    coach('sam', { role: 'manager', status: 'away' }),
    coach('lou', { status: 'closed' }),
  ]);
  await store.pushSubscriptions.insertMany(['nina', 'sam', 'lou'].map(browser));
  await store.items.insertOne({
    _id: 'i1',
    contactId: contact.id,
    seq: 1,
    kind: 'in',
    at: clock.now(),
    channel: 'sms',
    text: 'Je suis bloquée',
    why: { rule: 'help' },
  } as never);
  const endpoints = () => told.splice(0).map(({ to }) => to);

  await tell(contact.id, [{ who: 'coaches', why: 'handoff:help-j1', coachId: null }]);
  expect(told).toMatchObject([
    {
      to: ['https://push.example/nina'],
      notification: {
        title: 'Léa Martin attend une réponse',
        body: 'Je suis bloquée',
        url: `https://mona.example/inbox/todo/${contact.id}`,
        isUrgent: true,
      },
    },
  ]);
  told.splice(0);

  await tell(contact.id, [{ who: 'managers', why: 'promise_missed', coachId: null }]);
  expect(endpoints()).toEqual([['https://push.example/sam']]);

  clock.advance(12 * 3_600_000);
  await tell(contact.id, [{ who: 'coaches', why: 'no_coach', coachId: null }]);
  expect(endpoints()).toEqual([]);
  await tell(contact.id, [{ who: 'coach', why: 'transfer', coachId: 'nina' }]);
  expect(endpoints()).toEqual([['https://push.example/nina']]);
});

test('whoever owes a word is told at 80 % of its time, everybody and the managers at 120 %, each once', async () => {
  const { store } = db;
  const { contact } = await createBuilders(store).aContact({ firstName: 'Karim', lastName: null });
  await store.coaches.insertMany([
    coach('ana'),
    coach('bob'),
    coach('max', { role: 'manager', status: 'away' }),
  ]);
  await store.pushSubscriptions.insertMany(['ana', 'bob', 'max'].map(browser));
  clock.advance('2026-03-04T10:00:00Z');
  const tellDue = createTellDue({ store, clock, tell });
  const minuteMs = 60_000;
  const now = clock.now().getTime();
  await store.threads.updateOne(
    { _id: contact.id },
    {
      $set: {
        'own.state': 'coach',
        'own.ownerId': 'ana',
        'own.dueSince': new Date(now),
        'own.dueAt': new Date(now + 100 * minuteMs),
      },
    },
  );
  const heard: [number, string[], string | undefined][] = [];
  for (let minute = 10; minute <= 140; minute += 10) {
    clock.advance(10 * minuteMs);
    await tellDue();
    const seen = told.splice(0);
    const [first] = seen;
    if (first) heard.push([minute, seen.flatMap(({ to }) => to).sort(), first.notification.title]);
  }
  const at = (...ids: string[]) => ids.map((id) => `https://push.example/${id}`);
  expect(heard).toEqual([
    [80, at('ana'), 'Karim attend : bientôt'],
    [120, at('ana', 'bob', 'max', 'nina', 'sam'), 'Karim attend depuis trop longtemps'],
  ]);
});
