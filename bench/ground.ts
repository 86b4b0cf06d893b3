import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { silentLog } from '../src/log.ts';
import { connectStore, type Store } from '../src/store/connect.ts';
import { findMongod, startMongod, type Mongod } from '../src/store/mongod.ts';
import { freePort } from '../test/support/free-port.ts';
import { account } from './account.ts';
import { build } from './builds.ts';
import { closePhones, openOutside, type Outside } from './outside.ts';
import { launch, type Running } from './processes.ts';

export const root = resolve(import.meta.dirname, '..');
const suppressionSecret = 'b'.repeat(64);

/** The product as one process. */
export interface Product extends Running {
  readonly url: string;
}

/** What stands under every measurement: one database, one carrier, a folder that is thrown away. */
export interface Ground {
  readonly mongod: Mongod;
  readonly outside: Outside;
  /** Thrown away with the ground. */
  readonly dir: string;
  /** What node is told where the product's processes are profiled. */
  readonly profiling: readonly string[];
  open(dbName: string): Promise<Store>;
  product(dbName: string, env?: Readonly<Record<string, string>>): Promise<Product>;
  /** A file of `bench/` as a process. */
  bench(file: string, ...args: readonly string[]): Promise<Running>;
  uriOf(dbName: string): string;
  /** What a process of the product on this database is told. */
  envOf(dbName: string): Record<string, string>;
  close(): Promise<void>;
}

export interface GroundOptions {
  /** Folder for CPU profiles of the product; null = none. */
  readonly profileDir: string | null;
}

export async function openGround({ profileDir }: GroundOptions): Promise<Ground> {
  build(root);
  const dir = mkdtempSync(join(tmpdir(), 'mona-bench-'));
  const binary = await findMongod({ cacheDir: join(root, '.cache/mongod'), log: silentLog });
  const mongod = await startMongod({ binary, dbPath: join(dir, 'db'), log: silentLog, cacheGb: 1 });
  process.once('exit', () => {
    if (isAlive(mongod.pid)) process.kill(mongod.pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  const outside = await openOutside();
  const stores: Store[] = [];
  const profiling = profileDir === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  const uriOf = (dbName: string): string => mongod.uri.replace('/mona?', `/${dbName}?`);

  const envOf = (dbName: string): Record<string, string> => ({
    ...productEnv(join(dir, dbName)),
    MONGODB_URI: uriOf(dbName),
  });

  return {
    mongod,
    outside,
    dir,
    profiling,
    uriOf,
    envOf,
    open: async (dbName) => {
      const store = await connectStore({
        uri: uriOf(dbName),
        log: silentLog,
        serverSelectionTimeoutMs: 10_000,
        suppressionSecret,
      });
      stores.push(store);
      await store.ensureIndexes();
      return store;
    },
    product: async (dbName, env = {}) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${String(port)}`;
      const running = await launch(
        [...profiling, join(root, 'dist/main.js'), 'start'],
        {
          ...envOf(dbName),
          PORT: String(port),
          PUBLIC_URL: url,
          TWILIO_API_BASE_URL: outside.carrierUrl,
          ...env,
        },
        'MONA x SPARK is ready',
      );
      return { ...running, url };
    },
    bench: (file, ...args) =>
      launch(['--import', 'tsx', join(import.meta.dirname, file), ...args], {}, 'ready'),
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      closePhones();
      await outside.close();
      await mongod.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The sender's rate is lifted: what is measured is the product. */
const productEnv = (dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  ROLE: 'all',
  LOG_LEVEL: 'warn',
  TWILIO_ACCOUNT_SID: account.sid,
  TWILIO_AUTH_TOKEN: account.token,
  TWILIO_SMS_FROM: account.sender,
  SMS_MPS: '10000',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'MONA <bonjour@mona.example>',
  SESSION_SECRET: 'b'.repeat(64),
  API_KEY: 'b'.repeat(48),
  SUPPRESSION_SECRET: suppressionSecret,
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
