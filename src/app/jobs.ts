import { rollUpKpi } from '../pipeline/roll-up-kpi.ts';
import { breakMail } from '../pipeline/mail-breaker.ts';
import { dropOldMedia } from '../pipeline/drop-media.ts';
import { continueErasures } from '../pipeline/erase.ts';
import { forgetSilent } from '../pipeline/forget.ts';
import { behave } from '../pipeline/behave.ts';
import { settleHits } from '../pipeline/hits.ts';
import { createTellDue } from '../pipeline/tell-due.ts';
import { rankScores } from '../pipeline/percentiles.ts';
import { startJobs, type Jobs } from '../jobs/agenda.ts';
import { dispatchTick } from '../jobs/dispatch.ts';
import { reconcileTick } from '../jobs/reconcile.ts';
import { rollUpTick } from '../jobs/roll-up.ts';
import { sweepTick } from '../jobs/sweep.ts';
import { createTickMetrics } from '../jobs/tick-metrics.ts';
import { wake, wakeThreads, wakeTick } from '../jobs/wake.ts';
import { monotonicMs } from '../clock.ts';
import type { House } from './house.ts';

/** The clock room, with the ticks of this product. */
export function openJobs({
  store,
  library,
  clock,
  arrive,
  drain,
  dispatch,
  receipts,
  carriers,
  metrics,
  tell,
  log,
}: House): Promise<Jobs> {
  const { counters } = metrics;
  const tellDue = createTellDue({ store, clock, tell });
  const erasing = { store, clock, log, redact: (sid: string) => carriers.twilio.redact(sid) };
  return startJobs({
    db: store.connection.getClient().db(store.connection.name),
    log,
    onRun: createTickMetrics(metrics.registry),
    ticks: [
      wakeTick({ store, clock, arrive }),
      dispatchTick(dispatch),
      sweepTick({ store, clock, arrive, drain: (contactId) => drain.drain(contactId), log, counters }, [
        (untilMs) => settleHits({ store, clock, arrive }, untilMs),
        (untilMs) => behave({ store, library, clock, arrive, log }, untilMs),
        () => tellDue(),
      ]),
      reconcileTick({ store, clock, channels: carriers.channels, receipts, arrive, log, counters }),
      rollUpTick({ store, clock }, [
        () => rankScores({ store, clock }),
        () => continueErasures(erasing),
        () => forgetSilent({ ...erasing, arrive }),
        (untilMs) =>
          dropOldMedia({ store, clock, log, dropMedia: (sid) => carriers.twilio.dropMedia(sid) }, untilMs),
        (untilMs) => rollUpKpi({ store, clock }, untilMs),
        () => breakMail({ store, clock, log, bell: () => dispatch.bell() }),
      ]),
    ],
  });
}

const playMs = 20_000;
/** Rounds of one instant: an answer may bring a receipt, which may bring an answer. */
const mostRounds = 20;

/** Plays all that is due at the present instant until a round moves nothing (reliability.md §9, "time travel"). */
export async function playDue(house: House, settleOutside: () => Promise<void>): Promise<void> {
  const { store, library, clock, arrive, log } = house;
  for (let round = 0; round < mostRounds; round += 1) {
    const runs = await wake({ store, clock, arrive, untilMs: monotonicMs() + playMs });
    const threads = await wakeThreads({ store, clock, arrive });
    const hits = await settleHits({ store, clock, arrive }, monotonicMs() + playMs);
    const seen = await behave({ store, library, clock, arrive, log }, monotonicMs() + playMs);
    const woken = runs.woken + threads.woken + hits.settled + seen.entered + seen.left + seen.fired;
    await house.settle();
    await settleOutside();
    await house.settle();
    const waiting = await store.arrivals.findOne({ state: 'new' }, { projection: { _id: 1 } });
    if (woken === 0 && !waiting) return;
  }
}
