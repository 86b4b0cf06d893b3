import { Schema } from 'mongoose';
import type { Address } from '../core/contact.ts';
import { collectionOf, type DocOf } from './collection.ts';

/** `_id` is `<channel>:<normal form>`: one address belongs to one contact. `reversed` holds a number's digits from the end, for search; absent where there are none. */
export type AddressDoc = DocOf<Address> & { readonly reversed?: string };

export const addresses = collectionOf<AddressDoc>(
  'addresses',
  {
    contactId: String,
    channel: String,
    value: String,
    reversed: String,
    verifiedAt: Date,
    wrongPersonAt: Date,
    providerBlocked: Schema.Types.Mixed,
    softFails: Number,
  },
  [{ key: { contactId: 1 } }, { key: { reversed: 1 }, partialFilterExpression: { reversed: { $gt: '' } } }],
);

export const addressId = (channel: Address['channel'], value: string): string => `${channel}:${value}`;

/** An address nobody has complained about; `verifiedAt` null where its owner has not shown yet that it is theirs. */
export const newAddress = (
  contactId: string,
  channel: Address['channel'],
  value: string,
  verifiedAt: Date | null,
): AddressDoc => ({
  _id: addressId(channel, value),
  contactId,
  channel,
  value,
  ...reversedOf(value),
  verifiedAt,
  wrongPersonAt: null,
  providerBlocked: null,
  softFails: 0,
});

/** A number's digits from the end, so that "the last six" finds it by a prefix; nothing for what is no number. */
export function reversedOf(value: string): Pick<AddressDoc, 'reversed'> {
  return value.startsWith('+') ? { reversed: [...value.replace(/\D/g, '')].reverse().join('') } : {};
}
