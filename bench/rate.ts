import { seedArtists, seedRuns, wakeUp } from './cast.ts';
import type { Ground, Product } from './ground.ts';

/** How well a sender's rate is used, in segments: that is what carriers count. */
export interface RateRow {
  readonly mps: number;
  readonly nudges: number;
  readonly segments: number;
  readonly seconds: number;
  readonly share: number;
  /** Most segments in any second, wherever it begins; the one it begins with has had its time before. */
  readonly mostInASecond: number;
}

export interface RateSize {
  readonly mps: number;
  readonly segments: number;
}

const patienceMs = 30_000;

/** Nudges that make so many segments. */
export const sizeOfRate = ({ segments }: RateSize): number => Math.ceil(segments / segmentsOfText);

export async function measureRate(ground: Ground, size: RateSize): Promise<RateRow> {
  const { mps } = size;
  return sendDue(
    ground,
    {
      dbName: 'rate',
      nudges: sizeOfRate(size),
      open: async () => [await ground.product('rate', { SMS_MPS: String(mps) })],
      patienceMs,
    },
    () => measureSent(ground.outside, mps),
  );
}

interface Due {
  readonly dbName: string;
  readonly nudges: number;
  readonly open: () => Promise<readonly Product[]>;
  readonly patienceMs: number;
}

/** Nudges that all fall due at one instant, sent by whoever `open` starts; answers what `count` says of the carrier's book. */
export async function sendDue<T>({ outside, ...ground }: Ground, asked: Due, count: () => T): Promise<T> {
  const store = await ground.open(asked.dbName);
  await seedArtists(store, asked.nudges);
  await seedRuns(store, asked.nudges);
  const products = await asked.open();
  outside.reset();
  outside.reports(false);
  try {
    await wakeUp(store);
    await outside.filled(asked.nudges, asked.patienceMs);
    return count();
  } finally {
    await Promise.all(products.map((product) => product.stop()));
  }
}

/** How the carrier's book says a rate was kept. */
export function measureSent({ book }: Ground['outside'], mps: number): RateRow {
  return rateOf(
    book.map(({ calledAt, segments: weight }) => ({ calledAt, weight })),
    mps,
  );
}

/** Of the text of day 1: its two pictures make it UCS-2. */
export const segmentsOfText = 3;

function rateOf(
  calls: readonly { readonly calledAt: number; readonly weight: number }[],
  mps: number,
): RateRow {
  const inOrder = [...calls].sort((one, other) => one.calledAt - other.calledAt);
  const first = inOrder[0]?.calledAt ?? 0;
  const last = inOrder.at(-1);
  const all = inOrder.reduce((sum, { weight }) => sum + weight, 0);
  // From the first call to the last: the segments of the last have not had their time yet.
  const seconds = ((last?.calledAt ?? 0) - first) / 1000;
  const used = all - (last?.weight ?? 0);
  return {
    mps,
    nudges: inOrder.length,
    segments: all,
    seconds,
    share: used / (seconds * mps),
    mostInASecond: mostIn(inOrder, 1000),
  };
}

function mostIn(
  inOrder: readonly { readonly calledAt: number; readonly weight: number }[],
  windowMs: number,
): number {
  let most = 0;
  let sum = 0;
  let from = 0;
  for (const { calledAt, weight } of inOrder) {
    sum += weight;
    for (
      let oldest = inOrder[from];
      oldest && calledAt - oldest.calledAt >= windowMs;
      oldest = inOrder[from]
    ) {
      sum -= oldest.weight;
      from += 1;
    }
    most = Math.max(most, sum - (inOrder[from]?.weight ?? 0));
  }
  return most;
}
