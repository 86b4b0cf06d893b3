import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { connectStore, type Store } from '../../../src/store/connect.ts';
import { freePort } from '../../support/free-port.ts';
import { withDatabase } from '../../support/mongo.ts';
import { hasRedis, redisCommand, saysReady } from '../../support/redis.ts';
import { carrierDesk, type CarrierDesk } from './carrier.ts';
import { openNursery, type Child, type Nursery } from './child.ts';
import { openFront, type Front } from './front.ts';
import { account, ourNumber, type PostTo } from './post.ts';
import { isScaled, seed } from './scale.ts';
import { until } from './until.ts';

/** A process of the product, which may be ended and started again; its port stays. */
export interface Part {
  readonly name: string;
  readonly port: number;
  child: Child;
  /** When it first answered since it was started, on the monotonic clock; null before. */
  readyAt: number | null;
  /** How long it took to, this time or the last. */
  bootMs: number;
  /** Resolves once it is ready. */
  stands(): Promise<void>;
  /** Starts it again, as another build where one is given (`node` arguments); resolves once it is ready. */
  restart(build?: readonly string[]): Promise<void>;
}

export interface Squall {
  readonly store: Store;
  readonly carrier: CarrierDesk;
  readonly webs: readonly Part[];
  readonly workers: readonly Part[];
  readonly publicUrl: string;
  readonly apiKey: string;
  readonly hasRedis: boolean;
  /** Where a webhook goes that the carrier posts to this web process. */
  door(web: number): PostTo;
  /** Brings the next look of these ticks forward to now, as an expired lock of Agenda would: nobody waits for a minute. */
  hurry(...ticks: readonly string[]): Promise<void>;
  /** Last words of every process, for a run that went wrong. */
  lastWords(): Readonly<Record<string, readonly string[]>>;
}

/** Booting four processes on two cores that do other things too. */
const bootMs = 180_000;
/** The longest a run may take, all its children included. */
const longestMs = isScaled ? 3_600_000 : 900_000;

const secrets = {
  SESSION_SECRET: 's'.repeat(40),
  API_KEY: 'k'.repeat(40),
  SUPPRESSION_SECRET: 'u'.repeat(40),
  EMAIL_WEBHOOK_SECRET: 'e'.repeat(40),
} as const;

export interface SquallOptions {
  /** Messages a second of our number. */
  readonly mps: number;
  /** Both workers send at once, where a redis-server is found; FAULTS_REDIS=0: one a sender, as without REDIS_URL. */
  readonly wantsRedis?: boolean;
  /** The longest its processes live; a run of the usual size unless said. */
  readonly longestMs?: number;
  readonly webs?: number;
  readonly workers?: number;
}

export interface Opened {
  readonly squall: Squall;
  readonly close: () => Promise<void>;
}

/** The real product as child processes, for the test file that calls it: two doors, two workers, the carrier's twin. */
export function useSquall(options: SquallOptions): { readonly squall: Squall } {
  let opened: Opened | null = null;
  beforeAll(async () => {
    console.log(`SEED=${String(seed)}`);
    opened = await openSquall(inject('mongoUri'), options);
  }, bootMs);
  afterAll(async () => {
    await opened?.close();
  }, 60_000);
  return {
    get squall() {
      if (!opened) throw new Error('The squall opens in beforeAll.');
      return opened.squall;
    },
  };
}

/** The same for whoever runs no tests. */
export async function openSquall(mongoUri: string, options: SquallOptions): Promise<Opened> {
  const { webs = 2, workers = 2 } = options;
  const nursery = openNursery(options.longestMs ?? longestMs);
  const dataDir = await mkdtemp(join(tmpdir(), 'mona-squall-'));
  const uri = withDatabase(mongoUri, `squall_${randomUUID().slice(0, 8)}`);
  const store = await connectStore({
    uri,
    log: silentLog,
    serverSelectionTimeoutMs: 10_000,
    suppressionSecret: secrets.SUPPRESSION_SECRET,
    appName: 'judge',
  });
  let front: Front | null = null;
  const close = async (): Promise<void> => {
    await nursery.end();
    await front?.close();
    await store.connection.dropDatabase();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const ports = await Promise.all(Array.from({ length: webs + workers }, freePort));
    front = await openFront(ports.slice(0, webs));
    const redisUrl = await startRedis(nursery, options);
    const carrier = carrierDesk(await startCarrier(nursery, front.url));
    const env = {
      ...secrets,
      MONGODB_URI: uri,
      PUBLIC_URL: front.url,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      TWILIO_ACCOUNT_SID: account.sid,
      TWILIO_AUTH_TOKEN: account.token,
      TWILIO_SMS_FROM: ourNumber,
      TWILIO_WHATSAPP_FROM: 'whatsapp:+33639980101',
      TWILIO_API_BASE_URL: carrier.url,
      SMS_MPS: String(options.mps),
      // Nobody here has a mail address; a relay must be named all the same.
      SMTP_URL: 'smtp://127.0.0.1:9',
      EMAIL_FROM: 'MONA <bonjour@mona.example>',
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    };
    const parts = ports.map((port, place) =>
      place < webs
        ? startPart(nursery, 'web', place, port, env)
        : startPart(nursery, 'worker', place - webs, port, env),
    );
    await Promise.all(parts.map(ready));
    const squall = squallOf({
      store,
      carrier,
      front,
      redisUrl,
      webs: parts.slice(0, webs),
      workers: parts.slice(webs),
    });
    return { squall, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Built where somebody built it, which starts sooner. */
const entry = (): readonly string[] =>
  process.env['FAULTS_ENTRY'] ? [process.env['FAULTS_ENTRY']] : ['--import', 'tsx', 'src/main.ts'];

function startPart(
  nursery: Nursery,
  role: 'web' | 'worker',
  number: number,
  port: number,
  env: Record<string, string>,
): Part {
  const name = `${role}-${String(number + 1)}`;
  const start = (build = entry()): Child =>
    nursery.start(name, [process.execPath, ...build, 'start'], { ...env, ROLE: role, PORT: String(port) });
  const part: Part = {
    name,
    port,
    child: start(),
    readyAt: null,
    bootMs: 0,
    stands: () => ready(part),
    async restart(build) {
      part.readyAt = null;
      part.child = start(build);
      await ready(part);
    },
  };
  return part;
}

async function ready(part: Part): Promise<void> {
  const { child } = part;
  const beganMs = performance.now();
  await until(
    `${part.name} is ready`,
    async () => {
      if (!part.child.isAlive()) {
        await part.child.ended;
        throw new Error(`${part.name} ended: ${part.child.lines.join('\n')}`);
      }
      const response = await fetch(`http://127.0.0.1:${String(part.port)}/readyz`, {
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      await response?.text();
      return response?.ok ?? false;
    },
    bootMs,
    () => part.child.lines,
  );
  // Somebody else's look may have been at the one before.
  if (part.readyAt !== null || part.child !== child) return;
  part.readyAt = performance.now();
  part.bootMs = part.readyAt - beganMs;
}

async function startCarrier(nursery: Nursery, publicUrl: string): Promise<string> {
  const port = await freePort();
  const inbound = `${publicUrl}/webhooks/twilio/inbound#rc=3&rp=5xx,ct,rt&ct=1000&rt=4000`;
  const child = nursery.start('carrier', [
    process.execPath,
    '--import',
    'tsx',
    'src/sandbox/carrier/server.ts',
    ...['--port', String(port), '--account', account.sid, '--token', account.token],
    ...['--inbound', inbound, '--fallback', inbound],
  ]);
  const url = `http://127.0.0.1:${String(port)}`;
  await until(
    'the carrier is open',
    () => child.lines.some((line) => line === url),
    bootMs,
    () => child.lines,
  );
  return url;
}

async function startRedis(nursery: Nursery, { wantsRedis = false }: SquallOptions): Promise<string | null> {
  if (!wantsRedis || process.env['FAULTS_REDIS'] === '0') return null;
  if (!hasRedis()) {
    console.log('No redis-server on PATH: one worker sends at a time.');
    return null;
  }
  const port = await freePort();
  const child = nursery.start('redis', redisCommand(port));
  await until(
    'redis is ready',
    () => child.lines.some(saysReady),
    bootMs,
    () => child.lines,
  );
  return `redis://127.0.0.1:${String(port)}`;
}

interface Standing {
  readonly store: Store;
  readonly carrier: CarrierDesk;
  readonly webs: readonly Part[];
  readonly workers: readonly Part[];
  readonly front: Front;
  readonly redisUrl: string | null;
}

function squallOf({ store, carrier, webs, workers, front, redisUrl }: Standing): Squall {
  return {
    store,
    carrier,
    webs,
    workers,
    publicUrl: front.url,
    apiKey: secrets.API_KEY,
    hasRedis: redisUrl !== null,
    door: (web) => ({ publicUrl: front.url, port: webs[web % webs.length]?.port ?? 0 }),
    async hurry(...ticks) {
      await store.connection.db
        ?.collection('agendaJobs')
        .updateMany({ name: { $in: [...ticks] } }, { $set: { nextRunAt: new Date(), lockedAt: null } });
    },
    lastWords: () =>
      Object.fromEntries([...webs, ...workers].map(({ name, child }) => [name, child.lines.slice(-20)])),
  };
}
