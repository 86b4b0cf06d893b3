import { seedArtists, seedRuns, wakeUp } from './cast.ts';
import type { Ground } from './ground.ts';
import { metered, type Running } from './processes.ts';

/** Texts due at once. `perSecond` counts from the first to the last at the carrier. */
export interface NudgeRow {
  readonly who: 'product' | 'one Agenda job a nudge';
  readonly nudges: number;
  readonly perSecond: number;
  readonly tookMs: number;
  /** From the instant they were due to the last. */
  readonly fromDueMs: number;
  readonly cpuMs: number;
  readonly cpuAppMs: number;
  readonly cpuMongodMs: number;
}

/** What the product says on day 1 off duty, for one who is called Inès. */
const text = [
  'Salut Inès ! 👋',
  'As-tu pu te connecter à ton dashboard MONA ?',
  'Si tu galères, réponds "HELP" et je t\'aide dès demain matin 😉',
  "L'équipe MONA",
].join('\n');

/** Agenda locks every job that is due before it runs the first. */
const patienceMs = 180_000;

export async function measureNudges(ground: Ground, count: number): Promise<NudgeRow[]> {
  ground.outside.reports(false);
  return [await ourNudges(ground, count), await agendaNudges(ground, count)];
}

async function ourNudges(ground: Ground, count: number): Promise<NudgeRow> {
  const store = await ground.open('nudges');
  await seedArtists(store, count);
  await seedRuns(store, count);
  const product = await ground.product('nudges');
  try {
    return await measure(ground, 'product', product, count, () => wakeUp(store));
  } finally {
    await product.stop();
  }
}

async function agendaNudges(ground: Ground, count: number): Promise<NudgeRow> {
  const { outside } = ground;
  const agenda = await ground.bench(
    'agenda-per-nudge.ts',
    ground.uriOf('agenda'),
    outside.carrierUrl,
    String(count),
    text,
  );
  try {
    return await measure(ground, 'one Agenda job a nudge', agenda, count, () => {
      agenda.tell('go');
      return Promise.resolve();
    });
  } finally {
    await agenda.stop();
  }
}

async function measure(
  ground: Ground,
  who: NudgeRow['who'],
  app: Running,
  count: number,
  begin: () => Promise<void>,
): Promise<NudgeRow> {
  const { outside, mongod } = ground;
  outside.reset();
  outside.reports(false);
  const dueAt = Date.now();
  await begin();
  const { cpuMs } = await metered([app.pid, mongod.pid], () => outside.filled(count, patienceMs));
  const calls = outside.book.map(({ calledAt }) => calledAt).sort((one, other) => one - other);
  const tookMs = (calls.at(-1) ?? 0) - (calls[0] ?? 0);
  const [appMs = 0, db = 0] = cpuMs.map((ms) => ms / count);
  return {
    who,
    nudges: count,
    perSecond: (count * 1000) / Math.max(1, tookMs),
    tookMs,
    fromDueMs: (calls.at(-1) ?? dueAt) - dueAt,
    cpuMs: appMs + db,
    cpuAppMs: appMs,
    cpuMongodMs: db,
  };
}
