import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock.ts';
import { rebuildKpi, rollUpKpi } from '../../src/pipeline/roll-up-kpi.ts';
import { readKpiDifferences, readKpis } from '../../src/reports/kpi.ts';
import type { HitDoc } from '../../src/store/hits.ts';
import { toDoc } from '../../src/store/collection.ts';
import { createBuilders, monday, someConsent } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const day = 86_400_000;
const later = (ms: number): Date => new Date(monday.getTime() + ms);

let made = 0;
const hit = (rowId: string, contactId: string, over: Partial<HitDoc>): HitDoc => ({
  _id: `hit-${String((made += 1))}`,
  rowId,
  contactId,
  linkKey: 'book-call',
  kind: 'click',
  at: later(2 * day),
  ip: null,
  agent: null,
  verdict: 'human',
  reasons: [],
  ...over,
});

interface Life {
  readonly opens?: 'human' | 'machine';
  readonly clicks?: 'human' | 'machine';
  readonly status?: 'delivered' | 'failed' | 'ghost' | 'blocked';
  readonly isTracked?: boolean;
  readonly exitReason?: string | null;
  readonly leaves?: boolean;
  readonly enteredAt?: Date;
}

/** One contact's welcome: a mail at J0, and what came of it. */
async function aLife({
  opens,
  clicks,
  status = 'delivered',
  isTracked = true,
  exitReason = null,
  leaves,
  enteredAt = monday,
}: Life) {
  const builders = createBuilders(house.store);
  const { contact } = await builders.aContact();
  const run = await builders.aRun(contact.id, {
    flow: 'welcome',
    runKey: `k${String((made += 1))}`,
    enteredAt,
    open: exitReason === null,
    exitReason,
    goalDeadline: new Date(enteredAt.getTime() + 14 * day),
  });
  const isOut = status === 'delivered' || status === 'failed';
  const row = await builders.aRow(contact.id, {
    runId: run.id,
    stepKey: 'j0-email',
    channel: 'email',
    status,
    history: [
      { at: enteredAt, status: 'queued' },
      ...(isOut
        ? [
            { at: enteredAt, status: 'sent' as const },
            { at: enteredAt, status },
          ]
        : []),
    ],
  });
  if (isTracked)
    await house.store.consents.insertOne({
      ...toDoc(someConsent(contact.id, { channel: 'email', purpose: 'open_tracking' })),
      order: 0,
    });
  if (leaves)
    await house.store.consents.insertOne({
      ...toDoc(someConsent(contact.id, { channel: 'email', action: 'withdrawn', at: later(day) })),
      order: 1,
    });
  if (opens) await house.store.hits.insertOne(hit(row.id, contact.id, { kind: 'open', verdict: opens }));
  // Ten clicks of one person are one person who clicked.
  if (clicks)
    await house.store.hits.insertMany(
      Array.from({ length: 10 }, () => hit(row.id, contact.id, { verdict: clicks })),
    );
}

const until = (): number => monotonicMs() + 20_000;

describe('the figures', () => {
  test('count people, ghosts and machines left out, and the night finds them as they stood', async () => {
    const lives: Life[] = [
      { opens: 'human', clicks: 'human', exitReason: 'goal_met' },
      { opens: 'machine', clicks: 'machine' },
      { isTracked: false, clicks: 'human', exitReason: 'declined' },
      { status: 'failed' },
      { status: 'ghost' },
      { status: 'blocked', exitReason: 'already_converted' },
      { leaves: true },
      { enteredAt: later(10 * day), opens: 'human' },
    ];
    for (const life of lives) await aLife(life);
    const clock = new TestClock(later(11 * day));
    await rebuildKpi({ store: house.store, clock }, clock.now());
    clock.advance(4 * day);
    expect(await rollUpKpi({ store: house.store, clock }, until())).toMatchObject({ differences: 0 });
    const [welcome] = await readKpis(house.store, { flow: 'welcome' });
    expect(welcome?.whole.tally).toEqual({
      sent: 6, delivered: 5, measurable: 3, opened: 2, clicked: 2, replied: 0, unsubscribed: 1, entered: 8,
      closed: 6, converted: 1, open: 1,
    }); // prettier-ignore
    expect(welcome?.whole.rates.conversion).toMatchObject({ hits: 1, of: 6, target: 0.25 });
    expect(welcome?.steps.map(({ key }) => key)).toEqual(['j0-email:email']);
    expect(welcome?.days.map(({ key }) => key)).toEqual(['2026-03-02', '2026-03-12']);
  });

  test('every five minutes or once a night: the same, and a cell that differs is named (§19.18)', async () => {
    const clock = new TestClock(later(16 * day));
    await aLife({ enteredAt: later(15 * day), clicks: 'human' });
    await rollUpKpi({ store: house.store, clock }, until());
    const stood = await house.store.kpiDaily.find().sort({ _id: 1 }).toArray();
    expect((await rebuildKpi({ store: house.store, clock }, clock.now())).differences).toBe(0);
    expect(await house.store.kpiDaily.find().sort({ _id: 1 }).toArray()).toEqual(stood);
    clock.advance(30 * day);
    await rollUpKpi({ store: house.store, clock }, until());
    clock.advance(30 * day);
    expect((await rebuildKpi({ store: house.store, clock }, clock.now())).differences).toBe(0);
    const settled = await house.store.kpiDaily.find().sort({ _id: 1 }).toArray();
    const wrong = settled[0]?._id ?? '';
    await house.store.kpiDaily.updateOne({ _id: wrong }, { $set: { 'tally.clicked': 99 } });
    await rebuildKpi({ store: house.store, clock }, clock.now());
    expect(await readKpiDifferences(house.store)).toEqual([wrong]);
    expect(await house.store.kpiDaily.find().sort({ _id: 1 }).toArray()).toEqual(settled);
  });
});
