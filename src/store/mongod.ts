import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient, type Db } from 'mongodb';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

export { findMongod } from './find-mongod.ts';

export interface MongodOptions {
  /** As findMongod found it. */
  readonly binary: string;
  readonly dbPath: string;
  /** A free one unless said. */
  readonly port?: number;
  readonly log: Log;
  /** `--setParameter`: e.g. `enableTestCommands: 1` for a test that breaks the database. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Memory of the storage engine, in gigabytes; 0.25 unless said. */
  readonly cacheGb?: number;
}

export interface Mongod {
  readonly uri: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves with how it ended, asked or not. */
  readonly ended: Promise<string>;
  /** Closes it cleanly; the folder can be opened again. */
  stop(): Promise<void>;
}

const replicaSet = 'mona';
const startTries = 3;
/** A cold start on a large folder that was not closed cleanly replays its journal first. */
const readyMs = 60_000;
const stopMs = 15_000;

/**
 * Starts a `mongod` on a folder as a replica set of one, so that transactions and change streams work, and waits until it
 * takes writes. A folder that was used on another port takes the new one; one that a process of ours, now dead, left open
 * is taken over. Rejects with the last lines the server wrote.
 */
export async function startMongod(options: MongodOptions): Promise<Mongod> {
  await mkdir(options.dbPath, { recursive: true });
  const left = await findLeft(options);
  if (left) return left;
  let failure = '';
  for (let tries = 0; tries < startTries; tries += 1) {
    const port = options.port ?? (await freePort());
    try {
      return await startOn(options, port);
    } catch (error) {
      failure = messageOf(error);
      // Someone took the port between our look and its bind; another failure would only repeat itself.
      if (!/address already in use/i.test(failure) || options.port !== undefined) break;
    }
  }
  throw new Error(`mongod did not start on ${options.dbPath}: ${failure}`);
}

async function startOn(options: MongodOptions, port: number): Promise<Mongod> {
  const logFile = join(options.dbPath, 'mongod.log');
  // What it says before it has a log; a file, so that it outlives us without a broken pipe.
  const outFile = join(options.dbPath, 'mongod.out');
  const out = await open(outFile, 'w');
  const child = spawn(options.binary, argumentsOf(options, port, logFile), {
    stdio: ['ignore', out.fd, out.fd],
    // A group of its own: Ctrl-C in a terminal is for us, who end it once nothing is left to write.
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(`it ended with ${String(signal ?? code)}`);
    });
  });
  await out.close();
  const waits = new AbortController();
  try {
    await Promise.race([
      begin(port, waits.signal),
      ended.then((how) => {
        throw new Error(how);
      }),
    ]);
  } catch (error) {
    await end(child);
    throw new Error(`${messageOf(error)}. ${await lastWords(logFile, outFile)}`, { cause: error });
  } finally {
    waits.abort();
  }
  const pid = child.pid ?? 0;
  await writeFile(noteOf(options.dbPath), JSON.stringify({ pid, port, by: process.pid }));
  options.log.info({ port, pid }, 'mongod takes writes');
  return {
    uri: uriOf(port),
    port,
    pid,
    ended,
    stop: async () => {
      await askToEnd(port);
      await end(child);
      await rm(noteOf(options.dbPath), { force: true });
    },
  };
}

const uriOf = (port: number): string => `mongodb://127.0.0.1:${String(port)}/mona?replicaSet=${replicaSet}`;

function argumentsOf(options: MongodOptions, port: number, logFile: string): string[] {
  // A process killed inside a transaction leaves it open, and the thread it wrote locked: not for the usual minute.
  const parameters = Object.entries({ transactionLifetimeLimitSeconds: 15, ...options.parameters });
  return [
    '--dbpath',
    options.dbPath,
    '--port',
    String(port),
    '--bind_ip',
    '127.0.0.1',
    '--replSet',
    replicaSet,
    '--wiredTigerCacheSizeGB',
    String(options.cacheGb ?? 0.25),
    '--oplogSize',
    '256',
    '--logpath',
    logFile,
    '--logappend',
    ...parameters.flatMap(([name, value]) => ['--setParameter', `${name}=${String(value)}`]),
  ];
}

/** Waits for the server to listen, begins or moves its replica set, waits until it is primary. */
async function begin(port: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + readyMs;
  const client = await retried(until, signal, () => connectDirectly(port));
  try {
    const admin = client.db('admin');
    await retried(until, signal, () => makeMember(admin, `127.0.0.1:${String(port)}`));
    await retried(until, signal, async () => {
      const { isWritablePrimary } = await admin.command({ hello: 1 });
      if (!isWritablePrimary) throw new Error('it did not become primary');
    });
  } finally {
    await client.close();
  }
}

/** A client that failed to connect stays closed: each try has its own. */
async function connectDirectly(port: number): Promise<MongoClient> {
  const client = new MongoClient(`mongodb://127.0.0.1:${String(port)}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
  });
  try {
    return await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function retried<T>(until: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until || signal.aborted) throw error;
      await pause(50);
    }
  }
}

interface ReplicaSetConfig {
  readonly version: number;
  readonly members: readonly { readonly _id: number; readonly host: string }[];
}

const notYetInitialized = 94;

async function makeMember(admin: Db, host: string): Promise<void> {
  const standing = await admin.command({ replSetGetConfig: 1 }).then(
    ({ config }) => config as ReplicaSetConfig,
    (error: unknown) => {
      if ((error as { code?: number }).code === notYetInitialized) return null;
      throw error;
    },
  );
  const members = [{ _id: 0, host }];
  // A new primary in about 2.5 s: the default takes 10, too near the carrier's 15 (reliability.md §3).
  const settings = { electionTimeoutMillis: 2_000 };
  if (!standing) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members, settings } });
  } else if (standing.members[0]?.host !== host) {
    // The folder was used on another port: the member does not know itself, so only force moves it.
    await admin.command({
      replSetReconfig: { ...standing, version: standing.version + 1, members },
      force: true,
    });
  }
}

async function askToEnd(port: number): Promise<void> {
  const client = await connectDirectly(port).catch(() => null);
  if (!client) return;
  try {
    await client.db('admin').command({ shutdown: 1, force: true, timeoutSecs: 5 });
  } catch {
    // It hangs up as it goes, which the client takes for an error; the signal follows anyway.
  } finally {
    await client.close().catch(() => undefined);
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(timer);
}

/** The server's last lines of warning or worse, for the message of a failed start. */
async function lastWords(logFile: string, outFile: string): Promise<string> {
  const [logged, said] = await Promise.all(
    [logFile, outFile].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const complaints = (logged ?? '').split('\n').filter((line) => /"s":"[EFW]"/.test(line));
  const words = [...complaints.slice(-3).map(complaintOf), (said ?? '').trim().slice(-500)].filter(Boolean);
  return words.length > 0 ? `It wrote: ${words.join(' | ')}` : `Its log is ${logFile}.`;
}

function complaintOf(line: string): string {
  try {
    const { msg, attr } = JSON.parse(line) as { msg?: string; attr?: unknown };
    return `${msg ?? ''} ${JSON.stringify(attr ?? {})}`;
  } catch {
    return line;
  }
}

const noteOf = (dbPath: string): string => join(dbPath, 'mona.json');

/** A mongod that a process of ours left behind when it was killed still holds the folder: it is taken over. */
async function findLeft(options: MongodOptions): Promise<Mongod | null> {
  const note = await readFile(noteOf(options.dbPath), 'utf8').then(parseNote, () => null);
  if (!note || !isAlive(note.pid)) return null;
  if (note.by !== process.pid && isAlive(note.by)) {
    throw new Error(
      `${options.dbPath} is in use by process ${String(note.by)}. Stop it, or give this one another DATA_DIR.`,
    );
  }
  try {
    await begin(note.port, AbortSignal.timeout(5_000));
  } catch {
    // Another program has the pid now; a folder that is truly held says so when we start on it.
    return null;
  }
  await writeFile(noteOf(options.dbPath), JSON.stringify({ ...note, by: process.pid }));
  options.log.info(
    { port: note.port, pid: note.pid },
    'took over the mongod that an earlier start left running',
  );
  return {
    uri: uriOf(note.port),
    port: note.port,
    pid: note.pid,
    ended: endOf(note.pid),
    stop: async () => {
      await askToEnd(note.port);
      const until = performance.now() + stopMs;
      while (isAlive(note.pid) && performance.now() < until) await pause(50);
      await rm(noteOf(options.dbPath), { force: true });
    },
  };
}

/** Address of the mongod that a house which runs now holds on that folder; null where none does. */
export async function standingUri(dbPath: string): Promise<string | null> {
  const note = await readFile(noteOf(dbPath), 'utf8').then(parseNote, () => null);
  return note && isAlive(note.pid) && isAlive(note.by) ? uriOf(note.port) : null;
}

const lookMs = 1_000;

/** One that is no child of ours tells nobody that it ends. */
async function endOf(pid: number): Promise<string> {
  while (isAlive(pid)) await pause(lookMs, undefined, { ref: false });
  return 'it ended';
}

interface Note {
  readonly pid: number;
  readonly port: number;
  /** The process that started it. */
  readonly by: number;
}

function parseNote(text: string): Note | null {
  try {
    const note = JSON.parse(text) as Partial<Note>;
    return note.pid && note.port && note.by ? { pid: note.pid, port: note.port, by: note.by } : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
