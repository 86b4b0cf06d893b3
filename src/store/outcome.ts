import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { rank, rowStatuses, type Row, type RowStatus } from '../core/row.ts';
import { giveBackAllowances } from './allowance.ts';
import { fromDoc } from './collection.ts';
import type { Store } from './connect.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { releaseFollowers } from './lease.ts';
import type { RowDoc } from './outbox.ts';

/** What a witness saw: the carrier has this row under this sid. */
export interface Evidence {
  readonly rowId: string;
  readonly contactId: string;
  readonly sid: string;
  readonly status: Extract<RowStatus, 'sent' | 'delivered' | 'read' | 'failed'>;
  readonly code: string | null;
  readonly at: Date;
  /** Surely no row waits for this one: followers are written with what they follow, and the claim saw none. */
  readonly isLast?: boolean;
}

/** What became of one piece of evidence. `second`: the row has another sid already, or another row has this one. */
export type Bound = 'bound' | 'second';

const lower = (status: RowStatus): readonly RowStatus[] =>
  rowStatuses.filter((other) => rank[other] < rank[status]);

/**
 * Notes evidence, in any order, any number of times, without a token: sets the sid where there is none, raises the status
 * by rank and never lowers it, lets followers go. The only function that writes `sid`; pipeline/receipt.ts the only caller.
 */
export async function bindRows(store: Store, evidence: readonly Evidence[], now: Date): Promise<Bound[]> {
  const seconds = await writeEvidence(store, evidence);
  await releaseFollowers(
    store,
    evidence.flatMap(({ rowId, contactId, isLast }) => (isLast ? [] : [{ id: rowId, contactId }])),
    now,
  );
  return evidence.map((one) => (seconds.has(one) ? 'second' : 'bound'));
}

async function writeEvidence(store: Store, evidence: readonly Evidence[]): Promise<Set<Evidence>> {
  const writes: AnyBulkWriteOperation<RowDoc>[] = evidence.map((one) => ({
    updateOne: {
      filter: { _id: one.rowId, $or: [{ sid: null }, { sid: one.sid }] },
      hint: { _id: 1 },
      update: evidenceUpdate(one),
    },
  }));
  let matched = 0;
  try {
    matched = (await store.outbox.bulkWrite(writes, { ordered: false })).matchedCount;
  } catch (error) {
    // The sid stands under another row of the contact: the others were written all the same.
    if (!isDuplicateKey(error)) throw error;
  }
  return matched === evidence.length ? new Set() : keepSeconds(store, evidence);
}

function evidenceUpdate({ sid, status, code, at }: Evidence): Document[] {
  const noted = { at, status, ...(code === null ? {} : { code }) };
  const isHigher = { $in: ['$status', [...lower(status)]] };
  return [
    {
      $set: {
        sid: { $literal: sid },
        status: { $cond: [isHigher, status, '$status'] },
        code: { $cond: [isHigher, { $literal: code }, '$code'] },
        reason: { $cond: [isHigher, status === 'failed' ? 'not_delivered' : null, '$reason'] },
        history: { $cond: [isHigher, { $concatArrays: ['$history', [{ $literal: noted }]] }, '$history'] },
      },
    },
    { $unset: ['inFlightKey', 'leaseUntil'] },
  ];
}

async function keepSeconds(store: Store, evidence: readonly Evidence[]): Promise<Set<Evidence>> {
  const rows = await store.outbox
    .find({ _id: { $in: evidence.map(({ rowId }) => rowId) } }, { projection: { sid: 1 }, hint: { _id: 1 } })
    .toArray();
  const sids = new Map(rows.map(({ _id, sid }) => [_id, sid]));
  const seconds = evidence.filter(({ rowId, sid }) => sids.has(rowId) && sids.get(rowId) !== sid);
  if (seconds.length > 0) {
    await store.outbox.bulkWrite(
      seconds.map(({ rowId, sid }) => ({
        updateOne: { filter: { _id: rowId }, update: { $addToSet: { otherSids: sid } } },
      })),
      { ordered: false },
    );
  }
  return new Set(seconds);
}

/** A claim whose call surely left nothing at the carrier. */
export interface Refused {
  readonly row: Pick<Row, 'id' | 'contactId' | 'class'>;
  readonly token: string;
  /** `queued`: again from `notBefore`. `failed`: the carrier will not have it. */
  readonly to: 'queued' | 'failed';
  readonly notBefore: Date;
  readonly reason: string;
  readonly code: string | null;
  readonly at: Date;
}

/**
 * Takes claims back by their token: one that lost its lease changes nothing (I11). The place under the cap is given back.
 * Answers which of them were still ours.
 */
export async function refuseRows(store: Store, refused: readonly Refused[]): Promise<boolean[]> {
  const results = await store.outbox.bulkWrite(
    refused.map((one) => ({
      updateOne: {
        filter: { _id: one.row.id, status: 'sending' as const, token: one.token },
        hint: { _id: 1 },
        update: refusal(one),
      },
    })),
    { ordered: false },
  );
  const isOurs =
    results.matchedCount === refused.length ? refused.map(() => true) : await whichWere(store, refused);
  const places = refused.filter((one, index) => isOurs[index] && one.row.class === 'marketing');
  await giveBackAllowances(
    store.allowances,
    places.map(({ row }) => ({ contactId: row.contactId, key: row.id })),
  );
  return isOurs;
}

function refusal({ to, notBefore, reason, code, at }: Refused): Document {
  return {
    $set: { status: to, reason, code, ...(to === 'queued' ? { notBefore } : {}) },
    $unset: { leaseUntil: '', inFlightKey: '' },
    $push: { history: { at, status: to, reason, ...(code === null ? {} : { code }) } },
  };
}

/** The token stays on the row until its next claim, so a row we took back is known by it. */
async function whichWere(store: Store, refused: readonly Refused[]): Promise<boolean[]> {
  const rows = await store.outbox
    .find(
      { _id: { $in: refused.map(({ row }) => row.id) } },
      { projection: { token: 1, status: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const now = new Map(rows.map((doc) => [doc._id, doc]));
  return refused.map(
    ({ row, token, to }) => now.get(row.id)?.token === token && now.get(row.id)?.status === to,
  );
}

/** Rows by id, whatever their state. */
export async function listRows(store: Store, ids: readonly string[]): Promise<Row[]> {
  const docs = await store.outbox.find({ _id: { $in: [...ids] } }, { hint: { _id: 1 } }).toArray();
  return docs.map((doc) => fromDoc<Row>(doc));
}
