import { ObjectId } from 'mongodb';
import { newThread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { addressId, newAddress, type AddressDoc } from './addresses.ts';
import { toDoc } from './collection.ts';
import type { Store } from './connect.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { blankContact, type ContactDoc } from './contacts.ts';
import { placeOf, type Defaults } from './place.ts';

/** Somebody who wrote, as far as the carrier says. */
export interface Caller {
  readonly channel: Channel;
  /** E.164, a mail address in lower case, or a WhatsApp business-scoped id. */
  readonly value: string;
  /** The name a WhatsApp profile shows: kept, never printed in a text. */
  readonly profileName: string | null;
  readonly at: Date;
}

/** The same number by SMS and by WhatsApp is one person; a business-scoped id and a mail address stand for themselves. */
function siblings({ channel, value }: Caller): string[] {
  const own = addressId(channel, value);
  if (!value.startsWith('+')) return [own];
  return [
    own,
    ...(['sms', 'whatsapp'] as const).map((other) => addressId(other, value)).filter((id) => id !== own),
  ];
}

const mostTries = 5;

/**
 * The contact behind each address, in the order given. An unknown address makes a contact, without any consent; two
 * processes that make the same one at once get one, because an address is unique.
 */
export async function recognise(
  store: Store,
  callers: readonly Caller[],
  defaults: Defaults,
): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const known = await find(store, callers);
    const strangers = callers.filter((caller) => !known.has(addressId(caller.channel, caller.value)));
    if (strangers.length === 0)
      return callers.map(({ channel, value }) => known.get(addressId(channel, value)) ?? '');
    try {
      await make(store, strangers, known, defaults);
    } catch (error) {
      const isMadeByAnother = isDuplicateKey(error);
      if (!isMadeByAnother || tries >= mostTries) throw error;
    }
  }
}

/** Known addresses, siblings included. */
async function find(store: Store, callers: readonly Caller[]): Promise<Map<string, string>> {
  const ids = [...new Set(callers.flatMap(siblings))];
  const docs = await store.addresses.find({ _id: { $in: ids } }, { projection: { contactId: 1 } }).toArray();
  return new Map(docs.map(({ _id, contactId }) => [_id, contactId]));
}

interface Made {
  readonly contacts: ContactDoc[];
  readonly addresses: AddressDoc[];
}

async function make(
  store: Store,
  strangers: readonly Caller[],
  known: ReadonlyMap<string, string>,
  defaults: Defaults,
): Promise<void> {
  const made: Made = { contacts: [], addresses: [] };
  const owners = new Map(known);
  for (const caller of strangers) {
    const _id = addressId(caller.channel, caller.value);
    if (owners.has(_id)) continue;
    const contactId =
      siblings(caller)
        .map((id) => owners.get(id))
        .find((id) => id !== undefined) ?? born(caller, made, defaults);
    owners.set(_id, contactId);
    // Whoever writes from an address holds it.
    made.addresses.push(newAddress(contactId, caller.channel, caller.value, caller.at));
  }
  await store.transact(async (session) => {
    await store.addresses.insertMany(made.addresses, { session });
    if (made.contacts.length === 0) return;
    await store.contacts.insertMany(made.contacts, { session });
    const threads = made.contacts.map(({ _id, createdAt }) =>
      toDoc(newThread(_id, createdAt ?? new Date(0))),
    );
    await store.threads.insertMany(threads, { session });
  });
}

function born(caller: Caller, made: Made, defaults: Defaults): string {
  const _id = new ObjectId().toHexString();
  made.contacts.push({
    ...blankContact(_id, placeOf(caller.value, defaults), caller.at),
    traits: caller.profileName ? { profileName: caller.profileName } : {},
  });
  return _id;
}
