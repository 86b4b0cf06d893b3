import { describe, expect, test } from 'vitest';
import type { ConsentDoc } from '../../src/store/consents.ts';
import type { RowDoc } from '../../src/store/outbox.ts';
import type { FaultPlan } from '../../src/sandbox/carrier/faults.ts';
import { watchLedger } from './support/ledger.ts';
import { isOutgoing, rowOf } from './support/carrier.ts';
import { enrol, makeDue, type Artist } from './support/enrol.ts';
import {
  countBy,
  countParked,
  findingsOf,
  judgeSending,
  judgeThreads,
  nothingFound,
  tell,
  wellKept,
} from './support/judge.ts';
import { createKiller } from './support/killer.ts';
import { account, formOf, newSid, postUntilTaken, type Answered, type Text } from './support/post.ts';
import { diceOf, isScaled, sized, seed } from './support/scale.ts';
import { useSquall, type Squall } from './support/squall.ts';
import { until } from './support/until.ts';

/*
 * What goes out, while workers are killed and frozen and the carrier misbehaves: F2, F3, F4, F11 and F17 of
 * reliability.md §10, small; I1 I2 I3 I8 I10 I11 I17.
 */

const house = useSquall({ mps: 40, wantsRedis: true });

const endMs = isScaled ? 1_500_000 : 300_000;

/** Answers that are lost, slow or a no; of many messages no receipt ever tells. */
const weather: FaultPlan['rates'] = {
  '429': 0.03,
  '500-after-accept': 0.015,
  'drop-after-accept': 0.015,
  slow: 0.2,
  'no-status': 0.3,
  'duplicate-status': 0.05,
  'status-before-answer': 0.05,
};

const isNudge = ({ stepKey }: RowDoc): boolean => /j1-sms$/.test(stepKey ?? '');

describe('what goes out', { timeout: 2 * endMs + 120_000 }, () => {
  test('nudges leave at most once each, and none is lost, while workers are killed and frozen', async () => {
    const { squall } = house;
    const { store, carrier } = squall;
    const artists = await enrol(squall, sized(300, 2_000), 'nudge');
    await carrier.setFaults({ seed, rates: weather, ms: { slow: [50, 900] } });
    const killer = createKiller({
      parts: squall.workers,
      dice: diceOf('killer'),
      among: artists.length,
      kills: sized(4, 30),
      freezes: sized(1, 4),
      calls: async () => (await carrier.counters()).calls,
    });
    await makeDue(store, artists);
    const blown = await killer.blowWhile(() => nudgesHaveLeft(squall, artists.length));
    const { faults } = await carrier.counters();
    await carrier.setFaults({ clear: true });
    await comeToRest(squall);
    const sending = await judgeSending(store, carrier, isNudge);
    const runs = await store.runs.countDocuments({
      flow: 'nurturing',
      contactId: { $in: artists.map(({ contactId }) => contactId) },
    });
    const parked = await countParked(store);
    tell('F2 F3 F4 F11 nudges', { nudges: artists.length, ...blown, faults, ...sending, parked });
    expect(blown.kills).toBeGreaterThanOrEqual(sized(4, 30));
    expect(blown.freezes).toBeGreaterThanOrEqual(sized(1, 4));
    expect(totalOf(faults)).toBeGreaterThan(artists.length / 10);
    expect(findingsOf(sending)).toEqual(nothingFound);
    expect(runs).toBe(artists.length);
    // I8: one send a step; a row more only where the carrier said that one is not delivered.
    expect(sending.rows + parked).toBe(artists.length);
    expect(parked).toBeLessThanOrEqual(artists.length / 100);
    expect(await judgeThreads(store)).toEqual(wellKept);
  });

  test('after a STOP nothing more is said, whatever instant it comes at; its confirmation is the last word', async () => {
    const { squall } = house;
    const { store, carrier } = squall;
    const dice = diceOf('F17');
    const artists = await enrol(squall, sized(60, 200), 'stop');
    await carrier.setFaults({
      seed,
      rates: { slow: 0.4, 'duplicate-status': 0.1 },
      ms: { slow: [100, 1_800] },
    });
    const ledger = watchLedger(store);
    const callsBefore = (await carrier.counters()).calls;
    await makeDue(store, artists);
    const stops = dice.shuffle(artists).map((artist): Stop => ({
      artist,
      text: { sid: newSid(), from: artist.phone, body: dice.pick(['STOP', 'stop', 'Stop !', ' STOP']) },
      afterCalls: dice.between(0, artists.length - 1),
    }));
    const answers: Answered[] = [];
    await atCalls(squall, stops, callsBefore, async ({ text }) => {
      answers.push(...(await postUntilTaken(formOf(text), () => squall.door(dice.between(0, 1)))));
    });
    await until('every STOP is committed', () => ledger.size() >= stops.length, endMs, squall.lastWords);
    await comeToRest(squall);
    await carrier.setFaults({ clear: true });
    const commits = await ledger.close();
    const book = (await carrier.book()).filter(isOutgoing);
    const verdicts = stops.map((stop) => weigh(stop, book, commits));
    const sending = await judgeSending(store, carrier);
    const spoken = verdicts.filter(({ nudges }) => nudges > 0).length;
    tell('F17 STOPs', {
      stops: stops.length,
      answers: countBy(answers, ({ status }) => String(status)),
      nudgesBefore: spoken,
      nudgesBlocked: stops.length - spoken,
      longestAfterCommitMs: Math.max(...verdicts.map(({ lastNudgeAfterMs }) => lastNudgeAfterMs)),
      afterStop: verdicts.filter(({ isLate }) => isLate).length,
      confirmations: verdicts.reduce((sum, { confirmations }) => sum + confirmations, 0),
      doubled: sending.doubled.length,
    });
    // A storm must blow: some were just before their nudge, some just after.
    expect(spoken).toBeGreaterThan(0);
    expect(spoken).toBeLessThan(stops.length);
    expect(verdicts.filter(({ isLate }) => isLate)).toEqual([]);
    expect(
      verdicts.filter(({ isConfirmationLast, confirmations }) => !isConfirmationLast || confirmations !== 1),
    ).toEqual([]);
    expect(verdicts.filter(({ provenText, text }) => provenText !== text)).toEqual([]);
    expect(findingsOf(sending)).toEqual(nothingFound);
    expect(await judgeThreads(store)).toEqual(wellKept);
  });
});

const totalOf = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** Wakes are hurried until every artist's nudge has a row that began its way. */
async function nudgesHaveLeft({ store, hurry, lastWords }: Squall, wanted: number): Promise<void> {
  let looks = 0;
  await until(
    'every nudge has left the queue',
    async () => {
      looks += 1;
      if (looks % 20 === 1) await hurry('wake');
      const [rows, parked, queued] = await Promise.all([
        store.outbox.countDocuments({ stepKey: /j1-sms$/ }),
        countParked(store),
        store.outbox.countDocuments({ stepKey: /j1-sms$/, status: 'queued' }),
      ]);
      return rows + parked >= wanted && queued === 0;
    },
    endMs,
    lastWords,
  );
}

/**
 * Until no row is on its way, no arrival waits, and, in the real size, no row is unsure any more: at the gate nobody
 * waits two minutes for a proof of absence, and a row that is `unsure` stands in a coach's list.
 */
async function comeToRest({ store, hurry, lastWords }: Squall): Promise<void> {
  const moving = isScaled ? (['queued', 'sending', 'unsure'] as const) : (['queued', 'sending'] as const);
  let looks = 0;
  let open: object = {};
  await until(
    'all has come to rest',
    async () => {
      looks += 1;
      if (looks % 40 === 1) await hurry('wake', 'sweep', 'reconcile');
      const rows = await store.outbox.countDocuments({ channel: 'sms', status: { $in: [...moving] } });
      const arrivals = await store.arrivals.countDocuments({ state: { $in: ['new', 'shown'] } });
      const due =
        (await store.runs.countDocuments({ open: true, wakeAt: { $lte: new Date() } })) -
        (await countParked(store));
      open = { rows, arrivals, due };
      return rows + arrivals === 0 && due <= 0;
    },
    endMs,
    () => ({ open, ...lastWords() }),
  );
}

interface Stop {
  readonly artist: Artist;
  readonly text: Text;
  /** Sent once the carrier has been called so often. */
  readonly afterCalls: number;
}

/** Milliseconds without a call after which the next STOP is sent all the same: those before it spared the calls. */
const stalledMs = 300;

/** Sends each STOP when the carrier has had its number of calls. */
async function atCalls(
  squall: Squall,
  stops: readonly Stop[],
  from: number,
  send: (stop: Stop) => Promise<void>,
): Promise<void> {
  const waiting = [...stops].sort((one, other) => one.afterCalls - other.afterCalls);
  const sent: Promise<void>[] = [];
  const seen = { looks: 0, calls: 0, at: performance.now() };
  const sendNext = (): void => {
    const next = waiting.shift();
    if (next) sent.push(send(next));
  };
  await until(
    'every STOP is sent',
    async () => {
      seen.looks += 1;
      if (seen.looks % 20 === 1) await squall.hurry('wake');
      const calls = (await squall.carrier.counters()).calls - from;
      while (calls > 0 && (waiting[0]?.afterCalls ?? Infinity) <= calls) sendNext();
      if (calls > 0 && calls === seen.calls && performance.now() - seen.at > stalledMs) sendNext();
      if (calls !== seen.calls) seen.at = performance.now();
      seen.calls = calls;
      return waiting.length === 0;
    },
    endMs,
    () => ({ waiting: waiting.length, ...squall.lastWords() }),
  );
  await Promise.all(sent);
}

/** Claim to wire: what was claimed before the STOP may still begin. */
const claimToWireMs = 2_000;

function weigh(
  { artist, text }: Stop,
  book: Awaited<ReturnType<Squall['carrier']['book']>>,
  commits: ReadonlyMap<string, { readonly at: number; readonly consent: ConsentDoc }>,
) {
  const arrivalId = `twilio:${account.sid}:${text.sid}`;
  const commit = commits.get(arrivalId);
  const own = book.filter((message) => message.to === artist.phone);
  const isConfirmation = (message: (typeof own)[number]): boolean =>
    rowOf(message)?.startsWith(`${arrivalId}/`) ?? false;
  const nudges = own.filter((message) => !isConfirmation(message));
  const afterMs = nudges.map(({ calledAt }) => calledAt - (commit?.at ?? 0));
  return {
    phone: artist.phone,
    text: text.body,
    provenText: commit?.consent.evidence['text'],
    nudges: nudges.length,
    confirmations: own.length - nudges.length,
    lastNudgeAfterMs: Math.max(-claimToWireMs, ...afterMs),
    isLate: afterMs.some((ms) => ms > claimToWireMs),
    isConfirmationLast: own.at(-1) !== undefined && isConfirmation(own.at(-1) as (typeof own)[number]),
  };
}
