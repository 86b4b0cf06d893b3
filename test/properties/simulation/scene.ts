import { readCast, readLibrary } from '../../../src/cli/rehearsal-files.ts';
import { someConsent, someContact, someThread } from '../../support/build.ts';
import { createDecide } from '../../../src/core/decide.ts';
import { idFrom } from '../../../src/core/id.ts';
import { createUnderstand } from '../../../src/core/intent.ts';
import { newAddress } from '../../../src/store/addresses.ts';
import { toDoc } from '../../../src/store/collection.ts';
import { readIntentLists } from '../../../src/store/intent-files.ts';
import type { Doc } from './bson.ts';
import { createCarrierTwin } from './carrier.ts';
import { createTwinDatabase, type Documents } from './database.ts';
import { openPart, tickNow, type Mind } from './part.ts';
import { calm } from './plan.ts';
import type { Scene } from './play.ts';
import { twinStore } from './store.ts';
import { createTime, inVirtualTime } from './time.ts';
import { stormyWire } from './wire.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };

/** A Monday morning in Paris: everybody comes; on Tuesday at half past twelve something is due for each of them. */
const monday = new Date('2026-03-02T08:00:00Z');
const twoHoursBefore = new Date('2026-03-03T09:30:01Z');
const due = new Date('2026-03-03T11:30:00Z');
const leadMs = 1_000;
const minuteMs = 60_000;

const people = Array.from({ length: 4 }, (_, n) => ({
  id: `artist-${String(n + 1)}`,
  phone: `+3363998000${String(n + 1)}`,
  /** Clients hear of their dashboard (service), prospects of their audit (marketing). */
  isClient: n % 2 === 0,
}));

function documentsOf(mind: Mind, at: Date): Documents {
  const { cast } = readCast({ ...folders, persona: 'lea', at, library: mind.library });
  const contacts = people.map(({ id, isClient }) =>
    someContact({ id, userId: id, plan: isClient ? 290 : null, traits: {}, mona: null }),
  );
  return {
    contacts: contacts.map((contact) => ({ ...toDoc(contact), nameFolded: 'lea martin', createdAt: at })),
    threads: people.map(({ id }) => toDoc(someThread(id))),
    addresses: people.flatMap(({ id, phone }) => [
      { ...newAddress(id, 'sms', phone, at) },
      { ...newAddress(id, 'email', `${id}@example.org`, at) },
    ]),
    consents: people.flatMap(({ id }) =>
      (['sms', 'email'] as const).map((channel) => ({
        ...toDoc(someConsent(id, { id: `consent-${id}-${channel}`, channel, at })),
        order: 0,
      })),
    ),
    coaches: ['nina', 'sam'].map((id) => ({
      _id: id,
      email: `${id}@example.org`,
      name: id === 'nina' ? 'Nina' : 'Sam',
      role: 'coach',
      status: 'available',
      beatAt: new Date(due.getTime() + 3_600_000),
      createdAt: at,
    })),
    offers: cast.offers(due).map(({ key, ...offer }) => ({
      ...offer,
      key,
      _id: idFrom('offer', '', key),
      contactId: null,
    })),
  } as unknown as Readonly<Record<string, readonly Doc[]>>;
}

let known: Promise<Scene> | null = null;

/** The beginning of every run, lived through once by the pipeline itself in fair weather. */
export function openScene(): Promise<Scene> {
  known ??= live();
  return known;
}

async function live(): Promise<Scene> {
  const library = readLibrary(folders);
  const mind: Mind = { library, decide: createDecide(createUnderstand(readIntentLists(folders.localesDir))) };
  const time = createTime(monday.getTime(), 1);
  const begun = documentsOf(mind, monday);
  return inVirtualTime(time, async () => {
    const database = createTwinDatabase(() => new Date(time.now()));
    database.fill(begun);
    const outside = { time, plan: { listLagMs: 0 }, rates: calm, played: new Map<string, number>() };
    const owner = { name: 'before', isAlive: true, frozenUntil: 0 };
    const store = twinStore(database, stormyWire({ ...outside, awayUntil: 0 }, database, owner));
    const carrier = createCarrierTwin({
      ...outside,
      tell: () => undefined,
      onCall: () => undefined,
      onAnswer: () => undefined,
      onTaken: () => undefined,
    });
    const track = (isClient: boolean, name: string, properties: Doc): void => {
      time.after(1, owner, () => {
        const part = openPart({ owner, role: 'all', store, carrier, mps: 0, skewMs: 0, time, mind });
        for (const tick of part.ticks) time.after(20_000, owner, () => tickNow(tick));
        for (const person of people.filter((one) => one.isClient === isClient)) {
          const event = { id: `${name}-${person.id}`, name, properties, occurredAt: part.clock.now() };
          const head = {
            contactId: person.id,
            receivedAt: part.clock.now(),
            state: 'new',
            tries: 0,
          } as const;
          void part.arrive({ ...head, id: `event:${event.id}`, kind: 'event', event });
        }
      });
    };
    track(true, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    await time.run(monday.getTime() + minuteMs);
    await time.run(twoHoursBefore.getTime());
    track(false, 'Lead Created', {});
    await time.run(twoHoursBefore.getTime() + minuteMs);
    return { at: new Date(due.getTime() - leadMs), documents: database.documents(), contacts: people, mind };
  });
}
