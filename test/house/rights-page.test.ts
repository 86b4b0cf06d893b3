import { expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';

const house = useApp();

test('a manager hands a person all that is held on them, and it is noted', async () => {
  const { status, body } = await house.ask('GET', '/api/contacts/lea/bundle');
  expect(status).toBe(200);
  expect(body).toMatchObject({ contact: { firstName: 'Léa' } });
  expect(await house.store.audit.countDocuments({ contactId: 'lea', did: 'exported' })).toBe(1);
  expect(await house.store.gdprTasks.findOne({ contactId: 'lea', kind: 'access' })).toMatchObject({
    doneAt: expect.any(Date) as Date,
  });
  const { body: trail } = await house.ask('GET', '/api/contacts/lea/audit?most=5');
  expect((trail['lines'] as { did: string }[]).map(({ did }) => did)).toContain('exported');
  expect((await house.ask('GET', '/api/contacts/nobody/bundle')).status).toBe(404);
  expect(await house.store.gdprTasks.countDocuments({ contactId: 'nobody' })).toBe(0);
});

test('who objects hears no marketing any more, and that is their last word', async () => {
  expect((await house.ask('POST', '/api/contacts/sofia/objection', {})).status).toBe(200);
  const said = await house.store.consents.find({ contactId: 'sofia' }).sort({ at: -1, order: -1 }).toArray();
  expect(said[0]).toMatchObject({ action: 'objected' });
});

test('erasure shows what it would do, asks for the name by hand, and leaves nobody', async () => {
  const { body } = await house.ask('GET', '/api/contacts/malik/held');
  expect(body['held']).toContainEqual(expect.objectContaining({ collection: 'addresses', does: 'delete' }));
  expect((await house.ask('POST', '/api/contacts/malik/erasure', { contactId: 'lea' })).status).toBe(422);
  expect((await house.store.contacts.findOne({ _id: 'malik' }))?.firstName).toBe('Malik');

  const erased = await house.ask('POST', '/api/contacts/malik/erasure', { contactId: 'malik' });
  expect(erased.body).toMatchObject({ state: 'done' });
  expect((await house.store.contacts.findOne({ _id: 'malik' }))?.firstName ?? null).toBeNull();
  expect(await house.store.addresses.countDocuments({ contactId: 'malik' })).toBe(0);
});

test('a coach who is no manager may do none of it', async () => {
  const email = 'coach@rights.example';
  const password = 'une longue phrase de passe';
  await createSignIn(house.store).addCoach({ email, name: 'Sam', role: 'coach', password });
  await house.ask('POST', '/api/session', { email, password });
  for (const [method, path] of [
    ['GET', '/api/contacts/lea/bundle'],
    ['GET', '/api/contacts/lea/audit'],
    ['POST', '/api/contacts/lea/erasure'],
    ['POST', '/api/contacts/lea/objection'],
  ] as const)
    expect([
      path,
      (await house.ask(method, path, method === 'POST' ? { contactId: 'lea' } : undefined)).status,
    ]).toEqual([path, 403]);
});
