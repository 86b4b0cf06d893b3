import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../src/channels/channel.ts';
import type { Row } from '../../src/core/row.ts';
import { fromDoc } from '../../src/store/collection.ts';
import { createBuilders, monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';
import { aSendingHouse } from '../support/sending.ts';

const database = useStore();
const build = () => createBuilders(database.store);

async function aRow(over: Partial<Row> = {}): Promise<Row> {
  const { contact } = await build().aContact();
  return build().aRow(contact.id, {
    status: 'sending',
    attempt: 1,
    token: 't',
    inFlightKey: `key-${contact.id}`,
    ...over,
  });
}

async function theRow(id: string): Promise<Row> {
  const doc = await database.store.outbox.findOne({ _id: id });
  if (!doc) throw new Error(`no row ${id}`);
  return fromDoc<Row>(doc);
}

const aReceipt = (row: Row, over: Partial<Receipt> = {}): Receipt => ({
  sid: `SM-${row.id}`,
  rowId: row.id,
  attempt: 1,
  status: 'sent',
  code: null,
  at: monday,
  ...over,
});

describe('a receipt', () => {
  test('before the answer binds the row, and the answer changes nothing', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    await house.receipts.take(aReceipt(row));
    await house.receipts.bind(row, { sid: `SM-${row.id}`, status: 'queued' });

    const bound = await theRow(row.id);
    expect(bound).toMatchObject({ status: 'sent', sid: `SM-${row.id}` });
    expect(bound.history.filter(({ status }) => status === 'sent')).toHaveLength(1);
    expect(bound.inFlightKey).toBeUndefined();
  });

  test('only ever raises the status, in whatever order and however often they come', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    for (const status of ['delivered', 'sent', 'read', 'delivered', 'sent'] as const) {
      await house.receipts.take(aReceipt(row, { status }));
    }

    const read = await theRow(row.id);
    expect(read.status).toBe('read');
    expect(read.history.map(({ status }) => status)).toEqual(['queued', 'delivered', 'read']);
  });

  test('that a step was read is told to its run, once; of an answer nobody waits to hear it', async () => {
    const house = aSendingHouse(database.store);
    const step = await aRow({ channel: 'whatsapp', runId: 'run-1', stepKey: 'appointment-24h-wa' });
    const answer = await aRow({ channel: 'whatsapp' });
    for (const row of [step, answer, step])
      for (const status of ['sent', 'read'] as const) await house.receipts.take(aReceipt(row, { status }));
    expect(house.told).toMatchObject([
      {
        id: `event:read:${step.id}`,
        kind: 'event',
        contactId: step.contactId,
        event: { name: 'Message Read', properties: { runId: 'run-1', step: 'appointment-24h-wa' } },
      },
    ]);
  });

  test('many at once for one row are one evidence', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        house.receipts.take(aReceipt(row, { status: n % 2 ? 'sent' : 'delivered' })),
      ),
    );

    expect(await theRow(row.id)).toMatchObject({ status: 'delivered', sid: `SM-${row.id}` });
  });

  test('for a row that was queued again ends the waiting: it is not sent a second time', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow({ status: 'queued', reason: 'proven_absent' });

    await house.receipts.take(aReceipt(row));
    await house.dispatch.settle();

    expect(await theRow(row.id)).toMatchObject({ status: 'sent' });
    expect(house.carrier.calls).not.toContain(row.id);
  });

  test('with another sid is an alarm, and both are kept', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    await house.receipts.take(aReceipt(row));
    await house.receipts.take(aReceipt(row, { sid: 'SM-second' }));

    expect(await theRow(row.id)).toMatchObject({ sid: `SM-${row.id}`, otherSids: ['SM-second'] });
    expect(house.counted.filter(({ name }) => name === 'second_sid')).toHaveLength(1);
  });

  test('of no row of ours is counted and forgotten', async () => {
    const house = aSendingHouse(database.store);

    await house.receipts.take({
      sid: 'SM-nobody',
      rowId: null,
      attempt: null,
      status: 'delivered',
      code: null,
      at: monday,
    });

    expect(house.counted).toContainEqual({ name: 'receipts', labels: { status: 'stray' } });
  });

  test('finds its row by the sid where the carrier gave no id back', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow({ status: 'sent', sid: 'SM-known' });

    await house.receipts.take({
      sid: 'SM-known',
      rowId: null,
      attempt: null,
      status: 'delivered',
      code: null,
      at: monday,
    });

    expect(await theRow(row.id)).toMatchObject({ status: 'delivered' });
  });

  test('lets the row that waited leave', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();
    const follower = await build().aRow(row.contactId, {
      after: row.id,
      notBefore: new Date(monday.getTime() + 20_000),
    });

    await house.receipts.take(aReceipt(row));

    expect((await theRow(follower.id)).notBefore).toEqual(monday);
  });
});

describe('a final "not delivered"', () => {
  test('whose code says later opens a new row, twice at most, the same however often it is told', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow({ id: 'again/1', expiresAt: new Date(monday.getTime() + 48 * 3_600_000) });

    await house.receipts.take(aReceipt(row, { status: 'failed', code: '30003' }));
    await house.receipts.take(aReceipt(row, { status: 'failed', code: '30003' }));
    const second = await theRow('again/1+1');
    expect(await theRow(row.id)).toMatchObject({ status: 'failed', code: '30003' });
    expect(second).toMatchObject({
      status: 'queued',
      again: 1,
      sid: null,
      attempt: 0,
      expiresAt: row.expiresAt,
    });
    expect(second.notBefore.getTime()).toBeGreaterThan(monday.getTime());

    await house.receipts.take(aReceipt(second, { status: 'failed', code: '30003' }));
    await house.receipts.take(aReceipt(await theRow('again/1+2'), { status: 'failed', code: '30003' }));

    expect(await database.store.outbox.countDocuments({ contactId: row.contactId })).toBe(3);
    expect(house.told).toMatchObject([{ rowId: 'again/1+2', status: 'failed', code: '30003' }]);
  });

  test('of an address that is gone is the thread’s to learn', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    await house.receipts.take(aReceipt(row, { status: 'failed', code: '21610' }));

    expect(house.told).toMatchObject([
      { id: `receipt:SM-${row.id}:failed`, contactId: row.contactId, code: '21610' },
    ]);
    expect(await database.store.outbox.countDocuments({ contactId: row.contactId })).toBe(1);
  });

  test('after "delivered" is no end: the first word of that rank stands', async () => {
    const house = aSendingHouse(database.store);
    const row = await aRow();

    await house.receipts.take(aReceipt(row, { status: 'delivered' }));
    await house.receipts.take(aReceipt(row, { status: 'failed', code: '30003' }));

    expect(await theRow(row.id)).toMatchObject({ status: 'delivered' });
    expect(house.told).toEqual([]);
    expect(await database.store.outbox.countDocuments({ contactId: row.contactId })).toBe(1);
  });
});
