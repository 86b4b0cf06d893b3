import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { silentLog } from '../../../src/log.ts';
import { findMongod } from '../../../src/store/mongod.ts';
import { freePort } from '../../support/free-port.ts';
import { openNursery, type Child, type Nursery } from './child.ts';
import { pause, until } from './until.ts';

/** A replica set of real nodes, each of which may be killed, frozen and started again. */
export interface Nodes {
  readonly uri: string;
  readonly places: readonly number[];
  /** The place of the node that takes writes; waits while there is none. */
  primary(): Promise<number>;
  /** SIGKILL; resolves once it is gone. */
  kill(place: number): Promise<void>;
  /** On its old folder and port. */
  start(place: number): void;
  freeze(place: number): void;
  thaw(place: number): void;
  /** `admin` of the whole set. */
  readonly admin: Db;
  /** One node alone, whatever it is to the others. */
  direct(place: number): Promise<MongoClient>;
  close(): Promise<void>;
}

export interface NodesOptions {
  readonly count: 1 | 3;
  /** The longest they live. */
  readonly longestMs: number;
  /** Room for the history of changes, in megabytes. */
  readonly oplogMb?: number;
}

const name = 'storm';
const readyMs = 60_000;
const electionMs = 30_000;

export async function openNodes({ count, longestMs, oplogMb = 256 }: NodesOptions): Promise<Nodes> {
  const cacheDir = join(import.meta.dirname, '../../../.cache/mongod');
  const binary = await findMongod({ cacheDir, log: silentLog });
  const folder = await mkdtemp(join(tmpdir(), 'mona-nodes-'));
  const nursery = openNursery(longestMs);
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const hosts = ports.map((port) => `127.0.0.1:${String(port)}`);
  const uri = `mongodb://${hosts.join(',')}/mona?replicaSet=${name}`;
  const children: Child[] = [];
  const directs: MongoClient[] = [];
  const direct = async (place: number): Promise<MongoClient> => {
    const client = await connectTo(hosts[place] ?? '');
    directs.push(client);
    return client;
  };
  const start = (place: number): void => {
    const dbPath = join(folder, String(place));
    children[place] = startNode(nursery, { binary, dbPath, port: ports[place] ?? 0, oplogMb });
  };
  await Promise.all(ports.map((_, place) => mkdir(join(folder, String(place)))));
  for (const place of ports.keys()) start(place);
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: electionMs, appName: 'judge' });
  const admin = client.db('admin');
  const close = async (): Promise<void> => {
    await Promise.all([client, ...directs].map((one) => one.close(true).catch(() => undefined)));
    await nursery.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await initiate((await direct(0)).db('admin'), hosts, children);
    await client.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    uri,
    places: [...ports.keys()],
    admin,
    direct,
    primary: () =>
      until(
        'a node takes writes',
        async () => {
          const said = await admin.command({ hello: 1 }).catch(() => null);
          const place = said?.['isWritablePrimary'] ? hosts.indexOf(String(said['me'])) : -1;
          return place >= 0 ? place : null;
        },
        electionMs,
      ),
    async kill(place) {
      children[place]?.signal('SIGKILL');
      await children[place]?.ended;
    },
    start,
    freeze: (place) => children[place]?.signal('SIGSTOP'),
    thaw: (place) => children[place]?.signal('SIGCONT'),
    close,
  };
}

function startNode(
  nursery: Nursery,
  node: {
    readonly binary: string;
    readonly dbPath: string;
    readonly port: number;
    readonly oplogMb: number;
  },
): Child {
  const parameters = ['transactionLifetimeLimitSeconds=15', 'enableTestCommands=1'];
  return nursery.start(`mongod-${String(node.port)}`, [
    node.binary,
    ...['--dbpath', node.dbPath, '--port', String(node.port), '--bind_ip', '127.0.0.1'],
    ...['--replSet', name, '--oplogSize', String(node.oplogMb), '--wiredTigerCacheSizeGB', '0.5'],
    ...['--logpath', join(node.dbPath, 'mongod.log'), '--logappend'],
    ...parameters.flatMap((one) => ['--setParameter', one]),
  ]);
}

/** A client that failed to connect stays closed: each try has its own. */
const connectTo = (host: string): Promise<MongoClient> =>
  until(
    `the node at ${host} listens`,
    async () => {
      const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
        serverSelectionTimeoutMS: 2_000,
        appName: 'judge',
      });
      return client.connect().catch(async () => {
        await client.close();
        return null;
      });
    },
    readyMs,
  );

/** As the product begins its own set (src/store/mongod.ts): a new primary in about two and a half seconds. */
async function initiate(admin: Db, hosts: readonly string[], children: readonly Child[]): Promise<void> {
  const lastWords = (): unknown => children.map(({ lines }) => lines.slice(-5));
  const answers = (command: object) => async () => (await admin.command(command).catch(() => null)) !== null;
  const config = {
    _id: name,
    members: hosts.map((host, _id) => ({ _id, host })),
    settings: { electionTimeoutMillis: 2_000 },
  };
  await until('the set begins', answers({ replSetInitiate: config }), readyMs, lastWords);
  await until(
    'it has a primary',
    async () => Boolean((await admin.command({ hello: 1 }).catch(() => null))?.['primary']),
    readyMs,
    lastWords,
  );
  await pause(500);
}
