import { MongoClient } from 'mongodb';
import { describe, expect, inject, test } from 'vitest';
import type { Store } from '../../src/store/connect.ts';
import { isOutgoing, rowOf } from './support/carrier.ts';
import {
  judgeThreads,
  notByReceipt,
  outOfOrder,
  tell,
  wellKept,
  countBy,
  countParked,
  type Delivered,
} from './support/judge.ts';
import { createKiller } from './support/killer.ts';
import { account, formOf, newSid, post, postUntilTaken, type Answered, type Text } from './support/post.ts';
import { diceOf, sized } from './support/scale.ts';
import { useSquall, type Squall } from './support/squall.ts';
import { until } from './support/until.ts';

/*
 * What comes in, at two doors of the real product: F1, F8 and F19 of reliability.md §10, small; I4 I5 I6.
 */

const house = useSquall({ mps: 200 });

const movedMs = 300_000;

const arrivalIdOf = ({ sid }: Pick<Text, 'sid'>): string => `twilio:${account.sid}:${sid}`;
let numbers = 0;
/** A phone nobody knows yet, from the range kept for fiction, then on. */
const newPhone = (): string => `+33639${String(990_000 + (numbers += 1)).padStart(6, '0')}`;

const left = (store: Store): Promise<number> =>
  store.arrivals.countDocuments({ state: { $in: ['new', 'shown'] } });

async function allMoved({ store, lastWords }: Squall): Promise<void> {
  await until('every arrival is moved', async () => (await left(store)) === 0, movedMs, lastWords);
}

/** Rows that still have a way to go. */
async function allSent({ store, lastWords }: Squall): Promise<void> {
  const open = { status: { $in: ['queued' as const, 'sending' as const] }, channel: 'sms' as const };
  await until(
    'every row is sent',
    async () => (await store.outbox.countDocuments(open)) === 0,
    movedMs,
    lastWords,
  );
}

const statuses = (answers: readonly Answered[]): Record<string, number> =>
  countBy(answers, ({ status }) => String(status));

describe('what comes in', { timeout: 3 * movedMs }, () => {
  test('one text posted fifty times at once is one arrival, one item and one answer', async () => {
    const { squall } = house;
    const text: Text = { sid: newSid(), from: newPhone(), body: 'AIDE' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, copy) => post(formOf(text), squall.door(copy))),
    );
    await allMoved(squall);
    await allSent(squall);
    expect(statuses(answers)).toEqual({ 200: 50 });
    const { store, carrier } = squall;
    expect(await store.arrivals.countDocuments({ 'inbound.sid': text.sid } as object)).toBe(1);
    expect(await store.items.countDocuments({ kind: 'in', arrivalId: arrivalIdOf(text) })).toBe(1);
    expect(await store.addresses.countDocuments({ value: text.from, channel: 'sms' })).toBe(1);
    const replies = (await carrier.book()).filter(
      (message) => isOutgoing(message) && message.to === text.from,
    );
    expect(replies.map(rowOf)).toEqual([`${arrivalIdOf(text)}/1`]);
    expect(await judgeThreads(store)).toEqual(wellKept);
    tell('F1 the same text', { posts: answers.length, answers: statuses(answers), replies: replies.length });
  });

  test('texts that come doubled and in any order over two doors are each moved once, in order, without a hole', async () => {
    const { squall } = house;
    const dice = diceOf('F19');
    const phones = Array.from({ length: sized(40, 200) }, newPhone);
    const texts = phones.flatMap((from) =>
      Array.from({ length: sized(10, 20) }, (_, n): Text => ({
        sid: newSid(),
        from,
        body: `la prise ${String(n + 1)}`,
      })),
    );
    const copies = dice.shuffle(
      texts.flatMap((text) => Array.from({ length: dice.between(1, 3) }, () => text)),
    );
    const doors = copies.map(() => dice.between(0, 1));
    const answers = new Map<string, Answered[]>();
    await inLanes(32, copies, async (text, place) => {
      const got = await postUntilTaken(formOf(text), (tries) => squall.door((doors[place] ?? 0) + tries));
      answers.set(text.sid, [...(answers.get(text.sid) ?? []), ...got]);
    });
    await allMoved(squall);
    const delivered = texts.map((text): Delivered => ({
      arrivalId: arrivalIdOf(text),
      contact: text.from,
      answers: answers.get(text.sid) ?? [],
    }));
    expect(await judgeThreads(squall.store)).toEqual(wellKept);
    expect(await outOfOrder(squall.store, delivered)).toEqual([]);
    const ours = new Set(texts.map(arrivalIdOf));
    const stored = await squall.store.arrivals.find({}, { projection: { _id: 1 } }).toArray();
    expect(stored.filter(({ _id }) => ours.has(_id))).toHaveLength(texts.length);
    tell('F19 doubled and shuffled', {
      contacts: phones.length,
      texts: texts.length,
      posts: copies.length,
      answers: statuses([...answers.values()].flat()),
      outOfOrder: 0,
      writtenTogether: await notByReceipt(squall.store),
    });
  });

  test('a text that was answered 200 is there, whatever door was killed and whatever write failed', async () => {
    const { squall } = house;
    const dice = diceOf('F1');
    const texts = Array.from({ length: sized(240, 2_400) }, (): Text => ({
      sid: newSid(),
      from: newPhone(),
      body: 'AIDE',
    }));
    const answers = new Map<string, readonly Answered[]>();
    const killer = createKiller({
      parts: squall.webs,
      dice,
      among: texts.length,
      kills: sized(3, 30),
      freezes: 0,
      calls: () => Promise.resolve(answers.size),
    });
    const refusedInserts = await withFailPoint(
      { failCommands: ['insert'], errorCode: 8, errorLabels: [] },
      async () => {
        await killer.blowWhile(() =>
          inLanes(24, texts, async (text) => {
            const first = dice.between(0, 1);
            answers.set(
              text.sid,
              await postUntilTaken(formOf(text), (tries) => squall.door(first + tries), 600),
            );
          }),
        );
      },
    );
    const taken = texts.filter(({ sid }) => answers.get(sid)?.some(({ status }) => status === 200));
    const stored = new Set(
      (await squall.store.arrivals.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
    );
    const lost = taken.filter((text) => !stored.has(arrivalIdOf(text)));
    const all = [...answers.values()].flat();
    await squall.hurry('sweep');
    await allMovedUnder(squall);
    const parked = await countParked(squall.store);
    tell('F1 doors killed', {
      texts: texts.length,
      posts: all.length,
      answers: statuses(all),
      kills: sized(3, 30),
      refusedInserts,
      lost: lost.length,
      parked,
    });
    expect(lost).toEqual([]);
    expect(taken).toHaveLength(texts.length);
    expect(refusedInserts).toBeGreaterThan(0);
    expect(parked).toBeLessThanOrEqual(texts.length / 100);
    await allSent(squall);
    expect(await judgeThreads(squall.store)).toEqual(wellKept);
  });

  test('a commit whose result nobody knows leaves everything or nothing', async () => {
    const { squall } = house;
    const dice = diceOf('F8');
    const texts = Array.from({ length: sized(100, 1_000) }, (): Text => ({
      sid: newSid(),
      from: newPhone(),
      body: dice.pick(['STOP', 'AIDE', 'une question sur mon compte', 'merci']),
    }));
    const broken = commitFaults.map((fault) => ({ fault, texts: [] as Text[] }));
    for (const text of texts) dice.pick(broken).texts.push(text);
    const answers: Answered[] = [];
    let failedCommits = 0;
    for (const { fault, texts: some } of broken) {
      failedCommits += await withFailPoint({ failCommands: ['commitTransaction'], ...fault }, async () => {
        await inLanes(16, some, async (text) => {
          answers.push(...(await postUntilTaken(formOf(text), () => squall.door(dice.between(0, 1)))));
        });
        await squall.hurry('sweep');
        await allMovedUnder(squall);
      });
    }
    await allMoved(squall);
    await allSent(squall);
    // A storm must blow.
    expect(failedCommits).toBeGreaterThanOrEqual(sized(3, 30));
    expect(await judgeThreads(squall.store)).toEqual(wellKept);
    const stops = texts.filter(({ body }) => body === 'STOP');
    const proofs = await squall.store.consents.find({ action: 'withdrawn' }).toArray();
    const proven = proofs
      .map(({ evidence }) => evidence['arrivalId'])
      .filter((id) => stops.some((stop) => arrivalIdOf(stop) === id));
    expect(new Set(proven).size).toBe(stops.length);
    expect(new Set(proofs.map(({ contactId, channel }) => `${contactId}:${channel}`)).size).toBe(
      proofs.length,
    );
    tell('F8 commits that fail', {
      texts: texts.length,
      stops: stops.length,
      answers: statuses(answers),
      failedCommits,
    });
  });

  test('a post that the carrier did not sign writes nothing, also under load', async () => {
    const { squall } = house;
    const dice = diceOf('forged');
    const before = await writtenSoFar(squall.store);
    const genuine = Array.from({ length: sized(40, 400) }, (): Text => ({
      sid: newSid(),
      from: newPhone(),
      body: 'AIDE',
    }));
    const forged = Array.from({ length: sized(120, 1_200) }, (): Text => ({
      sid: newSid(),
      from: newPhone(),
      body: 'STOP',
    }));
    const posts = dice.shuffle([
      ...genuine.map((text) => ({ text, signature: undefined })),
      ...forged.map((text) => ({ text, signature: dice.pick([null, '', 'bm90IHRoZSBzaWduYXR1cmU=']) })),
    ]);
    const answers = new Map<string, Answered>();
    await inLanes(32, posts, async ({ text, signature }, place) => {
      answers.set(
        text.sid,
        await post(formOf(text), {
          ...squall.door(place),
          ...(signature === undefined ? {} : { signature }),
        }),
      );
    });
    const stolen = await postAltered(squall, genuine);
    const receipts = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        post(
          { MessageSid: newSid(), MessageStatus: 'failed', ErrorCode: '21610' },
          {
            ...squall.door(n),
            path: `/webhooks/twilio/status?o=${encodeURIComponent(`${arrivalIdOf(genuine[n % genuine.length] ?? { sid: '' })}/1`)}&a=1`,
            signature: 'bm90IHRoZSBzaWduYXR1cmU=',
          },
        ),
      ),
    );
    await allMoved(squall);
    await allSent(squall);
    const answersOf = (texts: readonly Text[]) =>
      statuses(texts.flatMap(({ sid }) => answers.get(sid) ?? []));
    expect(answersOf(genuine)).toEqual({ 200: genuine.length });
    expect(answersOf(forged)).toEqual({ 403: forged.length });
    expect(statuses(stolen)).toEqual({ 403: stolen.length });
    expect(statuses(receipts)).toEqual({ 403: receipts.length });
    const after = await writtenSoFar(squall.store);
    expect(after.arrivals - before.arrivals).toBe(genuine.length);
    expect(after.contacts - before.contacts).toBe(genuine.length);
    expect(after.consents).toBe(before.consents);
    expect(await squall.store.outbox.countDocuments({ code: '21610' })).toBe(0);
    expect(await judgeThreads(squall.store)).toEqual(wellKept);
    tell('forged', {
      genuine: genuine.length,
      forged: forged.length + stolen.length + receipts.length,
      accepted: 0,
    });
  });
});

/** A genuine signature under other words. */
async function postAltered(squall: Squall, genuine: readonly Text[]): Promise<Answered[]> {
  const { sign } = await import('../../src/sandbox/carrier/webhook.ts');
  return Promise.all(
    genuine.slice(0, 20).map((text, place) => {
      const signature = sign(account.token, `${squall.publicUrl}/webhooks/twilio/inbound`, formOf(text));
      return post(formOf({ ...text, sid: newSid(), body: 'STOP' }), { ...squall.door(place), signature });
    }),
  );
}

async function writtenSoFar(store: Store) {
  const [arrivals, contacts, consents] = await Promise.all([
    store.arrivals.countDocuments({ kind: 'inbound' }),
    store.contacts.countDocuments(),
    store.consents.countDocuments(),
  ]);
  return { arrivals, contacts, consents };
}

/** So many at a time, in the order given. */
async function inLanes<T>(
  lanes: number,
  some: readonly T[],
  work: (one: T, place: number) => Promise<void>,
): Promise<void> {
  const entries = some.entries();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const [place, one] of entries) await work(one, place);
    }),
  );
}

/** While commits fail, what waits is looked at again without waiting for the minute. */
async function allMovedUnder(squall: Squall): Promise<void> {
  let looks = 0;
  await until(
    'every arrival is moved while commits fail',
    async () => {
      looks += 1;
      if (looks % 40 === 0) await squall.hurry('sweep');
      return (await left(squall.store)) === 0;
    },
    movedMs,
    squall.lastWords,
  );
}

/** Before it was done, done and unsaid, refused for a neighbour's write: one in twenty each. */
const commitFaults = [
  { closeConnection: true },
  { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
  { errorCode: 112, errorLabels: ['TransientTransactionError'] },
] as const;

/** Runs while one such command of the product in twenty fails so; answers how many did. */
async function withFailPoint(fault: object, work: () => Promise<void>): Promise<number> {
  const client = await MongoClient.connect(inject('mongoUri'), { appName: 'judge' });
  const admin = client.db('admin');
  const set = async (mode: unknown, data?: object): Promise<number> => {
    const before = await admin.command({
      configureFailPoint: 'failCommand',
      mode,
      ...(data ? { data } : {}),
    });
    return Number(before['count'] ?? 0);
  };
  try {
    const before = await set({ activationProbability: 0.05 }, { appName: 'mona', ...fault });
    await work();
    return (await set('off')) - before;
  } finally {
    await set('off');
    await client.close();
  }
}
