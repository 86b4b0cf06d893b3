import { expect, test } from 'vitest';
import type { AppointmentChange } from '../../src/core/decide.ts';
import { fromDoc } from '../../src/store/collection.ts';
import type { Arrival } from '../../src/core/arrival.ts';
import { commit } from '../../src/store/commit.ts';
import { loadWorlds } from '../../src/store/world.ts';
import { aText, createBuilders, echo, emptyLibrary, monday, ourSenders } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const options = { now: monday, publicUrl: 'http://localhost:3000', senders: ourSenders, freshMs: 0 };

const friday = new Date('2026-03-06T14:00:00Z');
const booked: AppointmentChange = {
  id: 'ap1',
  at: friday,
  kind: 'coaching',
  state: 'booked',
  coachId: 'nina',
};

test('an appointment is kept with the decision that heard of it, moved by its id, and gone from view once cancelled', async () => {
  const { store } = db;
  const { aContact, anArrival } = createBuilders(store);
  const { contact } = await aContact();
  const worldNow = async () => (await loadWorlds(store, emptyLibrary, [contact.id], options)).get(contact.id);

  const keep = async (change: AppointmentChange, text: string) => {
    const arrival = aText(text);
    await anArrival(contact.id, arrival);
    const doc = await store.arrivals.findOne({ _id: arrival.id });
    const thread = (await worldNow())?.thread;
    if (!doc || !thread) throw new Error('the contact has no thread');
    const arrivals = [fromDoc<Arrival>(doc)];
    const kept = { ...echo(arrivals, { thread }, { now: monday }), appointments: [change] };
    expect(
      await commit(store, [{ contactId: contact.id, arrivals, contact, baseThread: thread, kept }], monday),
    ).toEqual(['kept']);
    return (await worldNow())?.appointments;
  };

  expect(await keep(booked, 'un')).toEqual([{ id: 'ap1', at: friday, kind: 'coaching', coachId: 'nina' }]);
  const later = new Date('2026-03-09T14:00:00Z');
  expect(await keep({ ...booked, at: later }, 'deux')).toEqual([
    { id: 'ap1', at: later, kind: 'coaching', coachId: 'nina' },
  ]);
  expect(await keep({ ...booked, at: later, state: 'cancelled' }, 'trois')).toEqual([]);
  expect(await store.appointments.findOne({ _id: 'ap1' })).toMatchObject({
    contactId: contact.id,
    state: 'cancelled',
  });
});
