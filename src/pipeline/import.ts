import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import type { Clock } from '../clock.ts';
import {
  columnsOf,
  mayWrite,
  readContactRow,
  type ContactRow,
  type RowConsent,
  type RowRefusal,
} from '../core/contact-row.ts';
import { CsvReader, delimiterOf, type CsvRecord } from '../core/csv.ts';
import { idFrom, idsInOrder } from '../core/id.ts';
import { channels, type Channel } from '../core/vocabulary.ts';
import { addressId, newAddress, type AddressDoc } from '../store/addresses.ts';
import type { Store } from '../store/connect.ts';
import { duplicateKey } from '../store/duplicate-key.ts';
import type { ConsentDoc } from '../store/consents.ts';
import { blankContact, foldName, type ContactDoc } from '../store/contacts.ts';
import type { ImportRowDoc } from '../store/import-rows.ts';
import { nested } from '../store/nested.ts';
import { placeOf, type Defaults, type Place } from '../store/place.ts';

export interface ImportDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly defaults: Defaults;
}

export interface ImportOptions {
  readonly id: string;
  readonly file: string;
  readonly by: string;
  /** Text of the file as it comes (pipeline/read-text.ts). */
  readonly text: AsyncIterable<string>;
  readonly mapping?: Readonly<Record<string, string>>;
  /** Says what would happen; nothing is written. */
  readonly isDry?: boolean;
  /** Called for each row that is refused, in the order of the file. */
  readonly onRefused?: (line: number, reason: RowRefusal | 'consent_without_evidence') => void;
  readonly onProgress?: (counts: ImportCounts) => void;
}

export interface ImportCounts {
  readonly [what: string]: number;
  readonly rows: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Consents that the rows would have improved without proof, and that stay as they were. */
  readonly consentsKept: number;
}

interface Row {
  readonly line: number;
  readonly row: ContactRow;
}

type Counts = { -readonly [K in keyof ImportCounts]: number };

const batchSize = 1_000;
/** Batches that are written while the next is read. */
const lanes = 2;

/**
 * Reads contacts from a file as it streams: attributes may overwrite, consent only ever gets stricter unless the row proves
 * better, and nobody is entered anywhere (lifecycle.md §18). Taken up again with the same id after a crash, it goes on
 * where it stood: the id of a new contact follows from import and line.
 */
export async function importContacts(deps: ImportDeps, options: ImportOptions): Promise<ImportCounts> {
  const { store } = deps;
  const base: Base = { deps, options, idOf: idsInOrder('import', options.id) };
  const known = await store.imports.findOne({ _id: options.id });
  const skip = options.isDry ? 0 : (known?.offset ?? 0);
  const counts: Counts = { ...none, ...(skip > 0 ? known?.counts : {}) };
  if (!options.isDry && !known) await open(deps, options);
  const underWay: { readonly batch: Batch; readonly done: Promise<void> }[] = [];
  // In the order of the file, so that the offset never says more than is kept.
  const finish = async (): Promise<void> => {
    const first = underWay.shift();
    if (!first) return;
    await first.done;
    add(counts, first.batch.counts);
    if (!options.isDry) await note(store, options.id, first.batch.upTo, counts);
    options.onProgress?.(counts);
  };
  try {
    for await (const batch of batches(base, skip)) {
      underWay.push({ batch, done: keep({ ...base, counts: batch.counts }, batch) });
      while (underWay.length >= lanes) await finish();
    }
    while (underWay.length > 0) await finish();
  } finally {
    // What failed stops the import; what is under way beside it ends first.
    await Promise.allSettled(underWay.map(({ done }) => done));
  }
  if (!options.isDry) await store.imports.updateOne({ _id: options.id }, { $set: { state: 'done', counts } });
  return counts;
}

function add(total: Counts, more: Counts): void {
  for (const what of Object.keys(none)) total[what] = (total[what] ?? 0) + (more[what] ?? 0);
}

const note = (store: Store, id: string, offset: number, counts: Counts): Promise<unknown> =>
  store.imports.updateOne({ _id: id }, { $set: { offset, counts: { ...counts } } });

const none: ImportCounts = { rows: 0, created: 0, changed: 0, unchanged: 0, refused: 0, consentsKept: 0 };

interface Base {
  readonly deps: ImportDeps;
  readonly options: ImportOptions;
  /** Of the contact that a line brings. */
  readonly idOf: (line: number) => string;
}

interface Work extends Base {
  readonly counts: Counts;
}

interface Batch {
  readonly rows: readonly Row[];
  /** Of these rows, and of those refused on the way to them. */
  readonly counts: Counts;
  /** Records of the file up to and with this batch. */
  readonly upTo: number;
}

async function open(
  { store, clock }: ImportDeps,
  { id, file, by, mapping = {} }: ImportOptions,
): Promise<void> {
  await store.imports.insertOne({
    _id: id,
    kind: 'contacts',
    file,
    mapping,
    offset: 0,
    state: 'open',
    counts: { ...none },
    by,
    at: clock.now(),
  });
}

/** Records after the header, read into rows; those that are none are refused on the way. */
async function* batches(base: Base, skip: number): AsyncGenerator<Batch> {
  const { options } = base;
  const people = options.isDry ? everyone() : recentPeople();
  let columns: readonly (string | null)[] | null = null;
  let rows: Row[] = [];
  let work: Work = { ...base, counts: { ...none } };
  let count = 0;
  for await (const records of recordsOf(options.text)) {
    for (const record of records) {
      if (!columns) {
        columns = 'cells' in record ? columnsOf(record.cells, options.mapping) : [];
        continue;
      }
      count += 1;
      if (count <= skip) continue;
      work.counts.rows += 1;
      const row = readRecord(record, columns, work);
      if (row && people.isKnown(identities(row.row))) refuse(work, row.line, 'duplicate_in_file');
      else if (row) rows.push(row);
      if (rows.length < batchSize) continue;
      yield { rows, counts: work.counts, upTo: count };
      people.turn();
      rows = [];
      work = { ...base, counts: { ...none } };
    }
  }
  if (work.counts.rows > 0) yield { rows, counts: work.counts, upTo: count };
}

/** Who was met in the rows before, as far as the database cannot say it yet. */
interface People {
  /** Whether any of these was met before; they are from now on. */
  isKnown(keys: readonly string[]): boolean;
  /** A batch is complete. */
  turn(): void;
}

/** Nothing is written: everyone must be remembered. */
function everyone(): People {
  const met = new Set<string>();
  return { isKnown: (keys) => isMet([met], keys), turn: () => undefined };
}

/** Batches before the ones under way are written: they are found there. */
function recentPeople(): People {
  let met = [new Set<string>()];
  return {
    isKnown: (keys) => isMet(met, keys),
    turn() {
      met = [new Set<string>(), ...met].slice(0, lanes + 1);
    },
  };
}

function isMet(met: readonly Set<string>[], keys: readonly string[]): boolean {
  if (keys.some((key) => met.some((set) => set.has(key)))) return true;
  for (const key of keys) met[0]?.add(key);
  return false;
}

async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<readonly CsvRecord[]> {
  let reader: CsvReader | null = null;
  let head = '';
  for await (const part of text) {
    if (!reader) {
      head += part;
      if (!head.includes('\n') && head.length < 65_536) continue;
      reader = new CsvReader(delimiterOf(head.split('\n', 1)[0] ?? ''));
      yield reader.push(head);
    } else yield reader.push(part);
  }
  reader ??= new CsvReader(delimiterOf(head));
  yield [...(head.includes('\n') ? [] : reader.push(head)), ...reader.end()];
}

function readRecord(record: CsvRecord, columns: readonly (string | null)[], work: Work): Row | null {
  if ('broken' in record) return refuse(work, record.line, record.broken);
  const read = readContactRow(record.cells, columns, work.deps.defaults.country);
  if ('refused' in read) return refuse(work, record.line, read.refused);
  return { line: record.line, row: read };
}

function refuse({ counts, options }: Work, line: number, reason: RowRefusal): null {
  counts.refused += 1;
  options.onRefused?.(line, reason);
  return null;
}

/** The people a batch may be about, as they stand. */
interface Standing {
  readonly byId: ReadonlyMap<string, ContactDoc>;
  readonly byUser: ReadonlyMap<string, ContactDoc>;
  readonly owners: ReadonlyMap<string, string>;
  readonly consents: ReadonlyMap<string, ConsentDoc>;
}

async function standing(store: Store, rows: readonly Row[]): Promise<Standing> {
  const addressIds = rows.flatMap(({ row }) =>
    row.ways.map(({ channel, value }) => addressId(channel, value)),
  );
  const userIds = rows.flatMap(({ row }) => row.userId ?? []);
  const ids = rows.flatMap(({ row }) => row.id ?? []);
  const addresses = await store.addresses
    .find({ _id: { $in: addressIds } }, { projection: { contactId: 1 } })
    .toArray();
  const byIds = [...ids, ...addresses.map(({ contactId }) => contactId)];
  const named = byIds.length > 0 ? await store.contacts.find({ _id: { $in: byIds } }).toArray() : [];
  const found = new Set(named.map(({ userId }) => userId));
  const unknown = userIds.filter((userId) => !found.has(userId));
  const users = unknown.length > 0 ? await store.contacts.find({ userId: { $in: unknown } }).toArray() : [];
  const contacts = [...named, ...users];
  const said =
    contacts.length > 0
      ? await store.consents.find({ contactId: { $in: contacts.map(({ _id }) => _id) } }).toArray()
      : [];
  said.sort((one, other) => one.at.getTime() - other.at.getTime() || one.order - other.order);
  return {
    byId: new Map(contacts.map((doc) => [doc._id, doc])),
    byUser: new Map(contacts.flatMap((doc) => (doc.userId ? [[doc.userId, doc] as const] : []))),
    owners: new Map(addresses.map(({ _id, contactId }) => [_id, contactId])),
    consents: new Map(
      said.flatMap((doc) =>
        doc.purpose === 'marketing' ? [[`${doc.contactId}:${doc.channel}`, doc] as const] : [],
      ),
    ),
  };
}

/** What a batch writes. */
interface Writes {
  readonly contacts: ContactDoc[];
  readonly changes: AnyBulkWriteOperation<ContactDoc>[];
  readonly addresses: AddressDoc[];
  readonly consents: ConsentDoc[];
  readonly rows: ImportRowDoc[];
  /** Whom a stricter consent silences: their thread is written beside it (reliability.md §3). */
  readonly silenced: { readonly contactId: string; readonly channel: Channel }[];
}

async function keep(work: Work, { rows }: Batch): Promise<void> {
  const { deps, options } = work;
  const { store } = deps;
  const known = await standing(store, rows);
  const writes: Writes = { contacts: [], changes: [], addresses: [], consents: [], rows: [], silenced: [] };
  for (const one of rows) plan(work, one, known, writes);
  if (options.isDry) return;
  await write(store, writes);
}

function identities({ userId, id, ways }: ContactRow): string[] {
  return [
    ...(id ? [`id:${id}`] : []),
    ...(userId ? [`user:${userId}`] : []),
    ...ways.map(({ channel, value }) => addressId(channel, value)),
  ];
}

function plan(work: Work, one: Row, known: Standing, writes: Writes): void {
  const { options, counts } = work;
  const own = one.row.id ?? work.idOf(one.line);
  const match = matchOf(one.row, known);
  if (typeof match === 'string') {
    refuse(work, one.line, match);
    return;
  }
  if (!match) {
    counts.created += 1;
    create(work, own, one, writes);
  } else if (match._id === own && match.importId === options.id) {
    // Written before the crash that this goes on after; what should stand beside it may not be.
    counts.created += 1;
    create(work, own, one, writes);
  } else if (match.importId === options.id) {
    refuse(work, one.line, 'duplicate_in_file');
  } else if (change(work, match, one, known, writes)) counts.changed += 1;
  else counts.unchanged += 1;
}

/** Whose row it is: by id, by user, by address; two different people are one too many. */
function matchOf({ id, userId, ways }: ContactRow, known: Standing): ContactDoc | RowRefusal | null {
  const named = (id ? known.byId.get(id) : undefined) ?? (userId ? known.byUser.get(userId) : undefined);
  const owners = new Set(
    ways.flatMap(({ channel, value }) => known.owners.get(addressId(channel, value)) ?? []),
  );
  const [owner] = owners;
  const match = named ?? (owner === undefined ? undefined : known.byId.get(owner));
  if (owners.size > 1 || (owner !== undefined && match && owner !== match._id)) return 'address_of_another';
  if (match && userId && match.userId && match.userId !== userId) return 'user_of_another';
  return match ?? null;
}

function create(work: Work, _id: string, { row }: Row, writes: Writes): void {
  const { deps, options } = work;
  const at = deps.clock.now();
  const phone = row.ways.find(({ channel }) => channel !== 'email')?.value ?? '';
  const doc: Born = blankContact(_id, placeFor(phone, deps.defaults), at);
  doc.importId = options.id;
  doc.isSilent = true;
  doc.recheckAt = at;
  fill(doc, row, at);
  writes.contacts.push(doc);
  for (const way of row.ways) writes.addresses.push(newAddress(_id, way.channel, way.value, null));
  consentsOf(work, _id, row, null, writes);
}

/** A contact in the making: filled in place, for a million of them. */
type Born = { -readonly [K in keyof ContactDoc]: ContactDoc[K] };

function fill(doc: Born, { userId, set }: ContactRow, at: Date): void {
  const deep: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    if (path === 'mona')
      doc.mona = isScore(value) ? { ...value, start: value.score, at: value.at ?? at } : null;
    else if (path.includes('.')) deep[path] = value;
    else (doc as Record<string, unknown>)[path] = value;
  }
  Object.assign(doc, nested(deep, {}));
  doc.userId = userId;
  doc.nameFolded = foldName(doc.firstName, doc.lastName);
}

/** Most numbers are of our own country: those need no book of numbers to say where. */
function placeFor(phone: string, defaults: Defaults): Place {
  if (defaults.country !== 'FR' || !/^\+33[67]/.test(phone)) return placeOf(phone, defaults);
  const { country, zone, locale } = defaults;
  return { country, zone, zoneSource: 'phone', locale };
}

interface GivenScore {
  readonly score: number;
  readonly at: Date | null;
}
const isScore = (value: unknown): value is GivenScore => typeof value === 'object' && value !== null;

/** Whether anything of the contact differs from its row; what stood there before is kept for undo. */
function change(
  work: Work,
  contact: ContactDoc,
  { line, row }: Row,
  known: Standing,
  writes: Writes,
): boolean {
  const { options, deps } = work;
  const set = differing(contact, row, deps.clock.now());
  const missing = row.ways.filter(({ channel, value }) => !known.owners.has(addressId(channel, value)));
  for (const way of missing) writes.addresses.push(newAddress(contact._id, way.channel, way.value, null));
  const consents = consentsOf(work, contact._id, row, known, writes);
  if (Object.keys(set).length === 0 && missing.length === 0 && consents === 0) return false;
  const before = Object.fromEntries(Object.keys(set).map((path) => [path, valueAt(contact, path) ?? null]));
  writes.rows.push({
    _id: idFrom('import-row', options.id, line),
    importId: options.id,
    line,
    contactId: contact._id,
    before: {
      set: Object.entries(before),
      addresses: missing.map(({ channel, value }) => addressId(channel, value)),
    },
  });
  const named = { ...contact, ...set };
  const nameFolded = foldName(named.firstName, named.lastName);
  writes.changes.push({
    updateOne: {
      filter: { _id: contact._id },
      update: {
        $set: {
          ...nested(set, contact),
          nameFolded,
          importId: options.id,
          isSilent: true,
          recheckAt: deps.clock.now(),
        },
      },
    },
  });
  return true;
}

function differing(contact: ContactDoc, row: ContactRow, now: Date): Record<string, unknown> {
  const { mona, ...plain } = row.set;
  const wanted: Record<string, unknown> = { ...plain, ...(row.userId ? { userId: row.userId } : {}) };
  const set = Object.fromEntries(
    Object.entries(wanted).filter(([path, value]) => !isSame(valueAt(contact, path), value)),
  );
  if (isScore(mona) && mona.score !== contact.mona?.score) {
    const at = mona.at ?? now;
    if (!contact.mona || at >= contact.mona.at)
      set['mona'] = { ...contact.mona, start: contact.mona?.start ?? mona.score, score: mona.score, at };
  }
  return set;
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

function valueAt(value: unknown, path: string): unknown {
  let here = value;
  for (const part of path.split('.')) here = (here as Record<string, unknown> | null | undefined)?.[part];
  return here;
}

function consentsOf(
  work: Work,
  contactId: string,
  row: ContactRow,
  known: Standing | null,
  writes: Writes,
): number {
  let written = 0;
  for (const consent of row.consents) {
    const before = known?.consents.get(`${contactId}:${consent.channel}`) ?? null;
    if (mayWrite(consent, before)) {
      const _id = known
        ? idFrom('import-consent', work.options.id, contactId, consent.channel)
        : `${contactId}:${consent.channel}`;
      writes.consents.push(consentDoc(work, _id, contactId, consent));
      if (consent.action !== 'granted') writes.silenced.push({ contactId, channel: consent.channel });
      written += 1;
    } else if (consent.action !== before?.action) work.counts.consentsKept += 1;
  }
  return written;
}

function consentDoc(
  { options, deps }: Work,
  _id: string,
  contactId: string,
  consent: RowConsent,
): ConsentDoc {
  const { channel, action, evidence } = consent;
  return {
    _id,
    contactId,
    channel,
    purpose: 'marketing',
    action,
    // A refusal counts from now at the latest: an older instant must not let a consent stand that came before.
    at: action === 'granted' ? (consent.at ?? deps.clock.now()) : deps.clock.now(),
    order: 0,
    source: 'import',
    evidence: evidence ?? { importId: options.id },
    actor: options.by,
  };
}

async function write(store: Store, writes: Writes): Promise<void> {
  // What undo needs stands before what it undoes.
  if (writes.rows.length > 0) await upsertAll(store.importRows, writes.rows);
  const silenced = new Set(writes.silenced.map(({ contactId }) => contactId));
  const isNew = new Set(writes.contacts.map(({ _id }) => _id));
  await Promise.all([
    insertAll(store, 'contacts', writes.contacts),
    insertAll(store, 'addresses', writes.addresses),
    insertAll(
      store,
      'consents',
      writes.consents.filter(({ contactId }) => isNew.has(contactId) || !silenced.has(contactId)),
    ),
    writes.changes.length > 0 ? store.contacts.bulkWrite(writes.changes, { ordered: false }) : null,
  ]);
  const strict = writes.consents.filter(({ contactId }) => !isNew.has(contactId) && silenced.has(contactId));
  if (strict.length > 0) await store.transact((session) => silence(store, strict, session));
}

interface InsertReply {
  readonly writeErrors?: readonly { readonly code: number; readonly errmsg: string }[];
}

/**
 * One command, each document written out once: the driver's own bulk measures every document before it sends it. Again
 * after a crash, part of it stands already.
 */
async function insertAll(
  store: Store,
  name: 'contacts' | 'addresses' | 'consents',
  documents: readonly object[],
): Promise<void> {
  if (documents.length === 0) return;
  const { connection } = store;
  const reply = (await connection
    .getClient()
    .db(connection.name)
    .command({
      insert: name,
      documents,
      ordered: false,
      writeConcern: { w: 'majority' },
    })) as InsertReply;
  const failed = reply.writeErrors?.find(({ code }) => code !== duplicateKey);
  if (failed) throw new Error(`the import could not write to ${name}: ${failed.errmsg}`);
}

const upsertAll = (collection: Store['importRows'], docs: readonly ImportRowDoc[]): Promise<unknown> =>
  collection.bulkWrite(
    docs.map(({ _id, ...born }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: born }, upsert: true },
    })),
    { ordered: false },
  );

/** A refusal in a file stops what is on its way, like any other: the thread is written with it. */
async function silence(store: Store, consents: readonly ConsentDoc[], session: ClientSession): Promise<void> {
  const ids = [...new Set(consents.map(({ contactId }) => contactId))];
  await store.threads.updateMany({ _id: { $in: ids } }, { $inc: { rev: 1 } }, { session });
  await store.consents.bulkWrite(
    consents.map(({ _id, ...born }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: born }, upsert: true },
    })),
    { session },
  );
}

/** Takes an import back: who came by it goes, unless somebody has spoken with them since; what it changed is as before. */
export async function undoImport(
  store: Store,
  importId: string,
): Promise<{ readonly removed: number; readonly restored: number; readonly kept: number }> {
  const found = await store.imports.findOne({ _id: importId });
  if (!found) throw new Error(`There is no import "${importId}".`);
  let restored = 0;
  const changed = new Set<string>();
  for await (const { contactId, before } of store.importRows.find({ importId })) {
    const { set, addresses } = before as { set: [string, unknown][]; addresses: string[] };
    changed.add(contactId ?? '');
    await store.contacts.updateOne(
      { _id: contactId ?? '', importId },
      { $set: { ...Object.fromEntries(set), importId: null } },
    );
    await store.addresses.deleteMany({ _id: { $in: addresses }, contactId: contactId ?? '' });
    restored += 1;
  }
  const { removed, kept } = await removeCreated(store, importId, changed);
  // A refusal stays: an undo makes nobody reachable who said no.
  const granted = [...changed].flatMap((contactId) =>
    channels.map((channel) => idFrom('import-consent', importId, contactId, channel)),
  );
  await store.consents.deleteMany({ _id: { $in: granted }, action: 'granted' });
  await store.imports.updateOne({ _id: importId }, { $set: { state: 'undone' } });
  return { removed, restored, kept };
}

async function removeCreated(
  store: Store,
  importId: string,
  changed: ReadonlySet<string>,
): Promise<{ removed: number; kept: number }> {
  let removed = 0;
  let kept = 0;
  let page: string[] = [];
  const flush = async (): Promise<void> => {
    const talked = await store.threads.find({ _id: { $in: page } }, { projection: { _id: 1 } }).toArray();
    const stays = new Set(talked.map(({ _id }) => _id));
    const gone = page.filter((id) => !stays.has(id));
    for (const collection of [store.addresses, store.consents, store.memberships, store.triggerStates])
      await (collection as unknown as { deleteMany(filter: object): Promise<unknown> }).deleteMany({
        contactId: { $in: gone },
      });
    await store.contacts.deleteMany({ _id: { $in: gone } });
    removed += gone.length;
    kept += stays.size;
    page = [];
  };
  for await (const { _id } of store.contacts.find({ importId }, { projection: { _id: 1 } })) {
    if (changed.has(_id)) continue;
    page.push(_id);
    if (page.length >= 1_000) await flush();
  }
  if (page.length > 0) await flush();
  return { removed, kept };
}
