import { describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { monotonicMs } from '../../src/clock.ts';
import { startJobs } from '../../src/jobs/agenda.ts';
import { createTickMetrics } from '../../src/jobs/tick-metrics.ts';
import { runTick, type Tick, type TickName, type TickRun } from '../../src/jobs/tick.ts';
import { wake } from '../../src/jobs/wake.ts';
import { age } from '../../src/pipeline/age.ts';
import type { Arrival } from '../../src/core/arrival.ts';
import { silentLog } from '../../src/log.ts';
import { toDoc } from '../../src/store/collection.ts';
import { createBuilders, monday, someRun } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const database = useStore();
const build = () => createBuilders(database.store);
const soon = () => monotonicMs() + 20_000;
const db = () => database.store.connection.getClient().db(database.store.connection.name);

/** Arrivals by id, as the collection's `_id` makes them unique. */
function aDoor() {
  const stood = new Map<string, Arrival>();
  const arrive = (arrival: Arrival) => {
    const isNew = !stood.has(arrival.id);
    if (isNew) stood.set(arrival.id, arrival);
    return Promise.resolve({ isNew });
  };
  return { stood, arrive };
}

describe('wake', () => {
  test('makes one arrival of each run whose time has come, whoever looks and how often (§19.14)', async () => {
    const due = await build().aRun('contact-due', { wakeAt: new Date(monday.getTime() - 1_000) });
    await build().aRun('contact-later', { wakeAt: new Date(monday.getTime() + 1_000) });
    await build().aRun('contact-closed', { wakeAt: monday, open: false });
    await build().aRun('contact-idle', { wakeAt: null });
    const door = aDoor();
    const looks = { store: database.store, clock: new TestClock(), arrive: door.arrive, untilMs: soon() };

    const [one, two] = await Promise.all([wake(looks), wake(looks)]);

    expect(one.woken + two.woken).toBe(1);
    expect([...door.stood.values()]).toMatchObject([
      {
        id: `wake:${due.id}:${due.wakeAt?.toISOString() ?? ''}`,
        kind: 'wake',
        contactId: 'contact-due',
        runId: due.id,
        wakeAt: due.wakeAt,
      },
    ]);
    await database.store.runs.deleteMany({});
  });

  test('moves ten thousand runs in one go, the longest due first (§19.14)', async () => {
    const runs = Array.from({ length: 10_000 }, (_, n) =>
      someRun(`contact-${String(n)}`, {
        id: `run-${String(n)}`,
        wakeAt: new Date(monday.getTime() - n * 10),
      }),
    );
    await database.store.runs.insertMany(runs.map(toDoc));
    const door = aDoor();

    const { woken } = await wake({
      store: database.store,
      clock: new TestClock(),
      arrive: door.arrive,
      untilMs: soon(),
    });

    expect(woken).toBe(10_000);
    expect([...door.stood.values()][0]).toMatchObject({ runId: 'run-9999' });
    await database.store.runs.deleteMany({});
  });

  test('ends when its time is over', async () => {
    await build().aRun('contact-late', { wakeAt: monday });
    const door = aDoor();

    expect(
      await wake({
        store: database.store,
        clock: new TestClock(),
        arrive: door.arrive,
        untilMs: monotonicMs() - 1,
      }),
    ).toEqual({ woken: 0 });
    await database.store.runs.deleteMany({});
  });
});

function aTick(name: TickName, run: Tick['run'], over: Partial<Tick> = {}): Tick {
  return { name, everyMs: 60_000, lifetimeMs: 30_000, run, ...over };
}

describe('a tick', () => {
  test('that throws is written down, and the next one runs', async () => {
    const runs: TickRun[] = [];
    let n = 0;
    const tick = aTick('sweep', () => {
      n += 1;
      return n === 1 ? Promise.reject(new Error('the database is away')) : Promise.resolve({ lapsed: 2 });
    });
    const watch = {
      log: silentLog,
      onRun: (run: TickRun) => {
        runs.push(run);
      },
    };

    await runTick(tick, watch);
    await runTick(tick, watch);

    expect(runs).toMatchObject([
      { error: 'the database is away', done: null },
      { error: null, done: { lapsed: 2 } },
    ]);
  });

  test('is told to end at half its lifetime', async () => {
    let leftMs = 0;
    await runTick(
      aTick('wake', (untilMs) => {
        leftMs = untilMs - monotonicMs();
        return Promise.resolve({});
      }),
      { log: silentLog, onRun: () => undefined },
    );

    expect(leftMs).toBeGreaterThan(14_000);
    expect(leftMs).toBeLessThanOrEqual(15_000);
  });

  test('is counted and timed', async () => {
    const registry = new Registry();
    const onRun = createTickMetrics(registry);

    await runTick(
      aTick('wake', () => Promise.resolve({ woken: 3 })),
      { log: silentLog, onRun },
    );

    const text = await registry.metrics();
    expect(text).toContain('mona_tick_did_total{tick="wake",what="woken"} 3');
    expect(text).toContain('mona_tick_seconds_count{tick="wake"} 1');
  });
});

describe('the clock room', () => {
  test('keeps one document a tick, runs each, and leaves nothing running (§19.14)', async () => {
    const ran = new Set<string>();
    const ticks = (['wake', 'dispatch', 'sweep', 'reconcile', 'roll-up', 'import'] as const).map((name) =>
      aTick(name, () => {
        ran.add(name);
        return Promise.resolve({ did: 1 });
      }),
    );

    const jobs = await startJobs({ db: db(), ticks, log: silentLog });
    await expect.poll(() => ran.size, { timeout: 15_000 }).toBe(6);
    const again = await startJobs({ db: db(), ticks, log: silentLog });

    expect(await db().collection('agendaJobs').countDocuments()).toBe(6);
    expect(jobs.states().map(({ last }) => last?.done)).toEqual(
      Array.from({ length: 6 }, () => ({ did: 1 })),
    );
    await again.stop();
    await jobs.stop();
    expect(
      await db()
        .collection('agendaJobs')
        .countDocuments({ lockedAt: { $ne: null } }),
    ).toBe(0);
  });

  test('who starts looks at once, wherever the clock room stands', async () => {
    let looked = 0;
    const tick = aTick('sweep', () => {
      looked += 1;
      return Promise.resolve({});
    });
    const hourAway = { nextRunAt: new Date(Date.now() + 3_600_000), lockedAt: new Date() };
    await db().collection('agendaJobs').updateOne({ name: 'sweep' }, { $set: hourAway }, { upsert: true });

    const jobs = await startJobs({ db: db(), ticks: [tick], log: silentLog });

    expect(looked).toBe(1);
    await jobs.stop();
    await db().collection('agendaJobs').deleteMany({});
  });

  test('loops of our own do not wait for a lock that a killed process left', async () => {
    let looked = 0;
    const tick = aTick(
      'dispatch',
      () => {
        looked += 1;
        return Promise.resolve({});
      },
      { loopMs: 20 },
    );
    const jobs = await startJobs({ db: db(), ticks: [tick], log: silentLog });

    await expect.poll(() => looked).toBeGreaterThan(3);
    await jobs.stop();
    const atStop = looked;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(looked).toBe(atStop);
  });

  test('stop waits for the tick that runs', async () => {
    let isDone = false;
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const tick = aTick(
      'sweep',
      async () => {
        begin();
        await new Promise((resolve) => setTimeout(resolve, 100));
        isDone = true;
        return {};
      },
      { loopMs: 1 },
    );
    const jobs = await startJobs({ db: db(), ticks: [tick], log: silentLog });
    await begun;

    await jobs.stop();

    expect(isDone).toBe(true);
  });
});

describe('ageing', () => {
  test('blanks what was kept long enough, once a night', async () => {
    const clock = new TestClock('2027-06-01T03:30:00Z');
    const item = await build().anItem('contact-old', 1, { text: 'il y a longtemps' });
    const recent = await build().anItem('contact-old', 2, {
      text: 'hier',
      at: new Date('2027-05-31T10:00:00Z'),
    });
    await build().aRow('contact-old', { id: 'row-old', createdAt: monday });

    const aged = await age({ store: database.store, clock }, soon());
    const again = await age({ store: database.store, clock }, soon());

    expect(aged).toMatchObject({ bodies: 2 });
    expect(again).toMatchObject({ bodies: 0 });
    expect((await database.store.items.findOne({ _id: item.id }))?.text).toBe('');
    expect((await database.store.items.findOne({ _id: recent.id }))?.text).toBe('hier');
    expect((await database.store.outbox.findOne({ _id: 'row-old' }))?.body).toEqual({ text: '' });
  });
});
