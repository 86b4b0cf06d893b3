import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { connectStore, type Store } from '../../src/store/connect.ts';

export const suppressionSecret = 'a secret for tests only';

export interface TestStore {
  /** Open from `beforeAll` on. */
  readonly store: Store;
  /** URI of this file's own database, for a process or a second connection. */
  readonly uri: string;
  /** Another connection to the same database: a second process, as far as the database knows. Closed at the end. */
  another(appName?: string): Promise<Store>;
}

/** One database for the test file that calls it, with its indexes; dropped at the end. Nothing to reset, nothing shared. */
export function useStore(): TestStore {
  const dbName = `test_${randomUUID().slice(0, 8)}`;
  const uri = withDatabase(inject('mongoUri'), dbName);
  const opened: Store[] = [];
  const open = async (appName?: string): Promise<Store> => {
    const store = await connectStore({
      uri,
      log: silentLog,
      serverSelectionTimeoutMs: 10_000,
      suppressionSecret,
      appName,
    });
    opened.push(store);
    return store;
  };
  beforeAll(async () => {
    const store = await open();
    await store.ensureIndexes();
  });
  afterAll(async () => {
    await opened[0]?.connection.dropDatabase();
    await Promise.all(opened.map((store) => store.close()));
  });
  return {
    uri,
    get store() {
      const [first] = opened;
      if (!first) throw new Error('The store opens in beforeAll: use it from a test or a later hook.');
      return first;
    },
    another: open,
  };
}

/** The same server, another database. */
export function withDatabase(uri: string, name: string): string {
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+)(?:\/[^?]*)?/, `$1/${name}`);
}
