import { exportColumns, traitCell } from '../core/contact-row.ts';
import { writeCell } from '../core/csv.ts';
import type { Store } from '../store/connect.ts';
import { lastSaid, type ConsentDoc } from '../store/consents.ts';
import type { ContactDoc } from '../store/contacts.ts';

const pageSize = 1_000;

/** Every contact as lines of a CSV that `mona contacts import` reads back to the same state. */
export async function* exportContacts(store: Store): AsyncGenerator<string> {
  const traits = await traitNames(store);
  yield `${[...exportColumns, ...traits.map((name) => `traits.${name}`)].map(writeCell).join(',')}\n`;
  let page: ContactDoc[] = [];
  for await (const contact of store.contacts.find({ erasedAt: null }).sort({ _id: 1 })) {
    page.push(contact);
    if (page.length < pageSize) continue;
    yield await linesOf(store, page, traits);
    page = [];
  }
  if (page.length > 0) yield await linesOf(store, page, traits);
}

/** Traits that fit a column, in one order. */
async function traitNames(store: Store): Promise<string[]> {
  const found = await store.contacts
    .aggregate<{ _id: string }>([
      { $match: { erasedAt: null } },
      { $project: { names: { $objectToArray: { $ifNull: ['$traits', {}] } } } },
      { $unwind: '$names' },
      { $group: { _id: '$names.k' } },
    ])
    .toArray();
  return found
    .map(({ _id }) => _id)
    .filter((name) => /^[A-Za-z0-9][\w-]*$/.test(name))
    .sort();
}

async function linesOf(
  store: Store,
  page: readonly ContactDoc[],
  traits: readonly string[],
): Promise<string> {
  const of = { contactId: { $in: page.map(({ _id }) => _id) } };
  const [addresses, consents] = await Promise.all([
    store.addresses.find(of).sort({ _id: 1 }).toArray(),
    store.consents.find({ ...of, purpose: 'marketing' }).toArray(),
  ]);
  const ways = new Map<string, string>();
  for (const { contactId, channel, value } of addresses) {
    const key = `${contactId}:${channel}`;
    if (!ways.has(key)) ways.set(key, value);
  }
  const said = new Map<string, ConsentDoc[]>();
  for (const doc of consents) said.set(doc.contactId, [...(said.get(doc.contactId) ?? []), doc]);
  return page
    .map((contact) => {
      const cells = cellsOf(contact, ways, said.get(contact._id) ?? []);
      const all = [
        ...exportColumns.map((column) => cells[column] ?? ''),
        ...traits.map((name) => traitCell(contact.traits[name])),
      ];
      return `${all.map(writeCell).join(',')}\n`;
    })
    .join('');
}

const instant = (at: Date | null | undefined): string => at?.toISOString() ?? '';

function cellsOf(
  contact: ContactDoc,
  ways: ReadonlyMap<string, string>,
  said: readonly ConsentDoc[],
): Readonly<Record<string, string>> {
  const way = (channel: string): string => ways.get(`${contact._id}:${channel}`) ?? '';
  return {
    id: contact._id,
    userId: contact.userId ?? '',
    email: way('email'),
    phone: way('sms'),
    whatsapp: way('whatsapp'),
    firstName: contact.firstName ?? '',
    lastName: contact.lastName ?? '',
    locale: contact.locale,
    register: contact.register ?? '',
    zone: contact.zoneSource === 'profile' ? contact.zone : '',
    country: contact.country,
    department: contact.department ?? '',
    plan: contact.plan ? String(contact.plan) : '',
    planSince: instant(contact.planSince),
    tags: contact.tags.join('|'),
    'mona.score': contact.mona ? String(contact.mona.score) : '',
    'mona.at': instant(contact.mona?.at),
    lastHumanAt: instant(contact.lastHumanAt),
    ...consentCells(said),
  };
}

function consentCells(said: readonly ConsentDoc[]): Record<string, string> {
  const state = lastSaid(said);
  return Object.fromEntries(
    Object.entries(state).flatMap(([key, action]) => {
      const channel = key.split(':')[0] ?? '';
      const last = said.findLast((one) => one.channel === channel && one.action === action);
      return [
        [`consent.${channel}`, action],
        [`consent.${channel}.at`, instant(last?.at)],
        [`consent.${channel}.evidence`, last ? JSON.stringify(last.evidence) : ''],
      ];
    }),
  );
}
