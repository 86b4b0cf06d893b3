import { MongoClient } from 'mongodb';
import type { FaultPlan } from '../../../src/sandbox/carrier/faults.ts';
import { watchLedger } from './ledger.ts';
import { isOutgoing, rowOf } from './carrier.ts';
import { enrol, makeDue, type Artist } from './enrol.ts';
import { countParked, findingsOf, judgeSending, judgeThreads, outOfOrder, type Delivered } from './judge.ts';
import { account, formOf, newSid, postUntilTaken, type Text } from './post.ts';
import { diceOf, type Dice } from './scale.ts';
import type { Part, Squall } from './squall.ts';
import { pause, until } from './until.ts';

/*
 * The storm: everything at random together, on the real product, for so many minutes: processes killed and frozen, the
 * database stepping down and failing commits, every fault of the carrier, STOPs at any instant. Then it heals, and is judged.
 */

export interface Storm {
  readonly injected: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  /** One line each; none in a run that went well. */
  readonly violations: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
}

const weather: FaultPlan['rates'] = {
  '429': 0.04,
  '500-before-accept': 0.02,
  '500-after-accept': 0.03,
  'drop-after-accept': 0.03,
  'hang-after-accept': 0.01,
  slow: 0.15,
  'no-status': 0.2,
  'duplicate-status': 0.1,
  'late-status': 0.1,
  'status-before-answer': 0.05,
};

const batch = 60;
const frozenMs = 20_000;
const restMs = 600_000;
/** A sender that paused is asked again within it. */
const heldMs = 90_000;
const claimToWireMs = 2_000;

const commitFaults = [
  { closeConnection: true },
  { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
  { errorCode: 112, errorLabels: ['TransientTransactionError'] },
] as const;

export async function blow(squall: Squall, mongoUri: string, minutes: number): Promise<Storm> {
  const { store, carrier } = squall;
  const dice = diceOf('storm');
  const injected: Record<string, number> = {};
  const count = (what: string, by = 1): void => {
    injected[what] = (injected[what] ?? 0) + by;
  };
  const endsAt = performance.now() + minutes * 60_000;
  const isOver = (): boolean => performance.now() > endsAt;
  const delivered: Delivered[] = [];
  const stops: { readonly artist: Artist; readonly text: Text }[] = [];
  const artists: Artist[] = [];
  const ledger = watchLedger(store);

  const say = async (artist: Artist, body: string): Promise<Text> => {
    const text: Text = { sid: newSid(), from: artist.phone, body };
    const first = dice.between(0, 1);
    const copies = dice.next() < 0.3 ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: copies }, (_, copy) =>
        postUntilTaken(formOf(text), (tries) => squall.door(first + copy + tries), 600),
      ),
    );
    delivered.push({ arrivalId: arrivalIdOf(text), contact: artist.phone, answers: answers.flat() });
    count('posts', answers.flat().length);
    return text;
  };

  /** People come, are written to, answer, and stop it, until the time is over. */
  async function traffic(): Promise<void> {
    for (let round = 0; !isOver(); round += 1) {
      const some = await enrol(squall, batch, `storm-${String(round)}`);
      artists.push(...some);
      await makeDue(store, some);
      await squall.hurry('wake');
      const speaking = dice.shuffle(some).map(async (artist, place) => {
        await pause(dice.between(0, 15_000));
        if (place % 3 === 0) {
          const text: Text = { sid: newSid(), from: artist.phone, body: 'STOP' };
          stops.push({ artist, text });
          const answers = await postUntilTaken(formOf(text), (tries) => squall.door(place + tries), 600);
          delivered.push({ arrivalId: arrivalIdOf(text), contact: artist.phone, answers });
        } else if (place % 3 === 1) {
          await say(artist, dice.pick(['oui', 'merci', 'HELP', 'la prise 1']));
          await say(artist, dice.pick(['non', 'AIDE', 'ok', 'la prise 2']));
        }
      });
      await Promise.all([...speaking, squall.hurry('wake', 'sweep', 'reconcile')]);
      count('stops', Math.ceil(some.length / 3));
    }
  }

  const client = await MongoClient.connect(mongoUri, { appName: 'judge' });
  const admin = client.db('admin');
  const blows = [
    strikeParts(squall.workers, dice, isOver, count),
    strikeParts(squall.webs, dice, isOver, count),
    failDatabase(admin, dice, isOver, count),
  ];
  await carrier.setFaults({
    seed: dice.between(1, 1e9),
    rates: weather,
    ms: { slow: [50, 1_500], 'late-status': [1_000, 15_000] },
  });
  try {
    await Promise.all([traffic(), ...blows]);
  } finally {
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' }).catch(() => undefined);
    await client.close();
  }
  const { calls, accepted, callbacks, faults } = await carrier.counters();
  await carrier.setFaults({ clear: true });
  await comeToRest(squall);
  const commits = await ledger.close();

  const sending = await judgeSending(store, carrier);
  const threads = await judgeThreads(store);
  const late = await afterStops(squall, stops, commits);
  const disordered = await outOfOrder(store, delivered);
  const lost = await lostOf(squall, delivered);
  const violations = [
    // Nothing that is due is left, or it had not come to rest: what still waits is held for later, with its reason.
    ...Object.entries({ ...findingsOf(sending), unfinished: [] as readonly string[], ...threads }).flatMap(
      ([what, ids]) => ids.map((id) => `${what}: ${id}`),
    ),
    ...late.map((what) => `after STOP: ${what}`),
    ...disordered.map((what) => `out of order: ${what}`),
    ...lost.map((what) => `lost: ${what}`),
    ...tooCalm(injected, minutes),
  ];
  return {
    injected: { ...injected, ...faults },
    operations: {
      calls,
      accepted,
      callbacks,
      texts: delivered.length,
      rows: sending.rows,
      artists: artists.length,
    },
    violations,
    figures: {
      lost: lost.length,
      doubled: sending.doubled.length,
      outOfOrder: disordered.length,
      afterStop: late.length,
      settled: sending.settled,
      byStatus: sending.byStatus,
      parked: await countParked(store),
    },
  };
}

const arrivalIdOf = ({ sid }: Pick<Text, 'sid'>): string => `twilio:${account.sid}:${sid}`;

type Count = (what: string, by?: number) => void;

/** One of these parts is killed or frozen every few seconds, and stands again. */
async function strikeParts(
  parts: readonly Part[],
  dice: Dice,
  isOver: () => boolean,
  count: Count,
): Promise<void> {
  while (!isOver()) {
    await pause(dice.between(1_500, 6_000));
    const part = dice.pick(parts);
    if (dice.next() < 0.12) {
      count('stalls');
      part.child.signal('SIGSTOP');
      await pause(frozenMs);
      part.child.signal('SIGCONT');
    } else {
      count('kills');
      part.child.signal('SIGKILL');
      await part.child.ended;
      await part.restart();
    }
  }
}

/** In bursts: commits of which nobody hears, and a primary that steps down. */
async function failDatabase(
  admin: ReturnType<MongoClient['db']>,
  dice: Dice,
  isOver: () => boolean,
  count: Count,
): Promise<void> {
  while (!isOver()) {
    await pause(dice.between(4_000, 12_000));
    if (dice.next() < 0.35) {
      count('failovers');
      // The only node steps down, is no primary for seconds, and is elected again.
      await admin.command({ replSetStepDown: 3, force: true }).catch(() => undefined);
      continue;
    }
    const data = { appName: 'mona', failCommands: ['commitTransaction'], ...dice.pick(commitFaults) };
    await admin
      .command({ configureFailPoint: 'failCommand', mode: { activationProbability: 0.05 }, data })
      .catch(() => undefined);
    await pause(dice.between(3_000, 8_000));
    const off = await admin
      .command({ configureFailPoint: 'failCommand', mode: 'off' })
      .catch(() => ({ count: 0 }) as { readonly count?: unknown });
    count('commitFaults', Number(off['count'] ?? 0));
  }
}

async function comeToRest({ store, hurry, lastWords }: Squall): Promise<void> {
  let looks = 0;
  let open: object = {};
  await until(
    'all has come to rest',
    async () => {
      looks += 1;
      if (looks % 60 === 1) await hurry('wake', 'sweep', 'reconcile');
      const rows = await store.outbox.countDocuments({
        channel: 'sms',
        $or: [
          { status: 'sending' },
          // What a breaker holds is near; what the guard holds for hours (an open conversation) is at rest.
          { status: 'queued', notBefore: { $lte: new Date(Date.now() + heldMs) } },
          { status: 'unsure', class: { $ne: 'marketing' } },
        ],
      });
      const arrivals = await store.arrivals.countDocuments({ state: { $in: ['new', 'shown'] } });
      open = { rows, arrivals };
      return rows + arrivals === 0;
    },
    restMs,
    () => ({ open, ...lastWords() }),
  );
}

/** What began later than a STOP's commit allows, and STOPs whose confirmation was not the last word. */
async function afterStops(
  { carrier }: Squall,
  stops: readonly { readonly artist: Artist; readonly text: Text }[],
  commits: ReadonlyMap<string, { readonly at: number }>,
): Promise<string[]> {
  const book = (await carrier.book()).filter(isOutgoing);
  return stops.flatMap(({ artist, text }) => {
    const arrivalId = arrivalIdOf(text);
    const commit = commits.get(arrivalId);
    if (!commit) return [];
    return book
      .filter(({ to }) => to === artist.phone)
      .filter((message) => !(rowOf(message)?.startsWith(`${arrivalId}/`) ?? false))
      .filter(({ calledAt }) => calledAt > commit.at + claimToWireMs)
      .map((message) => `${rowOf(message) ?? message.sid} ${String(message.calledAt - commit.at)} ms`);
  });
}

/** Texts that were answered 200 and are nowhere. */
async function lostOf({ store }: Squall, delivered: readonly Delivered[]): Promise<string[]> {
  const stored = new Set(
    (await store.arrivals.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
  );
  return delivered
    .filter(({ answers }) => answers.some(({ status }) => status === 200))
    .filter(({ arrivalId }) => !stored.has(arrivalId))
    .map(({ arrivalId }) => arrivalId);
}

/** A storm must blow: what each minute has at least. */
const aMinute: Readonly<Record<string, number>> = { kills: 3, stalls: 0.2, failovers: 0.8, stops: 10 };

const tooCalm = (injected: Readonly<Record<string, number>>, minutes: number): string[] =>
  Object.entries(aMinute).flatMap(([what, least]) =>
    (injected[what] ?? 0) >= Math.floor(least * minutes)
      ? []
      : [`too calm: ${String(injected[what] ?? 0)} ${what} in ${String(minutes)} min`],
  );
