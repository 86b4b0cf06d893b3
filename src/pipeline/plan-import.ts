import type { AnyBulkWriteOperation } from 'mongodb';
import { mayWrite, type ContactRow, type RowConsent, type RowRefusal } from '../core/contact-row.ts';
import { idFrom } from '../core/id.ts';
import type { Channel } from '../core/vocabulary.ts';
import { addressId, newAddress, type AddressDoc } from '../store/addresses.ts';
import type { Store } from '../store/connect.ts';
import type { ConsentDoc } from '../store/consents.ts';
import { blankContact, foldName, type ContactDoc } from '../store/contacts.ts';
import type { ImportRowDoc } from '../store/import-rows.ts';
import { nested } from '../store/nested.ts';
import { placeOf, type Defaults, type Place } from '../store/place.ts';
import { refuse, type Row, type Work } from './import-work.ts';

/** The people a batch may be about, as they stand. */
export interface Standing {
  readonly byId: ReadonlyMap<string, ContactDoc>;
  readonly byUser: ReadonlyMap<string, ContactDoc>;
  readonly owners: ReadonlyMap<string, string>;
  readonly consents: ReadonlyMap<string, ConsentDoc>;
}

/** Read once a batch: who has these ids, users and addresses, and what they last said to marketing. */
export async function standing(store: Store, rows: readonly Row[]): Promise<Standing> {
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
export interface Writes {
  readonly contacts: ContactDoc[];
  readonly changes: AnyBulkWriteOperation<ContactDoc>[];
  readonly addresses: AddressDoc[];
  readonly consents: ConsentDoc[];
  readonly rows: ImportRowDoc[];
  /** Whom a stricter consent silences: their thread is written beside it (reliability.md §3). */
  readonly silenced: { readonly contactId: string; readonly channel: Channel }[];
}

/** Decides what one row writes, and counts it: a person made, changed or left as they are, or a row refused. */
export function plan(work: Work, one: Row, known: Standing, writes: Writes): void {
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
