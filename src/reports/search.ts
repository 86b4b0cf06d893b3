import { listContacts } from './contacts.ts';
import { nameOf, type Desk } from './rows.ts';

export interface FoundPerson {
  readonly id: string;
  readonly name: string;
  readonly plan: number | null;
  readonly vip: boolean;
}

/** A message in which every word sought stands, with the place to open it at. */
export interface FoundMessage {
  readonly id: string;
  readonly thread: string;
  readonly name: string;
  readonly seq: number;
  readonly at: Date;
  readonly kind: string;
  readonly text: string;
}

const mostPeople = 8;
const mostMessages = 20;
/** A search that takes longer is given up: the coach types another letter. */
const longestMs = 1_500;
const excerptLength = 160;

/** People by name, mail or the end of a number, and messages by their words; accents and case count for nothing. */
export async function search(
  desk: Desk,
  sought: string,
): Promise<{ readonly people: readonly FoundPerson[]; readonly messages: readonly FoundMessage[] }> {
  if (sought.trim().length < 2) return { people: [], messages: [] };
  const [people, messages] = await Promise.all([
    listContacts(desk, { search: sought, segment: null, after: null }),
    findMessages(desk, sought),
  ]);
  return {
    people: people.rows.slice(0, mostPeople).map(({ id, name, plan, vip }) => ({ id, name, plan, vip })),
    messages,
  };
}

/** Every word must be there: quoted, they are joined by "and". */
const allOf = (sought: string): string =>
  sought
    .replaceAll(/["\\]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '' && !word.startsWith('-'))
    .map((word) => `"${word}"`)
    .join(' ');

async function findMessages({ store }: Desk, sought: string): Promise<readonly FoundMessage[]> {
  const phrase = allOf(sought);
  if (phrase === '') return [];
  const docs = await store.items
    .find({ $text: { $search: phrase }, kind: { $in: ['in', 'out', 'note'] } })
    .sort({ at: -1 })
    .limit(mostMessages)
    .maxTimeMS(longestMs)
    .toArray();
  const people = await store.contacts
    .find(
      { _id: { $in: docs.map(({ contactId }) => contactId) } },
      { projection: { firstName: 1, lastName: 1 } },
    )
    .toArray();
  const names = new Map(people.map((doc) => [doc._id, nameOf(doc)]));
  return docs.map(({ _id, contactId, seq, at, kind, text }) => ({
    id: _id,
    thread: contactId,
    name: names.get(contactId) ?? contactId,
    seq,
    at,
    kind,
    text: excerpt(text ?? '', sought),
  }));
}

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The part of a long text in which the first word sought stands. */
function excerpt(text: string, sought: string): string {
  const [first = ''] = folded(sought).split(/\s+/);
  const at = folded(text).indexOf(first);
  const from = at > excerptLength / 2 ? at - 40 : 0;
  return `${from > 0 ? '…' : ''}${text.slice(from, from + excerptLength)}`;
}
