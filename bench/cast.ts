import { join } from 'node:path';
import type { RunState } from '../src/core/run.ts';
import type { Kept, World } from '../src/core/decide.ts';
import type { Arrival } from '../src/core/arrival.ts';
import { createDecide } from '../src/core/decide.ts';
import { idFrom } from '../src/core/id.ts';
import { createUnderstand } from '../src/core/intent.ts';
import { newThread } from '../src/core/thread.ts';
import { addressId, reversedOf } from '../src/store/addresses.ts';
import { toDoc } from '../src/store/collection.ts';
import type { Store } from '../src/store/connect.ts';
import type { ContactDoc } from '../src/store/contacts.ts';
import { readFlowFiles } from '../src/store/flow-files.ts';
import { readIntentLists } from '../src/store/intent-files.ts';
import { loadLibrary } from '../src/store/library.ts';
import { publish } from '../src/store/publish.ts';
import { loadWorlds } from '../src/store/world.ts';
import { account, phone } from './account.ts';
import { root } from './ground.ts';

const hourMs = 3_600_000;
const pageSize = 5_000;

export const contactIdOf = (number: number): string => `artist-${String(number)}`;

/**
 * A zone in which it is between 13 and 14 h now, whenever the bench runs: past the hour of a lunch-time text, and open for
 * service messages.
 */
function lunchZone(now: Date): string {
  const ahead = 13 - now.getUTCHours();
  // POSIX counts the other way: Etc/GMT-5 is five hours ahead.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${String(Math.abs(ahead))}`;
}

function artist(number: number, zone: string, at: Date): ContactDoc {
  return {
    _id: contactIdOf(number),
    userId: `user-${String(number)}`,
    firstName: 'Inès',
    lastName: `Numéro ${String(number)}`,
    nameFolded: `ines numero ${String(number)}`,
    locale: 'fr',
    register: 'tu',
    zone,
    zoneSource: 'profile',
    country: 'FR',
    department: '75',
    plan: 290,
    planSince: at,
    coachId: null,
    tags: [],
    mona: { score: 62, start: 55, at },
    points: 0,
    heat: null,
    lastHumanAt: at,
    traits: {},
    segments: [],
    erasedAt: null,
    createdAt: at,
  };
}

async function inPages<T>(
  count: number,
  made: (number: number) => T,
  keep: (page: T[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += pageSize)
    await keep(Array.from({ length: Math.min(pageSize, count - from) }, (_, place) => made(from + place)));
}

/** Artists we know, each with a phone, consent to texts by SMS, and an empty thread. */
export async function seedArtists(store: Store, count: number): Promise<void> {
  const at = new Date(Date.now() - 48 * hourMs);
  const zone = lunchZone(new Date());
  await inPages(
    count,
    (number) => artist(number, zone, at),
    (docs) => store.contacts.insertMany(docs, { ordered: false }),
  );
  await inPages(
    count,
    (number) => ({
      _id: addressId('sms', phone(number)),
      contactId: contactIdOf(number),
      channel: 'sms' as const,
      value: phone(number),
      ...reversedOf(phone(number)),
      verifiedAt: at,
      wrongPersonAt: null,
      providerBlocked: null,
      softFails: 0,
    }),
    (docs) => store.addresses.insertMany(docs, { ordered: false }),
  );
  await inPages(
    count,
    (number) => ({
      _id: `consent-${String(number)}`,
      contactId: contactIdOf(number),
      channel: 'sms' as const,
      purpose: 'marketing' as const,
      action: 'granted' as const,
      at,
      source: 'form' as const,
      evidence: { form: 'bench' },
      actor: 'artist',
      order: 0,
    }),
    (docs) => store.consents.insertMany(docs, { ordered: false }),
  );
  await inPages(
    count,
    (number) => toDoc(newThread(contactIdOf(number), at)),
    (docs) => store.threads.insertMany(docs, { ordered: false }),
  );
}

/** A step nobody reaches while a bench runs. */
const farMs = 400 * hourMs;

/**
 * Open runs of `nurturing` whose next step is the service text of day 1, asleep until `wakeUp`. One was entered and moved
 * by the product's own decisions; the others are the same run of other artists.
 */
export async function seedRuns(store: Store, count: number): Promise<void> {
  const run = await runBeforeText(store);
  const wakeAt = new Date(Date.now() + farMs);
  await inPages(
    count,
    (number) => {
      const contactId = contactIdOf(number);
      return { ...toDoc({ ...run, id: idFrom('run', contactId), contactId, wakeAt }), closedAt: null };
    },
    (docs) => store.runs.insertMany(docs, { ordered: false }),
  );
}

/** The hour of all sleeping runs has come, at once. */
export async function wakeUp(store: Store): Promise<void> {
  await store.runs.updateMany({ open: true }, { $set: { wakeAt: new Date() } });
}

async function runBeforeText(store: Store): Promise<RunState> {
  const enteredAt = new Date(Date.now() - 28 * hourMs);
  await publish(store, readFlowFiles(join(root, 'flows'), join(root, 'locales')), 'bench', enteredAt);
  const library = await loadLibrary(store);
  const decide = createDecide(createUnderstand(readIntentLists(join(root, 'locales'))));
  const senders = [{ key: `sms:${account.sender}`, channel: 'sms' as const }];
  const worlds = await loadWorlds(store, library, [contactIdOf(0)], {
    now: enteredAt,
    publicUrl: 'http://localhost',
    senders,
  });
  let world = worlds.get(contactIdOf(0));
  if (!world) throw new Error('there is no artist to enter a run for');
  const move = (from: World, arrival: Arrival, now: Date): Kept =>
    decide([arrival], from, { now, zone: from.contact.zone });
  const about = { contactId: contactIdOf(0), receivedAt: enteredAt, state: 'new' as const, tries: 0 };
  const event = {
    id: 'bench',
    name: 'Subscription Started',
    properties: { plan: 290, subscriptionId: 'bench' },
    occurredAt: enteredAt,
  };
  let kept = move(world, { ...about, id: 'event:bench', kind: 'event', event }, enteredAt);
  for (let wakes = 0; wakes < 10; wakes += 1) {
    const run = kept.runs.find(({ flow }) => flow === 'nurturing');
    if (!run?.wakeAt) throw new Error('the run of the bench did not open');
    if (run.stepKey === 'j1-sms') return run;
    world = { ...world, runs: [run], thread: kept.thread };
    kept = move(
      world,
      { ...about, id: `wake:${String(wakes)}`, kind: 'wake', runId: run.id, wakeAt: run.wakeAt },
      run.wakeAt,
    );
  }
  throw new Error('the run of the bench did not reach its text');
}
