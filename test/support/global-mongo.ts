import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createLog } from '../../src/log.ts';
import { findMongod, startMongod } from '../../src/store/mongod.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly mongoUri: string;
    /** Path of the binary, for tests that start their own. */
    readonly mongodBinary: string;
  }
}

const cacheDir = join(import.meta.dirname, '../../.cache/mongod');

/** One mongod for the run: MONGODB_URI, else found or downloaded as `npm start` does it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = createLog('warn');
  const binary = await findMongod({ binary: process.env['MONGOD_BINARY'], cacheDir, log: createLog('info') });
  project.provide('mongodBinary', binary);
  const uri = process.env['MONGODB_URI'];
  if (uri) {
    project.provide('mongoUri', uri);
    return () => Promise.resolve();
  }
  const dbPath = await mkdtemp(join(tmpdir(), 'mona-mongod-'));
  // Tests live in other months than the server's own clock: what is old there is not old here.
  const parameters = { enableTestCommands: 1, ttlMonitorEnabled: 'false' };
  const mongod = await startMongod({ binary, dbPath, log, parameters });
  project.provide('mongoUri', mongod.uri);
  return async () => {
    await mongod.stop();
    await rm(dbPath, { recursive: true, force: true });
  };
}
