import type { Accepted, Receipt } from '../channels/channel.ts';
import type { Clock } from '../clock.ts';
import type { Arrival } from '../core/arrival.ts';
import type { Row, RowStatus } from '../core/row.ts';
import type { Log } from '../log.ts';
import { silenceOf } from '../core/silence.ts';
import { noteQuoted } from '../store/quoted.ts';
import { keepSilence } from '../store/silences.ts';
import { createBatch } from '../store/batch.ts';
import { fromDoc } from '../store/collection.ts';
import type { Store } from '../store/connect.ts';
import { bindRows, refuseRows, type Bound, type Evidence, type Refused } from '../store/outcome.ts';
import { againRow, type Codes } from './again.ts';
import type { Counters } from './counters.ts';

/** pipeline/arrive.ts, as much of it as is needed here. */
export type Arrive = (arrival: Arrival) => Promise<{ readonly isNew: boolean }>;

export interface ReceiptDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly arrive: Arrive;
  readonly codes: Codes;
  readonly log: Log;
  readonly counters: Counters;
}

/** The row as the witness knows it. */
type Witnessed = Pick<Row, 'id' | 'contactId'>;
/** And with what it promises once it has left. */
type Promising = Witnessed & Pick<Row, 'guard'> & Partial<Pick<Row, 'words'>>;

export interface Receipts {
  /** A status callback. Resolves once it is written down; the same one may come any number of times, in any order. */
  take(receipt: Receipt): Promise<void>;
  /** The carrier's own answer, or an entry of its list. `isLast`: no row waits for this one. */
  bind(row: Promising, accepted: Accepted, isLast?: boolean): Promise<void>;
  /** The carrier's no, in answer to a call: taken back by its token. False where the lease was lost meanwhile. */
  refuse(refused: Omit<Refused, 'row'> & { readonly row: Row }): Promise<boolean>;
  settle(): Promise<void>;
}

const most = 100;

/** The one place where what a carrier says of a message is believed. The only writer of `sid`. */
export function createReceipts(deps: ReceiptDeps): Receipts {
  const { store, clock, log, counters } = deps;
  const bindings = createBatch<Evidence, Bound>({
    most,
    run: (evidence) => bindRows(store, evidence, clock.now()),
  });
  const takings = createBatch<Receipt, undefined>({
    most,
    run: (receipts) => takeTogether(deps, bind, receipts),
  });
  const refusals = createBatch<Refused, boolean>({ most, run: (refused) => refuseRows(store, refused) });

  async function bind(evidence: Evidence, row: Promising): Promise<void> {
    if ((await bindings.add(evidence)) === 'bound') {
      const silence = evidence.status === 'failed' ? null : silenceOf(row, evidence.at);
      if (silence) await keepSilence(store, silence);
      if (evidence.status !== 'failed' && row.words)
        await noteQuoted(store, { contactId: row.contactId, words: row.words }, evidence.at);
      return;
    }
    counters.count('second_sid');
    log.error({ rowId: evidence.rowId, sid: evidence.sid }, 'the carrier has a second message for this row');
  }

  return {
    take: (receipt) => takings.add(receipt),
    bind: (row, { sid }, isLast) =>
      bind(
        {
          rowId: row.id,
          contactId: row.contactId,
          sid,
          status: 'sent',
          code: null,
          at: clock.now(),
          isLast,
        },
        row,
      ),
    async refuse(refused) {
      const isOurs = await refusals.add(refused);
      if (isOurs && refused.to === 'failed') await afterFailure(deps, refused.row, null, refused.code);
      return isOurs;
    },
    async settle() {
      await takings.settle();
      await refusals.settle();
      await bindings.settle();
    },
  };
}

async function takeTogether(
  deps: ReceiptDeps,
  bind: (evidence: Evidence, row: Promising) => Promise<void>,
  receipts: readonly Receipt[],
): Promise<undefined[]> {
  const rows = await rowsOf(deps.store, receipts);
  await Promise.all(
    receipts.map(async (receipt) => {
      const row =
        (receipt.rowId === null ? undefined : rows.byId.get(receipt.rowId)) ?? rows.bySid.get(receipt.sid);
      deps.counters.count('receipts', { status: row ? receipt.status : 'stray' });
      if (!row) return;
      const { sid, status, code, at } = receipt;
      await bind({ rowId: row.id, contactId: row.contactId, sid, status, code, at }, row);
      if (status === 'failed' && isLastWord(row, sid)) await afterFailure(deps, row, sid, code);
      if (status === 'read' && row.stepKey && row.status !== 'read') await tellRead(deps, row, at);
    }),
  );
  return receipts.map(() => undefined);
}

/** A receipt of another message of this row, or one that a better word came before, has no consequence. */
const isLastWord = (row: Row, sid: string): boolean =>
  (row.sid ?? sid) === sid && row.status !== 'delivered' && row.status !== 'read';

async function rowsOf(
  store: Store,
  receipts: readonly Receipt[],
): Promise<{ byId: Map<string, Row>; bySid: Map<string, Row> }> {
  const ids = receipts.flatMap(({ rowId }) => (rowId === null ? [] : [rowId]));
  const byId = new Map<string, Row>();
  if (ids.length > 0) {
    const docs = await store.outbox.find({ _id: { $in: ids } }, { hint: { _id: 1 } }).toArray();
    for (const doc of docs) byId.set(doc._id, fromDoc<Row>(doc));
  }
  const sids = receipts.flatMap(({ rowId, sid }) => (rowId !== null && byId.has(rowId) ? [] : [sid]));
  const bySid = new Map<string, Row>();
  if (sids.length > 0) {
    const docs = await store.outbox.find({ sid: { $in: sids } }, { hint: { sid: 1 } }).toArray();
    for (const doc of docs) if (doc.sid) bySid.set(doc.sid, fromDoc<Row>(doc));
  }
  return { byId, bySid };
}

/** A step's message was read: its run may have nothing to add (lifecycle.md §4, the appointment's second reminder). */
async function tellRead({ arrive, clock }: ReceiptDeps, row: Row, at: Date): Promise<void> {
  const { id, contactId, channel, runId = null, stepKey = null } = row;
  await arrive({
    id: `event:read:${id}`,
    kind: 'event',
    contactId,
    receivedAt: clock.now(),
    state: 'new',
    tries: 0,
    event: {
      id: `read:${id}`,
      name: 'Message Read',
      properties: { messageId: id, channel, runId, step: stepKey },
      occurredAt: at,
    },
  });
}

/** A final "not delivered" speaks again in a new row, where its code allows; otherwise the thread learns of it. */
async function afterFailure(
  deps: ReceiptDeps,
  row: Row,
  sid: string | null,
  code: string | null,
): Promise<void> {
  const now = deps.clock.now();
  const next = againRow(row, code, deps.codes, now);
  if (!next) {
    await tellThread(deps.arrive, row, sid, 'failed', code, now);
    return;
  }
  const { id, ...fields } = next;
  await deps.store.outbox.updateOne({ _id: id }, { $setOnInsert: fields }, { upsert: true });
}

/** An end that concerns the thread: a block at the carrier, a message that failed, one that nobody knows of. */
export async function tellThread(
  arrive: Arrive,
  row: Witnessed & Partial<Pick<Row, 'channel' | 'address'>>,
  sid: string | null,
  status: RowStatus,
  code: string | null,
  now: Date,
): Promise<void> {
  await arrive({
    id: `receipt:${sid ?? row.id}:${status}`,
    kind: 'receipt',
    contactId: row.contactId,
    receivedAt: now,
    state: 'new',
    tries: 0,
    rowId: row.id,
    sid,
    status,
    code,
    ...(row.channel && row.address ? { channel: row.channel, address: row.address } : {}),
  });
}
