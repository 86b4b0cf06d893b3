import { describe, expect, test } from 'vitest';
import { dropSenderLease, takeSenderLease } from '../../src/store/sender-lease.ts';
import { databaseNow } from '../../src/store/database-now.ts';
import { ownSenders } from '../../src/pipeline/own-senders.ts';
import { createBreaker } from '../../src/pipeline/breaker.ts';
import { backoffMs } from '../../src/pipeline/call.ts';
import { silentLog } from '../../src/log.ts';
import { useStore } from '../support/mongo.ts';

const database = useStore();

describe('a sender', () => {
  test('belongs to one worker at a time, and to the next when that one is gone', async () => {
    const { store } = database;

    const first = await Promise.all(
      ['a', 'b', 'c'].map((by) => takeSenderLease(store, 'sms:+33644640000', by)),
    );
    expect(first.filter(Boolean)).toHaveLength(1);
    const owner = ['a', 'b', 'c'][first.indexOf(true)] ?? '';
    expect(await takeSenderLease(store, 'sms:+33644640000', owner)).toBe(true);
    expect(await takeSenderLease(store, 'sms:+33644640000', 'other')).toBe(false);

    const lease = (await store.senders.findOne({ _id: 'sms:+33644640000' }))?.lease;
    const leftMs = (lease?.until.getTime() ?? 0) - (await databaseNow(store)).getTime();
    expect(leftMs).toBeGreaterThan(10_000);
    expect(leftMs).toBeLessThanOrEqual(15_000);

    await store.senders.updateOne({ _id: 'sms:+33644640000' }, { $set: { 'lease.until': new Date(0) } });
    expect(await takeSenderLease(store, 'sms:+33644640000', 'other')).toBe(true);
    expect(await takeSenderLease(store, 'sms:+33644640000', owner)).toBe(false);
  });

  test('that is let go is free at once', async () => {
    const { store } = database;
    await takeSenderLease(store, 'sms:free', 'a');

    await dropSenderLease(store, 'sms:free', 'b');
    expect(await takeSenderLease(store, 'sms:free', 'b')).toBe(false);
    await dropSenderLease(store, 'sms:free', 'a');
    expect(await takeSenderLease(store, 'sms:free', 'b')).toBe(true);
  });

  test('keeps what else is known of it', async () => {
    const { store } = database;
    await store.senders.insertOne({ _id: 'sms:known', mark: new Date(0) });

    expect(await takeSenderLease(store, 'sms:known', 'a')).toBe(true);

    expect(await store.senders.findOne({ _id: 'sms:known' })).toMatchObject({
      mark: new Date(0),
      lease: { by: 'a' },
    });
  });

  test('is handed over when its worker stops', async () => {
    const { store } = database;
    const taken: string[] = [];
    const worker = (by: string) =>
      ownSenders({
        store,
        senders: ['sms:shift'],
        by,
        log: silentLog,
        onTaken: () => {
          taken.push(by);
        },
      });
    const [day, night] = [worker('day'), worker('night')];

    await day.renew();
    await night.renew();
    expect([day.owns('sms:shift'), night.owns('sms:shift')]).toEqual([true, false]);

    await day.stop();
    await night.renew();
    expect([day.owns('sms:shift'), night.owns('sms:shift')]).toEqual([false, true]);
    expect(taken).toEqual(['day', 'night']);
    await night.stop();
  });
});

describe('the breaker', () => {
  test('opens at ten unknown outcomes in a minute, then lets one probe through', () => {
    let now = 0;
    const breaker = createBreaker(() => now);
    for (let n = 0; n < 9; n += 1) expect(breaker.unknown('s')).toBe(false);
    expect(breaker.room('s')).toBe(Number.POSITIVE_INFINITY);
    expect(breaker.unknown('s')).toBe(true);
    expect(breaker.room('s')).toBe(0);
    expect(breaker.room('another')).toBe(Number.POSITIVE_INFINITY);

    expect(breaker.known('s')).toBe(false);
    now = 30_000;
    expect(breaker.room('s')).toBe(1);
    expect(breaker.unknown('s')).toBe(true);
    expect(breaker.room('s')).toBe(0);
    now = 60_000;
    expect(breaker.known('s')).toBe(true);
    expect(breaker.room('s')).toBe(Number.POSITIVE_INFINITY);
  });

  test('forgets what is a minute old', () => {
    let now = 0;
    const breaker = createBreaker(() => now);
    for (let n = 0; n < 30; n += 1) {
      now += 7_000;
      expect(breaker.unknown('s')).toBe(false);
    }
  });
});

test('a refused message waits twice as long each time, ± 20 %, never more than five minutes', () => {
  expect(backoffMs(1, () => 0.5)).toBe(2_000);
  expect(backoffMs(3, () => 0)).toBe(6_400);
  expect(backoffMs(3, () => 1)).toBe(9_600);
  expect(backoffMs(30, () => 1)).toBe(300_000);
});
