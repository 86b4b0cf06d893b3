import { describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { breakMail } from '../../src/pipeline/mail-breaker.ts';
import { resumeSequence } from '../../src/pipeline/pause.ts';
import { toDoc } from '../../src/store/collection.ts';
import { nextWarmUpDay, takeWarmUp, warmUpLimit } from '../../src/store/warm-up.ts';
import { monday, someRow } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const clock = new TestClock(monday);
const day = 86_400_000;
const bell = (): void => undefined;

let number = 0;
/** Mails of a sequence that left today: so many that arrived, bounced, were complained of. */
async function mailed(flow: string, counts: { well: number; bounced?: number; complained?: number }) {
  const { well, bounced = 0, complained = 0 } = counts;
  const rows = Array.from({ length: well + bounced + complained }, (_, n) => {
    number += 1;
    const row = someRow('c1', {
      id: `mail-${String(number)}/0`,
      channel: 'email',
      sender: 'email:bonjour@mona.example',
      status: n < bounced ? 'failed' : 'delivered',
      sid: `sid-${String(number)}`,
      createdAt: clock.now(),
      stepKey: `s-${String(number)}`,
    });
    return {
      ...toDoc(row),
      guard: { ...row.guard, flow },
      ...(n < bounced ? { code: 'hard_bounce' } : {}),
      ...(n >= bounced && n < bounced + complained ? { complainedAt: clock.now() } : {}),
    };
  });
  await db.store.outbox.insertMany(rows);
}

const publish = (flow: string) =>
  db.store.flows.insertOne({
    _id: flow,
    kind: 'flow',
    version: 1,
    hash: 'h',
    words: null,
    publishedAt: monday,
  });
const isPaused = async (flow: string): Promise<boolean> =>
  Boolean((await db.store.flows.findOne({ _id: flow }))?.pausedAt);
const look = () => breakMail({ store: db.store, clock, bell, log: silentLog });

describe('the breaker of a sequence', () => {
  test('a few bad mails of a few say nothing; of two hundred they pause it, and the reason is kept', async () => {
    for (const flow of ['welcome', 'upsell', 'spark', 'winback']) await publish(flow);
    await mailed('welcome', { well: 150, bounced: 30 });
    await mailed('upsell', { well: 190, bounced: 10 });
    await mailed('spark', { well: 399, complained: 1 });
    await mailed('winback', { well: 197, bounced: 8, complained: 0 });
    expect(await look()).toEqual({ mailBroken: 2 });
    // 10 of 200 and 1 of 400 are above 4 % and 0.2 %; 8 of 205 is below.
    expect(await Promise.all(['welcome', 'upsell', 'spark', 'winback'].map(isPaused))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(await db.store.audit.findOne({ did: 'sequence_broken', 'detail.flow': 'spark' })).toMatchObject({
      detail: { why: 'complaints', sent: 400, complained: 1 },
    });
  });

  test('after a person let it speak again the count begins anew', async () => {
    await resumeSequence({ store: db.store, clock, bell }, 'upsell');
    clock.advance(60_000);
    expect(await look()).toEqual({ mailBroken: 0 });
    await mailed('upsell', { well: 180, bounced: 20 });
    expect(await look()).toEqual({ mailBroken: 1 });
  });

  test('last month is forgotten', async () => {
    await resumeSequence({ store: db.store, clock, bell }, 'upsell');
    clock.advance(8 * day);
    expect(await look()).toEqual({ mailBroken: 0 });
  });
});

describe('a new domain', () => {
  const take = (isMarketing = true) =>
    takeWarmUp(db.store, 'email:neuf@mona.example', isMarketing, clock.now());

  test('sends fifty mails on its first day, half as many more each day, and is known one day', () => {
    expect([0, 1, 2, 3].map(warmUpLimit)).toEqual([50, 75, 112, 168]);
    expect([17, 18].map(warmUpLimit)).toEqual([49_263, null]);
  });

  test('of a hundred at once fifty leave; answers and service still do', async () => {
    const taken = await Promise.all(Array.from({ length: 100 }, () => take()));
    expect(taken.filter(Boolean)).toHaveLength(50);
    expect(await take(false)).toBe(true);
    expect(nextWarmUpDay(clock.now()).getTime()).toBeGreaterThan(clock.now().getTime());
  });

  test('the next day there are seventy-five', async () => {
    clock.advance(day);
    const taken = await Promise.all(Array.from({ length: 100 }, () => take()));
    expect(taken.filter(Boolean)).toHaveLength(75);
  });

  test('one that has sent for weeks is as old as its first mail', async () => {
    clock.advance(30 * day);
    const sender = 'email:bonjour@mona.example';
    const taken = await Promise.all(
      Array.from({ length: 100 }, () => takeWarmUp(db.store, sender, true, clock.now())),
    );
    expect(taken.every(Boolean)).toBe(true);
  });
});
