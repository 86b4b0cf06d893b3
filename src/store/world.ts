import type { ClientSession, Document } from 'mongodb';
import type { Address, Suppression } from '../core/contact.ts';
import type { QuotedRow, SenderFacts, World } from '../core/decide.ts';
import type { Library } from '../core/library.ts';
import type { RunState } from '../core/run.ts';
import { silencedUntil } from '../core/silence.ts';
import { newThread, type Thread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import type { AddressDoc } from './addresses.ts';
import type { AllowanceDoc } from './allowances.ts';
import type { AppointmentDoc } from './appointments.ts';
import type { AssignmentDoc } from './assignments.ts';
import { fromDoc, without } from './collection.ts';
import type { CollectionName, Store } from './connect.ts';
import { contactOf, type ContactDoc } from './contacts.ts';
import { lastSaid, type ConsentDoc } from './consents.ts';
import { dutyAt } from './duty.ts';
import type { OfferDoc } from './offers.ts';
import { pendingStatuses, type RowDoc } from './outbox.ts';
import type { RunDoc } from './runs.ts';
import type { SuppressionDoc } from './suppressions.ts';
import { offerOf, readSurroundings, type Surroundings } from './surroundings.ts';
import type { ThreadDoc } from './threads.ts';

export interface WorldOptions {
  readonly now: Date;
  readonly publicUrl: string;
  /** Senders of ours, the default of each channel first. */
  readonly senders: readonly { readonly key: string; readonly channel: Channel }[];
  /** Carrier ids of messages of ours that arrivals quote or whose buttons were tapped. */
  readonly quoted?: readonly string[];
  /** What nobody will ask about reads as empty. */
  readonly unread?: Unread;
  /** How old coaches, offers, senders and paused flows may be; 1 s. */
  readonly freshMs?: number;
}

export interface Unread {
  readonly appointments?: boolean;
  readonly allowances?: boolean;
  /** Only these of the runs that closed. */
  readonly closedRunsBut?: readonly string[];
}

/** A closed run is remembered that long, for late taps and the longest re-entry (win-back, 180 d). */
const closedDays = 190;
/** An appointment counts until a day after it began. */
const dayMs = 86_400_000;

type Pending = World['rows'][number];

/**
 * Loads the worlds of these contacts, all collections in one look. Inside a transaction the look is the session's. A
 * contact that does not exist has no entry.
 */
export async function loadWorlds(
  store: Store,
  library: Library,
  contactIds: readonly string[],
  options: WorldOptions,
  session?: ClientSession,
): Promise<Map<string, World>> {
  const surroundings = await readSurroundings(store, options.freshMs ?? 1_000);
  const isTrying = !session && surroundings.experiments.length > 0;
  const read = await readContacts(store, contactIds, { ...options, isTrying }, session);
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
      stoppedTriggers: surroundings.stoppedTriggers,
      experiments: surroundings.experiments,
      assignments: Object.fromEntries(read.assignments.get(doc._id) ?? []),
      appointments: read.appointments.get(doc._id) ?? [],
      library,
      publicUrl: options.publicUrl,
      silencedUntil: silencedUntil(own, options.now),
    });
  }
  return worlds;
}

/** What one look finds, by the collection it stands in. */
interface Found {
  readonly contacts: ContactDoc[];
  readonly threads: ThreadDoc[];
  readonly addresses: AddressDoc[];
  readonly consents: ConsentDoc[];
  readonly runs: RunDoc[];
  readonly outbox: (Pending & {
    readonly _id: string;
    readonly contactId: string;
    readonly createdAt: Date;
  })[];
  readonly allowances: AllowanceDoc[];
  readonly offers: OfferDoc[];
  readonly appointments: AppointmentDoc[];
  readonly assignments: AssignmentDoc[];
  readonly quoted: RowDoc[];
}

type Part = readonly [name: keyof Found, collection: CollectionName, match: Document, fields?: Document];

/** More than a batch has: it all comes in one answer. */
const oneAnswer = 100_000;

const nothingFound = (): Found => ({
  contacts: [],
  threads: [],
  addresses: [],
  consents: [],
  runs: [],
  outbox: [],
  allowances: [],
  offers: [],
  appointments: [],
  assignments: [],
  quoted: [],
});

const pipelineOf = ([, , match, fields]: Part): Document[] => [
  { $match: match },
  ...(fields ? [{ $project: fields }] : []),
];

/** One command for all collections: what a message costs is mostly what its commands cost. */
async function readAtOnce(store: Store, parts: readonly Part[]): Promise<Found> {
  const tagged = (part: Part): Document[] => [
    ...pipelineOf(part),
    { $replaceWith: { name: part[0], doc: '$$ROOT' } },
  ];
  const [first, ...others] = parts;
  const docs = await store.contacts
    .aggregate<{ name: keyof Found; doc: never }>(
      [
        ...(first ? tagged(first) : []),
        ...others.map((part) => ({ $unionWith: { coll: part[1], pipeline: tagged(part) } })),
      ],
      { batchSize: oneAnswer },
    )
    .toArray();
  const found = nothingFound();
  for (const { name, doc } of docs) found[name].push(doc);
  return found;
}

/**
 * The same in a transaction, where the server knows no `$unionWith`: everything beside one contact, if any of them is
 * there. It comes as one document, so a claim leaves out what has no bound (Unread).
 */
async function readWithin(
  store: Store,
  ids: readonly string[],
  parts: readonly Part[],
  session: ClientSession,
): Promise<Found> {
  const [found] = await store.contacts
    .aggregate<Found>(
      [
        { $match: { _id: { $in: [...ids] } } },
        { $limit: 1 },
        { $project: { _id: 1 } },
        ...parts.map((part) => ({ $lookup: { from: part[1], pipeline: pipelineOf(part), as: part[0] } })),
      ],
      { session },
    )
    .toArray();
  return { ...nothingFound(), ...found };
}

/** `isTrying`: an experiment runs, so their arms are asked for. A claim gives none. */
type Asked = WorldOptions & { readonly isTrying: boolean };

function partsOf(ids: readonly string[], { now, quoted = [], unread = {}, isTrying }: Asked): Part[] {
  const of = { contactId: { $in: [...ids] } };
  const byId = { _id: { $in: [...ids] } };
  const parts: Part[] = [
    ['contacts', 'contacts', byId],
    ['threads', 'threads', byId],
    ['addresses', 'addresses', of],
    ['consents', 'consents', of, { contactId: 1, channel: 1, purpose: 1, action: 1, at: 1, order: 1 }],
    ['runs', 'runs', runsOf(of, now, unread)],
    [
      'outbox',
      'outbox',
      { ...of, status: { $in: [...pendingStatuses] } },
      { ...pendingFields, createdAt: 1 },
    ],
    ['offers', 'offers', of],
  ];
  if (!unread.allowances) parts.push(['allowances', 'allowances', byId]);
  if (!unread.appointments)
    parts.push([
      'appointments',
      'appointments',
      { ...of, state: 'booked', at: { $gte: daysBefore(now, 1) } },
    ]);
  if (isTrying) parts.push(['assignments', 'assignments', of]);
  if (quoted.length > 0) parts.push(['quoted', 'outbox', { ...of, sid: { $in: [...quoted] } }, quotedFields]);
  return parts;
}

function runsOf(of: Document, now: Date, { closedRunsBut }: Unread): Document {
  if (closedRunsBut) return { ...of, $or: [{ open: true }, { _id: { $in: [...closedRunsBut] } }] };
  return { ...of, $or: [{ open: true }, { closedAt: { $gte: daysBefore(now, closedDays) } }] };
}

const byTime = <D>(docs: D[], at: (doc: D) => Date): D[] =>
  docs.sort((one, other) => at(one).getTime() - at(other).getTime());

async function readContacts(store: Store, ids: readonly string[], options: Asked, session?: ClientSession) {
  const within = session ? { session } : {};
  const parts = partsOf(ids, options);
  const found = await (session ? readWithin(store, ids, parts, session) : readAtOnce(store, parts));
  found.outbox.sort((one, other) => (one._id < other._id ? -1 : 1));
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
    runs: grouped(
      byTime(found.runs, ({ enteredAt }) => enteredAt),
      (doc) => doc.contactId,
      runOf,
    ),
    rows: grouped(
      byTime(found.outbox, ({ createdAt }) => createdAt),
      (doc) => doc.contactId,
      (doc) => fromDoc<Pending & { id: string }>(without(doc, 'createdAt')),
    ),
    allowances: new Map(found.allowances.map(({ _id, sends }) => [_id, sends])),
    offers: grouped(found.offers, (doc) => doc.contactId ?? '', offerOf),
    appointments: grouped(
      byTime(found.appointments, ({ at }) => at),
      (doc) => doc.contactId,
      ({ _id: id, at, kind, coachId }) => ({ id, at, kind, coachId: coachId ?? null }),
    ),
    assignments: grouped(
      found.assignments,
      (doc) => doc.contactId,
      ({ experiment, arm }): readonly [string, string] => [experiment, arm],
    ),
    quoted: grouped(found.quoted, (doc) => doc.contactId, quotedOf),
  };
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
  const isStopped = !!known?.pausedAt;
  const brokenUntil = known?.breaker?.until ?? null;
  const isBroken = brokenUntil !== null && brokenUntil > now;
  return {
    key,
    channel,
    canReceive: says?.canReceive ?? true,
    isPaused: isStopped || isBroken,
    resumesAt: isStopped ? null : brokenUntil,
  };
}

const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);
