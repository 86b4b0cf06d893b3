import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { connectStore, type Store } from '../store/connect.ts';
import { keepMongod } from '../store/keep-mongod.ts';
import { findMongod, standingUri } from '../store/mongod.ts';

export interface Database {
  readonly store: Store;
  readonly uri: string;
  /** Null where MONGODB_URI names somebody else's. */
  readonly mongodPid: number | null;
  close(): Promise<void>;
}

/** `web` must answer before the carrier's 15 s are over; a worker may wait longer for a new primary. */
const patienceMs = { web: 10_000, all: 10_000, worker: 30_000 } as const;

/** Opens the database the configuration names, or finds a real mongod and starts it on DATA_DIR. Indexes stand when it resolves. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const mongod = config.mongodbUri
    ? null
    : await keepMongod({
        binary: await findMongod({
          binary: config.mongodBinary,
          cacheDir: join(config.cacheDir, 'mongod'),
          log,
        }),
        dbPath: join(config.dataDir, 'db'),
        log,
      });
  const uri = config.mongodbUri ?? mongod?.uri ?? '';
  try {
    const store = await connectStore({
      uri,
      log,
      serverSelectionTimeoutMs: patienceMs[config.role],
      suppressionSecret: config.secrets.suppression,
    });
    await store.ensureIndexes();
    return {
      store,
      uri,
      get mongodPid() {
        return mongod?.pid ?? null;
      },
      async close() {
        await store.close();
        await mongod?.stop();
      },
    };
  } catch (error) {
    await mongod?.stop();
    throw error;
  }
}

/** For an errand: the database of the house that runs beside it on the same DATA_DIR, else one of its own like openDatabase. */
export async function openBeside(config: Config, log: Log): Promise<Database> {
  const uri = config.mongodbUri ?? (await standingUri(join(config.dataDir, 'db')));
  return openDatabase(uri === null ? config : { ...config, mongodbUri: uri }, log);
}

/** Runs an errand on the database that openBeside gives, and closes it whatever comes of it. */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const database = await openBeside(config, createLog('warn'));
  try {
    return await work(database.store);
  } finally {
    await database.close();
  }
}
