import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { connectStore, type Store } from '../../src/store/connect.ts';
import { silentLog } from '../../src/log.ts';
import { withDatabase } from './mongo.ts';

const root = resolve(import.meta.dirname, '../..');

export interface TestApp {
  readonly app: App;
  readonly store: Store;
  readonly config: Config;
  /** A request of the window of the signed-in demo coach. */
  ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** The same window, with a body and headers of one's own. */
  request(method: string, path: string, init?: { body?: BodyInit; headers?: HeadersInit }): Promise<Response>;
}

/** The whole product in this process, on the sandbox, with its own database: as `npm start` runs it. */
export function useApp(env: Readonly<Record<string, string>> = {}, over: Partial<Config> = {}): TestApp {
  const dataDir = mkdtempSync(join(tmpdir(), 'mona-app-'));
  const uri = withDatabase(inject('mongoUri'), `app_${randomUUID().slice(0, 8)}`);
  const config = {
    ...readConfig({ DATA_DIR: dataDir, PORT: '0', MONGODB_URI: uri, LOG_LEVEL: 'error', ...env }, root),
    ...over,
  };
  let app: App | null = null;
  let store: Store | null = null;
  let cookie = '';

  const opened = (): App => {
    if (!app) throw new Error('The app opens in beforeAll.');
    return app;
  };
  const request: TestApp['request'] = (method, path, { body, headers = {} } = {}) => {
    const { url } = opened();
    return fetch(`${url}${path}`, {
      method,
      headers: { origin: url, cookie, ...(headers as Record<string, string>) },
      ...(body === undefined ? {} : { body }),
    });
  };
  const ask: TestApp['ask'] = async (method, path, body) => {
    const response = await request(
      method,
      path,
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    );
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
    };
  };

  beforeAll(async () => {
    app = await createApp(config);
    store = await connectStore({
      uri,
      log: silentLog,
      serverSelectionTimeoutMs: 10_000,
      suppressionSecret: config.secrets.suppression,
    });
    if (app.demo) await ask('POST', '/api/session', app.demo);
  });
  afterAll(async () => {
    await app?.stop();
    await store?.connection.dropDatabase();
    await store?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  return {
    config,
    ask,
    request,
    get app() {
      return opened();
    },
    get store() {
      if (!store) throw new Error('The store opens in beforeAll.');
      return store;
    },
  };
}
