import { ObjectId } from 'mongodb';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { newThread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { addressId, newAddress } from './addresses.ts';
import { toDoc } from './collection.ts';
import type { Store } from './connect.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { blankContact } from './contacts.ts';
import { placeOf, type Defaults } from './place.ts';

/** A person as the product names them, with the addresses its traits give. */
export interface Identity {
  readonly userId: string;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

interface Way {
  readonly channel: Channel;
  readonly value: string;
}

const mostTries = 5;

const mailForm = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Addresses of Segment's traits `email` and `phone`, in normal form; what cannot be read is no address. */
function waysOf(traits: Identity['traits'], defaults: Defaults): Way[] {
  const { email, phone } = traits;
  const mail = typeof email === 'string' ? email.trim().toLowerCase() : '';
  const number =
    typeof phone === 'string'
      ? parsePhoneNumberFromString(phone, defaults.country as CountryCode)
      : undefined;
  return [
    ...(mailForm.test(mail) ? [{ channel: 'email' as const, value: mail }] : []),
    ...(number?.isValid() ? [{ channel: 'sms' as const, value: String(number.number) }] : []),
  ];
}

/**
 * The contact of a userId, made when nobody is known by it (data.md, "identity"): an address that belongs to a contact
 * without userId is adopted; one of another userId stays where it is. Creating someone gives no consent.
 */
export async function identify(store: Store, identity: Identity, defaults: Defaults): Promise<string> {
  const ways = waysOf(identity.traits, defaults);
  for (let tries = 0; ; tries += 1) {
    try {
      return await findOrMake(store, identity, ways, defaults);
    } catch (error) {
      const isMadeByAnother = isDuplicateKey(error);
      if (!isMadeByAnother || tries >= mostTries) throw error;
    }
  }
}

async function findOrMake(
  store: Store,
  { userId, at }: Identity,
  ways: readonly Way[],
  defaults: Defaults,
): Promise<string> {
  const known = await store.contacts.findOne({ userId }, { projection: { _id: 1 } });
  const taken = await store.addresses
    .find({ _id: { $in: ways.map(({ channel, value }) => addressId(channel, value)) } })
    .toArray();
  const contactId =
    known?._id ??
    (await adopt(
      store,
      userId,
      taken.map((address) => address.contactId),
    )) ??
    (await make(store, userId, ways, defaults, at));
  const missing = ways.filter(
    ({ channel, value }) => !taken.some(({ _id }) => _id === addressId(channel, value)),
  );
  if (missing.length > 0) {
    await store.addresses.insertMany(
      missing.map(({ channel, value }) => newAddress(contactId, channel, value, at)),
    );
  }
  return contactId;
}

async function adopt(store: Store, userId: string, contactIds: readonly string[]): Promise<string | null> {
  const adopted = await store.contacts.findOneAndUpdate(
    { _id: { $in: [...contactIds] }, userId: null },
    { $set: { userId } },
    { projection: { _id: 1 } },
  );
  return adopted?._id ?? null;
}

async function make(
  store: Store,
  userId: string,
  ways: readonly Way[],
  defaults: Defaults,
  at: Date,
): Promise<string> {
  const _id = new ObjectId().toHexString();
  const place = placeOf(ways.find(({ channel }) => channel === 'sms')?.value ?? '', defaults);
  await store.transact(async (session) => {
    await store.contacts.insertOne({ ...blankContact(_id, place, at), userId }, { session });
    await store.threads.insertOne(toDoc(newThread(_id, at)), { session });
  });
  return _id;
}
