import { openTalk, settled } from './failover.ts';
import type { Nodes } from './nodes.ts';
import { createTally, tooCalm, type Outcome } from './outcome.ts';
import { sized } from './scale.ts';
import type { Squall } from './squall.ts';
import { pause, until } from './until.ts';
import { openWindow, signIn } from './window.ts';

/*
 * F23: a coach's window after its process was killed, after more news than are kept, after the history of changes rolled over,
 * after a long cut. It has every item once, in order, whenever all is quiet.
 */

/** More than a process keeps (src/reports/live.ts). */
const flood = 10_500;
const perBatch = 500;
const paddingMb = 160;
const patienceMs = 60_000;

export async function cutStreams(squall: Squall, nodes: Nodes): Promise<Outcome> {
  const { webs, store } = squall;
  const tally = createTally();
  const violations: string[] = [];
  const figures: Record<string, unknown> = {};
  const talk = await openTalk(squall, 'F23');
  const desk = await signIn(squall, 'nina');
  const [window, other] = [openWindow(squall, desk, talk.threads), openWindow(squall, desk, talk.threads)];
  const check = async (what: string, isTold: boolean, before: number): Promise<void> => {
    violations.push(...(await settled(window)).map((lack) => `${what}: ${lack}`));
    figures[what] = { resyncs: window.resyncs - before };
    if (isTold && window.resyncs === before)
      violations.push(`${what}: the window was not told to read again`);
  };
  await window.open(0);
  await talk.round();
  await check('calm', false, window.resyncs);

  let before = window.resyncs;
  webs[0]?.child.signal('SIGKILL');
  tally.count('processesKilled');
  await talk.round();
  await window.open(1);
  await talk.round();
  await check('its process killed', true, before);
  await webs[0]?.restart();

  // Another window keeps the process listening while this one is away.
  await other.open(1);
  before = window.resyncs;
  await window.cut();
  await talk.round();
  tally.count('newsMissed', await overflow(squall));
  await talk.round();
  violations.push(...(await settled(other)).map((lack) => `beside the overflow: ${lack}`));
  await window.open(1);
  await check('the ring overflowed', true, before);

  before = window.resyncs;
  webs[1]?.child.signal('SIGSTOP');
  await talk.round();
  const rolled = await rollOver(nodes, store.connection.name);
  tally.count('megabytesOfHistory', paddingMb);
  if (!rolled) violations.push('too calm: the history of changes did not roll over');
  webs[1]?.child.signal('SIGCONT');
  await check('the history rolled over', true, before);

  before = window.resyncs;
  const cutMs = sized(20, 600) * 1_000;
  await window.cut();
  await talk.round();
  await pause(cutMs);
  await talk.round();
  tally.count('secondsCut', cutMs / 1_000);
  await window.open(1);
  await check('a long cut', false, before);

  await Promise.all([window.cut(), other.cut()]);
  return {
    injected: tally.counts,
    operations: {
      texts: talk.delivered.length,
      threads: talk.threads.length,
      items: await shownOf(squall, talk.threads),
    },
    violations: [...violations, ...tooCalm(tally.counts, { newsMissed: flood })],
    figures,
  };
}

const shownOf = ({ store }: Squall, threads: readonly string[]): Promise<number> =>
  store.items.countDocuments({ contactId: { $in: [...threads] } });

/** News of a thread that nobody looks at. */
async function overflow({ store }: Squall): Promise<number> {
  const nobody = 'nobody';
  await store.threads.insertOne({ _id: nobody } as never);
  for (let told = 0; told < flood; told += perBatch)
    await store.threads.bulkWrite(
      Array.from({ length: perBatch }, (_, n) => ({
        updateOne: { filter: { _id: nobody }, update: { $set: { seen: told + n } } as never },
      })),
    );
  await store.threads.deleteOne({ _id: nobody });
  return flood;
}

/** Writes more than the history holds; true once what was its oldest entry is gone. */
async function rollOver(nodes: Nodes, dbName: string): Promise<boolean> {
  const place = await nodes.primary();
  const client = await nodes.direct(place);
  const history = client.db('local').collection('oplog.rs');
  const newest = await history.find().sort({ $natural: -1 }).limit(1).next();
  const padding = client.db(dbName).collection('padding');
  const fat = Array.from({ length: 1_000 }, () => Math.random().toString(36))
    .join('')
    .repeat(70);
  for (let mb = 0; mb < paddingMb; mb += 1) await padding.insertOne({ fat });
  return until(
    'the history has rolled over',
    async () => {
      // What a restart would need is kept until the next checkpoint, and taken away by the next write.
      await client.db('admin').command({ fsync: 1 });
      await padding.insertOne({ fat });
      await pause(500);
      const oldest = await history.find().sort({ $natural: 1 }).limit(1).next();
      return Boolean(oldest && newest && oldest['ts'].greaterThan(newest['ts']));
    },
    patienceMs,
  ).catch(() => false);
}
