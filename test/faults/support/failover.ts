import { watchLedger } from './ledger.ts';
import type { Nodes } from './nodes.ts';
import { createTally, tooCalm, type Outcome } from './outcome.ts';
import { diceOf } from './scale.ts';
import type { Squall } from './squall.ts';
import { arrivalIdOf, createTraffic } from './traffic.ts';
import { pause, until } from './until.ts';
import { answersOf, comeToRest, lostOf, slowest, verdictOf } from './verdict.ts';
import { openWindow, signIn } from './window.ts';
import { formOf, newSid, post, postUntilTaken, type Answered } from './post.ts';
import type { Delivered } from './judge.ts';

/*
 * Three nodes: the one that takes writes is killed again and again (F6); two of three fall silent (F9).
 */

const everyMs = 20_000;
const downMs = 5_000;
/** A new primary stands by then. */
const mostGapMs = 4_000;
/** The carrier gives up then. */
const mostAnswerMs = 15_000;
const watched = 12;
const settleMs = 30_000;

/** F6: kill -9 the primary every 20 s, so often, under load and before the eyes of a coach. */
export async function killPrimaries(squall: Squall, nodes: Nodes, times: number): Promise<Outcome> {
  const { store, webs } = squall;
  const dice = diceOf('F6');
  const tally = createTally();
  let isOver = false;
  const traffic = createTraffic({
    squall,
    dice,
    tally,
    isOver: () => isOver,
    batch: 40,
    spreadMs: 8_000,
  });
  const ledger = watchLedger(store);
  const talk = await openTalk(squall, 'F6');
  const window = openWindow(squall, await signIn(squall, 'nina'), talk.threads);
  await window.open(webs.length - 1);
  const gaps: number[] = [];
  const talking = talk.goOn(() => isOver);
  const people = traffic.run(0);
  for (let kill = 0; kill < times; kill += 1) {
    const beganMs = performance.now();
    const place = await nodes.primary();
    await nodes.kill(place);
    const killedMs = performance.now();
    tally.count('primariesKilled');
    await nodes.primary();
    gaps.push(Math.round(performance.now() - killedMs));
    await pause(downMs);
    nodes.start(place);
    await pause(Math.max(0, everyMs - (performance.now() - beganMs)));
  }
  isOver = true;
  await Promise.all([people, talking]);
  await comeToRest(squall);
  const verdict = await verdictOf(
    squall,
    { ...traffic, delivered: [...traffic.delivered, ...talk.delivered] },
    await ledger.close(),
  );
  const lacks = await settled(window);
  await window.cut();
  const answers = [...traffic.delivered, ...talk.delivered].flatMap((one) => one.answers);
  const late = answers.filter(({ beganAt, endedAt }) => endedAt - beganAt > mostAnswerMs + 500);
  return {
    injected: tally.counts,
    operations: verdict.operations,
    violations: [
      ...verdict.violations,
      ...lacks.map((what) => `window: ${what}`),
      ...late.map(({ beganAt, endedAt }) => `a webhook waited ${String(endedAt - beganAt)} ms`),
      ...gaps.filter((ms) => ms > mostGapMs).map((ms) => `no primary for ${String(ms)} ms`),
      ...tooCalm(tally.counts, { primariesKilled: times, stops: times }),
    ],
    figures: { ...verdict.figures, gapsMs: gaps, resyncs: window.resyncs, watched: talk.threads.length },
  };
}

/** A window may be a moment behind; never for good. */
export async function settled(window: ReturnType<typeof openWindow>): Promise<string[]> {
  let lacks: string[] = [];
  await until(
    'the window is up to date',
    async () => {
      lacks = await window.lacks();
      return lacks.length === 0;
    },
    settleMs,
  ).catch(() => undefined);
  return lacks;
}

/** Some people a coach looks at, who write one text after the other. */
export async function openTalk(squall: Squall, name: string) {
  const dice = diceOf(name);
  const phones = Array.from({ length: watched }, (_, n) => `+33639${String(970_000 + n)}`);
  const delivered: Delivered[] = [];
  const say = async (phone: string): Promise<void> => {
    const text = { sid: newSid(), from: phone, body: dice.pick(['HELP', 'une question', 'merci', 'oui']) };
    const answers = await postUntilTaken(formOf(text), (tries) => squall.door(tries), 600);
    delivered.push({ arrivalId: arrivalIdOf(text), contact: phone, answers });
  };
  await Promise.all(phones.map(say));
  const ids = delivered.map(({ arrivalId }) => arrivalId);
  const threads = await until(
    'each has a thread',
    async () => {
      const found = await squall.store.arrivals.find({ _id: { $in: ids }, state: 'moved' }).toArray();
      return found.length === ids.length ? found.flatMap(({ contactId }) => contactId ?? []) : null;
    },
    120_000,
    squall.lastWords,
  );
  return {
    threads,
    delivered,
    /** One text of each. */
    round: () => Promise.all(phones.map(say)).then(() => undefined),
    async goOn(isOver: () => boolean): Promise<void> {
      while (!isOver()) {
        await say(dice.pick(phones));
        await pause(200);
      }
    },
  };
}

const silentMs = 30_000;
const mostPadded = 300;
const lanes = 6;

/** F9: two of three nodes frozen for half a minute, writes that only the third has, its death, the thaw. */
export async function loseMajority(squall: Squall, nodes: Nodes): Promise<Outcome> {
  const dice = diceOf('F9');
  const tally = createTally();
  const delivered: Delivered[] = [];
  const during: Answered[] = [];
  let isOver = false;
  let isSilent = false;
  const lane = async (number: number): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const from = `+33639${String(960_000 + (n % 50) * lanes + number)}`;
      const text = { sid: newSid(), from, body: dice.pick(['AIDE', 'STOP', 'merci']) };
      const wasSilent = isSilent;
      const answer = await post(formOf(text), squall.door(n));
      if (wasSilent && isSilent) during.push(answer);
      delivered.push({ arrivalId: arrivalIdOf(text), contact: from, answers: [answer] });
      await pause(100);
    }
  };
  const posting = Array.from({ length: lanes }, (_, number) => lane(number));
  await pause(5_000);
  const alone = await nodes.primary();
  for (const place of nodes.places.filter((one) => one !== alone)) {
    nodes.freeze(place);
    tally.count('frozenNodes');
  }
  isSilent = true;
  const padded = await writeAlone(nodes, alone, squall.store.connection.name);
  tally.count('writesOfOneNode', padded.length);
  await pause(silentMs);
  isSilent = false;
  await nodes.kill(alone);
  tally.count('primariesKilled');
  for (const place of nodes.places.filter((one) => one !== alone)) nodes.thaw(place);
  await nodes.primary();
  nodes.start(alone);
  await pause(10_000);
  isOver = true;
  await Promise.all(posting);
  await squall.hurry('sweep');
  await comeToRest(squall);
  const lost = await lostOf(squall, delivered);
  const gone = padded.length - (await squall.store.connection.collection('padding').countDocuments());
  const answers = delivered.flatMap((one) => one.answers);
  const believed = during.filter(({ status }) => status === 200);
  return {
    injected: tally.counts,
    operations: { webhooks: answers.length, taken: answers.filter(({ status }) => status === 200).length },
    violations: [
      ...lost.map((what) => `lost: ${what}`),
      ...believed.map(() => 'answered 200 without a majority'),
      ...(gone > 0 ? [] : ['too calm: what one node alone had was not rolled back']),
      ...(answersOf(during)['500'] ? [] : ['too calm: no webhook said 500']),
    ],
    figures: {
      lost: lost.length,
      rolledBack: gone,
      whileSilent: answersOf(during),
      answers: answersOf(answers),
      webhookMs: slowest(answers),
    },
  };
}

/** Fat documents that one node alone acknowledges: gone when it is no primary any more. */
async function writeAlone(nodes: Nodes, place: number, dbName: string): Promise<readonly string[]> {
  const padding = (await nodes.direct(place))
    .db(dbName)
    .collection<{ _id: string; fat: string }>('padding', { writeConcern: { w: 1 } });
  const written: string[] = [];
  const fat = 'x'.repeat(200_000);
  // More than the frozen ones' sockets hold for them: what lies there they have when they thaw.
  for (let n = 0; n < mostPadded; n += 1) {
    const isWritten = await padding.insertOne({ _id: `fat-${String(n)}`, fat }).then(
      () => true,
      () => false,
    );
    if (!isWritten) break;
    written.push(`fat-${String(n)}`);
  }
  return written;
}
