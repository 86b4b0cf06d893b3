import { isZone } from '../core/calendar.ts';
import { locales, registers } from '../core/vocabulary.ts';
import { badRequest, notFound } from '../errors.ts';
import { addressId, newAddress } from '../store/addresses.ts';
import type { Store } from '../store/connect.ts';
import { foldName, type ContactDoc } from '../store/contacts.ts';
import { closeTask, openTask, type GdprDeps } from './gdpr.ts';
import { note } from './note.ts';

const isName = (text: string): boolean => text.length <= 100 && !/\p{Cc}/u.test(text);
const isOneOf =
  (list: readonly string[]) =>
  (text: string): boolean =>
    list.includes(text);

/** What a person may have put right, and what each takes. */
const fields: Readonly<Record<string, (text: string) => boolean>> = {
  firstName: isName,
  lastName: isName,
  locale: isOneOf(locales),
  register: isOneOf(registers),
  zone: isZone,
  country: (text) => /^[A-Z]{2}$/.test(text),
  department: (text) => /^[0-9AB]{2,3}$/.test(text),
};

/** Ways to reach somebody: `phone` stands for the number by SMS. */
const ways = { phone: 'sms', whatsapp: 'whatsapp', email: 'email' } as const;
type WayField = keyof typeof ways;

const forms: Readonly<Record<WayField, RegExp>> = {
  phone: /^\+[1-9]\d{6,14}$/,
  whatsapp: /^(?:\+[1-9]\d{6,14}|[A-Z]{2}\.\d+)$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
};

export const rectifiable: readonly string[] = [...Object.keys(fields), ...Object.keys(ways)];

const isWay = (field: string): field is WayField => field in ways;

function check(field: string, text: string): void {
  const isFine = isWay(field) ? forms[field].test(text) : fields[field]?.(text);
  if (isFine === undefined)
    throw badRequest('not_rectifiable', `"${field}" cannot be set; these can: ${rectifiable.join(', ')}.`);
  if (!isFine) throw badRequest('bad_value', `"${field}" does not take this value.`);
}

/**
 * Puts right what is wrong about a person (GDPR 16): each old value stays in the audit trail, and goes with the person. An
 * address that was silenced hands its silence to the one that replaces it.
 */
export async function rectify(
  deps: GdprDeps,
  contactId: string,
  set: Readonly<Record<string, string>>,
  by: string,
): Promise<{ readonly before: Readonly<Record<string, unknown>> }> {
  const { store } = deps;
  for (const [field, text] of Object.entries(set)) check(field, text);
  const contact = await store.contacts.findOne({ _id: contactId, erasedAt: null });
  if (!contact) throw notFound('no_such_contact', `There is no contact "${contactId}".`);
  const task = await openTask(deps, contactId, 'rectification');
  const plain = Object.fromEntries(Object.entries(set).filter(([field]) => !isWay(field)));
  const before: Record<string, unknown> = {};
  for (const field of Object.keys(plain)) before[field] = contact[field as keyof ContactDoc] ?? null;
  const named = { ...contact, ...plain };
  await store.transact(async (session) => {
    await store.threads.updateOne({ _id: contactId }, { $inc: { claims: 1 } }, { session });
    await store.contacts.updateOne(
      { _id: contactId },
      {
        $set: {
          ...plain,
          nameFolded: foldName(named.firstName, named.lastName),
          ...('zone' in plain ? { zoneSource: 'profile' as const } : {}),
        },
      },
      { session },
    );
  });
  for (const [field, value] of Object.entries(set))
    if (isWay(field)) before[field] = await replaceWay(deps, contactId, field, value);
  await note(deps, { who: by, did: 'rectified', contactId, detail: { before, after: { ...set } } });
  await closeTask(deps, task, by);
  return { before };
}

async function replaceWay(
  { store, clock }: GdprDeps,
  contactId: string,
  field: WayField,
  given: string,
): Promise<string | null> {
  const channel = ways[field];
  const value = field === 'email' ? given.toLowerCase() : given;
  const taken = await store.addresses.findOne({ _id: addressId(channel, value) });
  if (taken && taken.contactId !== contactId)
    throw badRequest('address_of_another', 'This address belongs to another contact.');
  const old = await store.addresses.findOne({ contactId, channel });
  if (old?.value === value) return value;
  await store.transact(async (session) => {
    await store.threads.updateOne({ _id: contactId }, { $inc: { claims: 1 } }, { session });
    if (old) await store.addresses.deleteOne({ _id: old._id }, { session });
    await store.addresses.insertOne(newAddress(contactId, channel, value, null), { session });
    const reasons = old ? await wishesOf(store, channel, old.value) : {};
    for (const [reason, why] of Object.entries(reasons))
      await store.suppressions.updateOne(
        { _id: store.suppressionId(channel, value) },
        { $set: { channel, [`reasons.${reason}`]: { ...why, at: clock.now() } } },
        { session, upsert: true },
      );
  });
  return old?.value ?? null;
}

/** What the person said, as against what the old address was. */
async function wishesOf(store: Store, channel: 'sms' | 'whatsapp' | 'email', value: string) {
  const kept = await store.suppressions.findOne({ _id: store.suppressionId(channel, value) });
  return Object.fromEntries(
    Object.entries(kept?.reasons ?? {}).filter(([reason]) =>
      ['stop', 'objection', 'complaint'].includes(reason),
    ),
  );
}
