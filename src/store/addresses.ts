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
export function newAddress(
  contactId: string,
  channel: Address['channel'],
  value: string,
  verifiedAt: Date | null,
): AddressDoc {
  const _id = addressId(channel, value);
  const born = {
    _id,
    contactId,
    channel,
    value,
    verifiedAt,
    wrongPersonAt: null,
    providerBlocked: null,
    softFails: 0,
  };
  return isNumber(value) ? { ...born, reversed: reversedDigits(value) } : born;
}

const isNumber = (value: string): boolean => value.startsWith('+');

/** A number's digits from the end, so that "the last six" finds it by a prefix; nothing for what is no number. */
export const reversedOf = (value: string): Pick<AddressDoc, 'reversed'> =>
  isNumber(value) ? { reversed: reversedDigits(value) } : {};

function reversedDigits(value: string): string {
  let digits = '';
  for (let at = value.length - 1; at >= 0; at -= 1) {
    const one = value.charAt(at);
    if (one >= '0' && one <= '9') digits += one;
  }
  return digits;
}
