import { createHash } from 'node:crypto';
import type { Subscription } from '../channels/push/index.ts';
import type { Clock } from '../clock.ts';
import { preferencesChanged } from '../core/decide/preferences.ts';
import { addressId, newAddress } from '../store/addresses.ts';
import type { Store } from '../store/connect.ts';
import { lastSaid } from '../store/consents.ts';
import type { PushSubscriptionDoc } from '../store/push-subscriptions.ts';
import type { NewArrival } from './arrive.ts';

export type PushOwner = PushSubscriptionDoc['owner'];

export interface SubscribeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly arrive: (arrival: NewArrival) => Promise<unknown>;
}

/** Browsers of one person that are told; the one not seen for the longest time gives way. */
const mostBrowsers = 10;

/** An endpoint is as secret as a password, so it is no id. */
export const subscriptionId = (endpoint: string): string =>
  createHash('sha256').update(endpoint).digest('hex');

/** A contact's browsers are one address, named by the contact: a message goes to all of them. */
export const pushAddressOf = (contactId: string): string => contactId;

/**
 * Keeps a browser that said yes; the same endpoint twice is one, and belongs to whoever asked last. A contact's yes is also
 * their consent to be told by push; a later visit of the same browser (`isYes` false) is none. False for a contact who is gone.
 */
export async function subscribe(
  deps: SubscribeDeps,
  owner: PushOwner,
  subscription: Subscription,
  isYes: boolean,
): Promise<boolean> {
  const { store, clock } = deps;
  if (owner.kind === 'contact' && !(await isThere(store, owner.id))) return false;
  const _id = subscriptionId(subscription.endpoint);
  const before = await store.pushSubscriptions.findOneAndUpdate(
    { _id },
    { $set: { owner, subscription, seenAt: clock.now() } },
    { upsert: true, returnDocument: 'before' },
  );
  if (before && before.owner.id !== owner.id) await dropAddressOfNobody(store, before.owner);
  await forgetOldest(store, owner);
  if (owner.kind !== 'contact') return true;
  await reach(deps, owner.id);
  if (isYes) await consent(deps, owner.id, _id);
  return true;
}

const isThere = async (store: Store, contactId: string): Promise<boolean> =>
  (await store.contacts.countDocuments({ _id: contactId, erasedAt: null }, { limit: 1 })) > 0;

async function forgetOldest(store: Store, owner: PushOwner): Promise<void> {
  const over = await store.pushSubscriptions
    .find({ owner }, { projection: { _id: 1 } })
    .sort({ seenAt: -1 })
    .skip(mostBrowsers)
    .toArray();
  if (over.length > 0) await store.pushSubscriptions.deleteMany({ _id: { $in: over.map(({ _id }) => _id) } });
}

async function reach({ store, clock }: SubscribeDeps, contactId: string): Promise<void> {
  const { _id, ...address } = newAddress(contactId, 'push', pushAddressOf(contactId), clock.now());
  await store.addresses.updateOne({ _id }, { $setOnInsert: address }, { upsert: true });
}

async function consent(
  { store, clock, arrive }: SubscribeDeps,
  contactId: string,
  id: string,
): Promise<void> {
  const at = clock.now();
  const said = await store.consents.find({ contactId, channel: 'push', purpose: 'push' }).toArray();
  if (lastSaid(said)['push:push'] === 'granted') return;
  const eventId = `push:${id.slice(0, 32)}:${String(at.getTime())}`;
  await arrive({
    id: `event:${eventId}`,
    kind: 'event',
    contactId,
    receivedAt: at,
    event: {
      id: eventId,
      name: preferencesChanged,
      properties: { choice: 'push-on', how: 'page', browser: id },
      occurredAt: at,
    },
  });
}

/**
 * A browser tells that its subscription became another one (`pushsubscriptionchange`): whoever knows the old endpoint is that
 * browser. False where nobody has it.
 */
export async function renew(
  deps: SubscribeDeps,
  oldEndpoint: string,
  subscription: Subscription,
): Promise<boolean> {
  const known = await deps.store.pushSubscriptions.findOneAndDelete({ _id: subscriptionId(oldEndpoint) });
  return known ? subscribe(deps, known.owner, subscription, false) : false;
}

/** Browsers of a person, as they are now. */
export async function subscriptionsOf(store: Store, owner: PushOwner): Promise<Subscription[]> {
  const docs = await store.pushSubscriptions.find({ owner }).toArray();
  return docs.map(({ subscription }) => subscription);
}

/**
 * The push service does not know it any more: forgotten, unless it was renewed meanwhile (other keys). With their last browser
 * a contact is out of reach by push.
 */
export async function endSubscription(store: Store, { endpoint, keys }: Subscription): Promise<void> {
  const ended = await store.pushSubscriptions.findOneAndDelete({
    _id: subscriptionId(endpoint),
    'subscription.keys.auth': keys.auth,
    'subscription.keys.p256dh': keys.p256dh,
  });
  if (ended) await dropAddressOfNobody(store, ended.owner);
}

/** One transaction that writes the thread: a claim that read the address, or a browser that comes back, looks again. */
async function dropAddressOfNobody(store: Store, owner: PushOwner): Promise<void> {
  if (owner.kind !== 'contact') return;
  await store.transact(async (session) => {
    await store.threads.updateOne({ _id: owner.id }, { $inc: { claims: 1 } }, { session });
    if ((await store.pushSubscriptions.countDocuments({ owner }, { session, limit: 1 })) > 0) return;
    await store.addresses.deleteOne({ _id: addressId('push', pushAddressOf(owner.id)) }, { session });
  });
}
