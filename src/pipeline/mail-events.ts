import type { MailEvent } from '../channels/email/index.ts';
import type { Clock } from '../clock.ts';
import type { SuppressionReason } from '../core/contact.ts';
import { rank, type Row } from '../core/row.ts';
import { addressId } from '../store/addresses.ts';
import { fromDoc } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import type { NewArrival } from './arrive.ts';
import type { Receipts } from './receipt.ts';

export interface MailEventDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly receipts: Receipts;
  readonly arrive: (arrival: NewArrival) => Promise<unknown>;
}

/**
 * What the relay says of a mail, in any order, any number of times: the row is bound as by any receipt; a bounce and a
 * complaint also concern the address, even where the relay gave the mail another Message-ID than ours.
 */
export async function takeMailEvent(deps: MailEventDeps, event: MailEvent): Promise<void> {
  const row = await rowOf(deps.store, event.sid);
  await deps.receipts.take(event);
  if (event.type === 'delivered') return delivered(deps.store, event, row);
  if (row && event.type === 'complained')
    await deps.store.outbox.updateOne(
      { _id: row.id, complainedAt: null },
      { $set: { complainedAt: event.at } },
    );
  // A bounce of a row of ours has told its thread already.
  if (row && event.type === 'bounced') return;
  await tellOf(deps, event, row);
}

async function rowOf(store: Store, sid: string): Promise<Row | null> {
  const doc = await store.outbox.findOne({ sid }, { hint: { sid: 1 } });
  return doc ? fromDoc<Row>(doc) : null;
}

/** A mailbox that takes mail again begins its count of soft bounces anew; a repeat of old news does not. */
async function delivered(store: Store, { address }: MailEvent, row: Row | null): Promise<void> {
  if (!row || rank[row.status] >= rank.delivered) return;
  await store.addresses.updateOne(
    { _id: { $in: [addressId('email', row.address), addressId('email', address)] }, softFails: { $gt: 0 } },
    { $set: { softFails: 0 } },
  );
}

async function tellOf({ store, clock, arrive }: MailEventDeps, event: MailEvent, row: Row | null) {
  const address = row?.address ?? event.address;
  const contactId =
    row?.contactId ??
    (await store.addresses.findOne({ _id: addressId('email', address) }, { projection: { contactId: 1 } }))
      ?.contactId;
  if (!contactId) return suppressStranger(store, event, clock.now());
  await arrive({
    id: `receipt:${event.sid}:${event.type}`,
    kind: 'receipt',
    contactId,
    receivedAt: clock.now(),
    rowId: row?.id ?? '',
    sid: event.sid,
    status: event.status,
    code: event.code,
    channel: 'email',
    address,
  });
}

const ends: Readonly<Record<string, SuppressionReason>> = { complaint: 'complaint', hard_bounce: 'bounce' };

/** Nobody we know has this address now; whoever brings it later finds it on the list. */
async function suppressStranger(store: Store, { address, code }: MailEvent, at: Date): Promise<void> {
  const reason = ends[code ?? ''];
  if (!reason) return;
  await store.suppressions.updateOne(
    { _id: store.suppressionId('email', address) },
    { $set: { channel: 'email', [`reasons.${reason}`]: { source: 'carrier', at } } },
    { upsert: true },
  );
}
