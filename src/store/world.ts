import type { ClientSession } from 'mongodb';
import type { Address, Suppression } from '../core/contact.ts';
import type { Offer, QuotedRow, SenderFacts, World } from '../core/decide.ts';
import type { Library } from '../core/library.ts';
import type { RunState } from '../core/run.ts';
import { newThread, type Thread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import type { AddressDoc } from './addresses.ts';
import { fromDoc, without } from './collection.ts';
import type { Store } from './connect.ts';
import { contactOf } from './contacts.ts';
import { lastSaid } from './consents.ts';
import { dutyAt } from './duty.ts';
import type { RowDoc } from './outbox.ts';
import type { RunDoc } from './runs.ts';
import type { SuppressionDoc } from './suppressions.ts';
import { offerOf, readSurroundings, type Surroundings } from './surroundings.ts';

export interface WorldOptions {
  readonly now: Date;
  readonly publicUrl: string;
  /** Senders of ours, the default of each channel first. */
  readonly senders: readonly { readonly key: string; readonly channel: Channel }[];
  /** Carrier ids of messages of ours that arrivals quote or whose buttons were tapped. */
  readonly quoted?: readonly string[];
  /** Collections that nobody will ask about: they read as empty. */
  readonly unread?: Unread;
  /** How old coaches, offers, senders and paused flows may be; 1 s. */
  readonly freshMs?: number;
}

export interface Unread {
  readonly appointments?: boolean;
  readonly allowances?: boolean;
}

/** A closed run is remembered that long, for late taps and the longest re-entry (win-back, 180 d). */
const closedDays = 190;
/** An appointment counts until a day after it began. */
const dayMs = 86_400_000;

const pendingStatuses = ['queued', 'sending', 'unsure'] as const;

type Pending = World['rows'][number];

/**
 * Loads the worlds of these contacts, one query a collection. Inside a transaction every read is the session's, one after
 * the other as a session must; outside they go together. A contact that does not exist has no entry.
 */
export async function loadWorlds(
  store: Store,
  library: Library,
  contactIds: readonly string[],
  options: WorldOptions,
  session?: ClientSession,
): Promise<Map<string, World>> {
  const surroundings = await readSurroundings(store, options.freshMs ?? 1_000);
  const read = await readContacts(store, contactIds, options, session);
  const duty = dutyAt(surroundings.hours, surroundings.coaches, options.now);
  const senders = options.senders.map((sender) => senderFacts(sender, library, surroundings, options.now));
  const worlds = new Map<string, World>();
  for (const doc of read.contacts) {
    const own = read.offers.get(doc._id) ?? [];
    worlds.set(doc._id, {
      contact: contactOf(doc),
      addresses: read.addresses.get(doc._id) ?? [],
      consents: lastSaid(read.consents.get(doc._id) ?? []),
      suppressions: read.suppressions.get(doc._id) ?? [],
      thread: read.threads.get(doc._id) ?? newThread(doc._id, options.now),
      runs: read.runs.get(doc._id) ?? [],
      quoted: read.quoted.get(doc._id) ?? [],
      rows: read.rows.get(doc._id) ?? [],
      duty,
      coachNames: surroundings.coachNames,
      offers: own.length > 0 ? [...surroundings.offers, ...own] : surroundings.offers,
      allowances: read.allowances.get(doc._id) ?? [],
      senders,
      pausedFlows: surroundings.pausedFlows,
      appointments: read.appointments.get(doc._id) ?? [],
      library,
      publicUrl: options.publicUrl,
      silencedUntil: silence(own, options.now),
    });
  }
  return worlds;
}

async function readContacts(
  store: Store,
  ids: readonly string[],
  options: WorldOptions,
  session?: ClientSession,
) {
  const within = session ? { session } : {};
  const of = { contactId: { $in: [...ids] } };
  const byId = { _id: { $in: [...ids] } };
  const quoted = options.quoted ?? [];
  const { appointments: isDeaf = false, allowances: isUncapped = false } = options.unread ?? {};
  const reads = {
    contacts: () => store.contacts.find(byId, within).toArray(),
    threads: () => store.threads.find(byId, within).toArray(),
    addresses: () => store.addresses.find(of, within).toArray(),
    consents: () =>
      store.consents
        .find(of, {
          ...within,
          projection: { contactId: 1, channel: 1, purpose: 1, action: 1, at: 1, order: 1 },
        })
        .toArray(),
    runs: () =>
      store.runs
        .find(
          { ...of, $or: [{ open: true }, { closedAt: { $gte: daysBefore(options.now, closedDays) } }] },
          within,
        )
        .sort({ enteredAt: 1 })
        .toArray(),
    rows: () =>
      store.outbox
        .find(
          { ...of, status: { $in: [...pendingStatuses] } },
          { ...within, projection: pendingFields, hint: { contactId: 1, status: 1 } },
        )
        .sort({ createdAt: 1, _id: 1 })
        .toArray(),
    allowances: () =>
      isUncapped ? Promise.resolve([]) : store.allowances.find(byId, within).toArray(),
    offers: () => store.offers.find(of, within).toArray(),
    appointments: () =>
      isDeaf
        ? Promise.resolve([])
        : store.appointments
            .find({ ...of, state: 'booked', at: { $gte: daysBefore(options.now, 1) } }, within)
            .sort({ at: 1 })
            .toArray(),
    quoted: () =>
      quoted.length === 0
        ? Promise.resolve([])
        : store.outbox
            .find({ ...of, sid: { $in: [...quoted] } }, { ...within, projection: quotedFields })
            .toArray(),
  };
  const found = await (session ? oneByOne(reads) : together(reads));
  return {
    contacts: found.contacts,
    threads: new Map(found.threads.map((doc): [string, Thread] => [doc._id, fromDoc<Thread>(doc)])),
    addresses: grouped(found.addresses, (doc) => doc.contactId, addressOf),
    consents: grouped(
      found.consents,
      (doc) => doc.contactId,
      (doc) => doc,
    ),
    suppressions: await readSuppressions(store, found.addresses, within),
    runs: grouped(found.runs, (doc) => doc.contactId, runOf),
    rows: grouped(
      found.rows,
      (doc) => doc.contactId,
      (doc) => fromDoc<Pending & { id: string }>(doc),
    ),
    allowances: new Map(found.allowances.map(({ _id, sends }) => [_id, sends])),
    offers: grouped(found.offers, (doc) => doc.contactId ?? '', offerOf),
    appointments: grouped(
      found.appointments,
      (doc) => doc.contactId,
      ({ at, kind }) => ({ at, kind }),
    ),
    quoted: grouped(found.quoted, (doc) => doc.contactId, quotedOf),
  };
}

type Reads = Readonly<Record<string, () => Promise<unknown>>>;
type Found<R extends Reads> = { [K in keyof R]: Awaited<ReturnType<R[K]>> };

async function together<R extends Reads>(reads: R): Promise<Found<R>> {
  const entries = Object.entries(reads).map(async ([name, read]) => [name, await read()] as const);
  return Object.fromEntries(await Promise.all(entries)) as Found<R>;
}

async function oneByOne<R extends Reads>(reads: R): Promise<Found<R>> {
  const found: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(reads)) found[name] = await read();
  return found as Found<R>;
}

function grouped<D, T>(docs: readonly D[], keyOf: (doc: D) => string, made: (doc: D) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const doc of docs) {
    const key = keyOf(doc);
    const group = groups.get(key);
    if (group) group.push(made(doc));
    else groups.set(key, [made(doc)]);
  }
  return groups;
}

/** The list is kept by a hash of each address; whose it is, only the addresses know. */
async function readSuppressions(
  store: Store,
  addresses: readonly AddressDoc[],
  within: { session?: ClientSession },
): Promise<Map<string, Suppression[]>> {
  if (addresses.length === 0) return new Map();
  const owners = new Map(
    addresses.map((doc) => [store.suppressionId(doc.channel, doc.value), doc.contactId]),
  );
  const docs = await store.suppressions.find({ _id: { $in: [...owners.keys()] } }, within).toArray();
  const byContact = new Map<string, Suppression[]>();
  for (const doc of docs) {
    const owner = owners.get(doc._id) ?? '';
    byContact.set(owner, [...(byContact.get(owner) ?? []), ...suppressionsOf(doc)]);
  }
  return byContact;
}

function suppressionsOf(doc: SuppressionDoc): Suppression[] {
  return Object.entries(doc.reasons).map(([reason, { at }]) => ({
    channel: doc.channel,
    reason: reason as Suppression['reason'],
    at,
  }));
}

const addressOf = (doc: AddressDoc): Address => fromDoc<Address>(without(doc, 'reversed'));
const runOf = (doc: RunDoc): RunState => fromDoc<RunState>(without(doc, 'closedAt'));

const pendingFields = {
  contactId: 1,
  class: 1,
  channel: 1,
  status: 1,
  runId: 1,
  stepKey: 1,
  by: 1,
  itemId: 1,
  notBefore: 1,
  expiresAt: 1,
  reason: 1,
} as const;

const quotedFields = { contactId: 1, sid: 1, itemId: 1, runId: 1, node: 1, waitId: 1, createdAt: 1 } as const;

function quotedOf(doc: RowDoc): QuotedRow {
  return {
    sid: doc.sid ?? '',
    rowId: doc._id,
    itemId: doc.itemId,
    runId: doc.runId ?? null,
    node: doc.node ?? null,
    waitId: doc.waitId ?? null,
    at: doc.createdAt,
  };
}

function senderFacts(
  { key, channel }: WorldOptions['senders'][number],
  library: Library,
  { senders }: Surroundings,
  now: Date,
): SenderFacts {
  const says = library.keywords.senders[key] ?? library.keywords.senders[channel];
  const known = senders.get(key);
  const isBroken = !!known?.breaker?.until && known.breaker.until > now;
  return { key, channel, canReceive: says?.canReceive ?? true, isPaused: !!known?.pausedAt || isBroken };
}

/** "Last message, then you hear nothing until …" is a promise the engine keeps (lifecycle.md §9). */
function silence(offers: readonly Offer[], now: Date): Date | null {
  const ends = offers
    .filter(({ kind, endsAt }) => kind === 'promise' && endsAt && endsAt > now)
    .map(({ endsAt }) => endsAt?.getTime() ?? 0);
  return ends.length > 0 ? new Date(Math.max(...ends)) : null;
}

const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);
