import { createHash } from 'node:crypto';
import type { Offer } from '../core/decide.ts';
import type { Persona } from '../core/persona.ts';
import { newThread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { reversedOf } from '../store/addresses.ts';
import { toDoc } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import { foldName } from '../store/contacts.ts';

/** Writes facts everyone may lean on; the same key again is the fresher value. */
export async function keepOffers(store: Store, offers: readonly Offer[]): Promise<void> {
  if (offers.length === 0) return;
  await store.offers.bulkWrite(
    offers.map((offer) => ({
      updateOne: {
        filter: { _id: offer.key },
        update: { $set: { ...offer, contactId: null, evidence: { source: 'sandbox' } } },
        upsert: true,
      },
    })),
  );
}

/** The standing cast, on an empty sandbox: people, how to reach them, and the consent they gave, with where it comes from. */
export async function seedCast(store: Store, personas: readonly Persona[], now: Date): Promise<void> {
  await store.contacts.insertMany(
    personas.map(({ contact }) => ({
      ...toDoc(contact),
      nameFolded: foldName(contact.firstName, contact.lastName),
      createdAt: now,
    })),
  );
  await store.threads.insertMany(personas.map(({ contact }) => toDoc(newThread(contact.id, now))));
  await store.addresses.insertMany(
    personas.flatMap(({ addresses }) =>
      addresses.map((address) => ({ ...toDoc(address), ...reversedOf(address.value) })),
    ),
  );
  await store.consents.insertMany(personas.flatMap((persona) => consentsOf(persona, now)));
}

const wording = 'sandbox-form-1';

const consentsOf = ({ contact, consents }: Persona, now: Date) =>
  Object.entries(consents).map(([key, action], order) => ({
    _id: `seed:${contact.id}:${key}`,
    contactId: contact.id,
    channel: (key.split(':')[0] ?? 'sms') as Channel,
    purpose: 'marketing' as const,
    action,
    at: now,
    order,
    source: 'form' as const,
    wordingId: wording,
    wordingHash: createHash('sha256').update(wording).digest('hex'),
    locale: contact.locale,
    evidence: { form: wording, page: '/sandbox' },
    actor: contact.id,
  }));
