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

  const tellDue = createTellDue({ store, clock, tell });
  const dueAt = new Date(clock.now().getTime() + 60_000);
  await store.threads.updateOne(
    { _id: contact.id },
    { $set: { 'own.state': 'coach', 'own.ownerId': 'nina', 'own.dueAt': dueAt } },
  );
  expect(await tellDue()).toEqual({ toldDue: 0 });
  clock.advance(120_000);
  expect(await tellDue()).toEqual({ toldDue: 1 });
  expect(await tellDue()).toEqual({ toldDue: 0 });
  expect(endpoints()).toEqual([['https://push.example/nina']]);
});
