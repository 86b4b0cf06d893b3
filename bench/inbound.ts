import { setTimeout as pause } from 'node:timers/promises';
import { phone } from './account.ts';
import { seedArtists } from './cast.ts';
import type { Ground } from './ground.ts';
import { write, type Letter } from './outside.ts';
import { freePort } from '../test/support/free-port.ts';
import { metered } from './processes.ts';
import type { Spread } from './spread.ts';
import { talkAtRate, talkInFlight, type Talk } from './talk.ts';

/** One way of texting, at the product or at the limit. */
export interface InboundRow {
  readonly who: 'product' | 'product, receipts on' | 'limit';
  readonly load: string;
  readonly answered: number;
  readonly unanswered: number;
  readonly perSecond: number;
  readonly acceptedMs: Spread;
  readonly repliedMs: Spread;
  /** App and mongod, for one answered text. */
  readonly cpuMs: number;
  readonly cpuAppMs: number;
  readonly cpuMongodMs: number;
}

export interface InboundOptions {
  readonly forMs: number;
  readonly loads: readonly number[];
  readonly perSecond: number;
}

/** Few enough texts from each phone that nobody is taken for a machine (conversation.md, R4). */
const artists = 8_000;
/** Ends the collecting wait, and is answered with the house's own words. */
const word = 'AIDE';
/** What the limit answers: as long as what the product answers. */
export const answer =
  "MONA x SPARK, l'accompagnement des artistes : suivi, conseils et offres. COACH pour parler à une personne, STOP pour arrêter. Aide : http://127.0.0.1:40000/sandbox/partner/help";
/** More than the machine can answer. */
const mostPerSecond = 1_600;
const warmUp = { inFlight: 16, forMs: 2_500 };

interface Target {
  readonly who: InboundRow['who'];
  readonly url: string;
  readonly pid: number;
}

/** Texts that are answered at once: the product beside the least that could answer. */
export async function measureInbound(ground: Ground, options: InboundOptions): Promise<InboundRow[]> {
  await seedArtists(await ground.open('inbound'), artists);
  const { outside, mongod } = ground;
  outside.reports(false);
  const port = await freePort();
  const limit = await ground.bench(
    'limit.ts',
    ground.uriOf('limit'),
    outside.carrierUrl,
    String(port),
    answer,
  );
  const product = await ground.product('inbound');
  const theLimit: Target = { who: 'limit', url: `http://127.0.0.1:${String(port)}`, pid: limit.pid };
  const ours: Target = { who: 'product', url: product.url, pid: product.pid };
  const reporting: Target = { ...ours, who: 'product, receipts on' };
  let from = 0;
  const letters = (count: number, url: string): Letter[] => {
    const made = Array.from({ length: count }, (_, place) =>
      write(phone((from + place) % artists), word, url),
    );
    from += count;
    return made;
  };
  const run = async ({ who, pid }: Target, load: string, talk: () => Promise<Talk>): Promise<InboundRow> => {
    outside.reset();
    outside.reports(who === 'product, receipts on');
    const { result, cpuMs } = await metered([pid, mongod.pid], talk);
    const [app = 0, db = 0] = cpuMs.map((ms) => ms / Math.max(1, result.answered));
    return {
      who,
      load,
      answered: result.answered,
      unanswered: result.unanswered,
      perSecond: result.perSecond,
      acceptedMs: result.accepted,
      repliedMs: result.replied,
      cpuMs: app + db,
      cpuAppMs: app,
      cpuMongodMs: db,
    };
  };
  const inFlight = (target: Target, many: number): Promise<InboundRow> => {
    const prepared = letters(Math.ceil((mostPerSecond * options.forMs) / 1000), target.url);
    return run(target, `${String(many)} in flight`, () =>
      talkInFlight(outside, target.url, prepared, { inFlight: many, forMs: options.forMs }),
    );
  };
  const atRate = (target: Target): Promise<InboundRow> => {
    const prepared = letters(Math.round((options.perSecond * options.forMs) / 1000), target.url);
    return run(target, `${String(options.perSecond)} a second`, () =>
      talkAtRate(outside, target.url, prepared, options),
    );
  };

  const rows: InboundRow[] = [];
  try {
    for (const target of [theLimit, ours])
      await talkInFlight(outside, target.url, letters(4_000, target.url), warmUp);
    for (const many of options.loads) {
      for (const target of [theLimit, ours]) rows.push(await inFlight(target, many));
      if (many > 1) rows.push(await inFlight(reporting, many));
    }
    for (const target of [theLimit, ours, reporting]) rows.push(await atRate(target));
  } finally {
    await Promise.all([limit.stop(), product.stop()]);
  }
  await pause(200);
  return rows;
}
