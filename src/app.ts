import { buildOf } from './app/build.ts';
import { openDoors } from './app/doors.ts';
import { openDatabase } from './app/database.ts';
import { furnish } from './app/house.ts';
import { openJobs, playDue } from './app/jobs.ts';
import { listen, type Listener } from './app/listener.ts';
import { createMetrics } from './app/metrics.ts';
import { openOwnMailbox, openSandbox } from './app/sandbox.ts';
import { pushTemplates } from './app/templates.ts';
import { ShiftedClock } from './clock.ts';
import type { Config } from './config.ts';
import { printMistake, type Mistake } from './core/flow/mistake.ts';
import { messageOf } from './errors.ts';
import type { Jobs } from './jobs/agenda.ts';
import { createLog, type Log } from './log.ts';
import { createLive } from './reports/live.ts';
import type { Store } from './store/connect.ts';
import { readFlowFiles } from './store/flow-files.ts';
import { loadLibrary } from './store/library.ts';
import { publish } from './store/publish.ts';
import { readClockAhead } from './store/settings.ts';

export interface App {
  readonly url: string;
  readonly port: number;
  /** Null with a database that is not ours. */
  readonly mongodPid: number | null;
  /** How to sign in on the sandbox; null with real carriers. */
  readonly demo: { readonly email: string; readonly password: string } | null;
  /** Resolves once nothing that was set going moves any more. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Flow files with mistakes stop the start: what would be published is not what was meant. */
export class FlowsRefused extends Error {
  override name = 'FlowsRefused';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(printMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

const stopMs = 10_000;
const clockPollMs = 1_000;
/** `mona flows publish` beside a running house: what is new is taken over so soon. */
const libraryPollMs = 5_000;

/** What opened closes in the reverse order, each part whatever became of the others. */
class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(log: Log): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'a part of the house did not close well');
      }
    }
  }
}

/**
 * Builds the house from its configuration and opens its doors; the composition root: it knows every room, nobody knows it.
 * `ROLE` only chooses which doors open. Rejects when a part cannot stand; what stood by then is closed.
 */
export async function createApp(config: Config): Promise<App> {
  const log = createLog(config.logLevel);
  const closers = new Closers();
  try {
    const listener = await listen(config.port);
    return await open(config, listener, log, closers);
  } catch (error) {
    await closers.close(log);
    throw error;
  }
}

async function open(config: Config, listener: Listener, log: Log, closers: Closers): Promise<App> {
  closers.add(() => listener.close(stopMs));
  const publicUrl = config.publicUrl ?? `http://localhost:${String(listener.port)}`;
  const files = readFlowFiles(config.flowsDir, config.localesDir);
  if (files.mistakes.length > 0) throw new FlowsRefused(files.mistakes);
  const database = await openDatabase(config, log);
  const { store } = database;
  closers.add(() => database.close());
  const clock = await openClock(store, config, closers);
  await publish(store, files, 'start', clock.now());
  const library = await loadLibrary(store);
  const reading = setInterval(() => void library.refresh().catch(() => undefined), libraryPollMs);
  closers.add(() => {
    clearInterval(reading);
  });
  const localUrl = `http://127.0.0.1:${String(listener.port)}`;
  const sandbox = config.sandbox
    ? await openSandbox({ config, publicUrl, localUrl, clock, log, store, library })
    : null;
  const account = config.twilio ?? sandbox?.account;
  if (!account) throw new Error('Neither Twilio nor the sandbox carries messages.');
  if (sandbox) closers.add(() => sandbox.close());
  const mailbox = openOwnMailbox({ config, publicUrl, localUrl, clock, log });
  if (mailbox) closers.add(() => mailbox.close());
  const house = await furnish({
    config,
    publicUrl,
    account,
    mailboxUrl: sandbox?.mailboxUrl ?? mailbox?.url ?? null,
    pushUrl: sandbox?.pushUrl ?? null,
    log,
    clock,
    store,
    library,
    metrics: createMetrics(),
  });
  closers.add(() => house.close());
  const settleOutside = async (): Promise<void> => {
    await sandbox?.settle();
    await mailbox?.settle();
  };
  const mounts = sandbox?.mounts ?? mailbox?.mounts ?? [];
  const live = createLive(store, log);
  closers.add(() => live.stop());
  sandbox?.enter(
    () => playDue(house, settleOutside),
    () => {
      live.tell({ kind: 'clock' });
    },
  );
  const streams = new Set<() => void>();
  let jobs: Jobs | null = null;
  listener.serve(
    openDoors({ house, sandbox, mounts, live, streams, jobs: () => jobs, build: buildOf(config.webDir) }),
  );
  if (sandbox) await pushTemplates(house);
  if (config.role !== 'web') {
    const started = await openJobs(house);
    jobs = started;
    closers.add(() => started.stop());
  }
  closers.add(() => {
    for (const end of streams) end();
  });
  return {
    url: publicUrl,
    port: listener.port,
    get mongodPid() {
      return database.mongodPid;
    },
    demo: sandbox?.demo ?? null,
    async settle() {
      await house.settle();
      await settleOutside();
      await house.settle();
    },
    stop: () => closers.close(log),
  };
}

/** On the sandbox the product's clock may stand ahead of the machine's; every process follows the one that was moved. */
async function openClock(store: Store, config: Config, closers: Closers): Promise<ShiftedClock> {
  const clock = new ShiftedClock();
  if (!config.sandbox) return clock;
  const follow = async (): Promise<void> => {
    clock.setAheadMs(await readClockAhead(store));
  };
  await follow();
  const timer = setInterval(() => void follow().catch(() => undefined), clockPollMs);
  closers.add(() => {
    clearInterval(timer);
  });
  return clock;
}
