import mongoose, { type Connection, type Model } from 'mongoose';
import type { ClientSession, Collection, Document, IndexDescription } from 'mongodb';
import type { Log } from '../log.ts';
import type { Channel } from '../core/vocabulary.ts';
import type { CollectionOf } from './collection.ts';
import { collections } from './collections.ts';
import { suppressionIdOf } from './suppressions.ts';
import { transact } from './transact.ts';

type Collections = typeof collections;
type DocIn<C> = C extends CollectionOf<infer D> ? D : never;
export type CollectionName = keyof Collections;

/** The database, open. Each collection is the driver's own: hot paths pay for no documents they do not need. */
export type Store = { readonly [K in CollectionName]: Collection<DocIn<Collections[K]>> } & {
  readonly connection: Connection;
  /** The mongoose model: for what people typed, held to its shape. */
  model(name: CollectionName): Model<Document>;
  /** See transact.ts. */
  transact<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  /** Keyed hash of an address: the `_id` of its suppression. */
  suppressionId(channel: Channel, address: string): string;
  /** Builds collections and indexes that are missing; safe beside itself. */
  ensureIndexes(): Promise<void>;
  /** Names of indexes that should stand and do not: a red line on Health. */
  missingIndexes(): Promise<readonly string[]>;
  close(): Promise<void>;
};

export interface ConnectOptions {
  readonly uri: string;
  readonly log: Log;
  /** 10 s in `web` (answer before the carrier's 15 s), 30 s in `worker`. */
  readonly serverSelectionTimeoutMs: number;
  /** SUPPRESSION_SECRET. */
  readonly suppressionSecret: string;
  /** Database; the URI's, else `mona`. */
  readonly dbName?: string;
  readonly poolSize?: number;
  /** How the server's log and its fail points name this connection. */
  readonly appName?: string;
}

const names = Object.keys(collections) as CollectionName[];

/** Opens the database with majority everywhere (reliability.md §3). Rejects when no primary answers in time. */
export async function connectStore(given: ConnectOptions): Promise<Store> {
  const connection = mongoose.createConnection(given.uri, {
    dbName: given.dbName ?? databaseOf(given.uri),
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority' },
    readPreference: 'primary',
    retryWrites: true,
    retryReads: true,
    maxPoolSize: given.poolSize ?? 50,
    appName: given.appName ?? 'mona',
    serverSelectionTimeoutMS: given.serverSelectionTimeoutMs,
    ignoreUndefined: true,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  });
  connection.on('error', (error: Error) => {
    given.log.error({ error: error.name }, 'the database connection failed');
  });
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.close(true);
    throw error;
  }
  return openStore(connection, given.suppressionSecret);
}

function openStore(connection: Connection, suppressionSecret: string): Store {
  const db = connection.getClient().db(connection.name);
  const models = new Map(
    names.map((name) => [
      name,
      connection.model(name, collections[name].schema) as unknown as Model<Document>,
    ]),
  );
  const opened = Object.fromEntries(names.map((name) => [name, db.collection(collections[name].name)]));
  return {
    ...opened,
    connection,
    model: (name: CollectionName) => models.get(name),
    transact: (work) => transact(connection, work),
    suppressionId: (channel, address) => suppressionIdOf(suppressionSecret, channel, address),
    ensureIndexes: () => ensureIndexes(connection),
    missingIndexes: () => missingIndexes(connection),
    close: () => connection.close(),
  } as Store;
}

/** The path of a connection string, or the house's own name. */
export function databaseOf(uri: string): string {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? 'mona';
}

async function ensureIndexes(connection: Connection): Promise<void> {
  const db = connection.getClient().db(connection.name);
  const standing = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
  );
  for (const name of names) {
    // A transaction must not be the first to need a collection: made here, also where no index asks for it.
    if (!standing.has(name)) await db.createCollection(name).catch(ignoreExisting);
    const { indexes } = collections[name];
    if (indexes.length > 0) await makeIndexes(db.collection(name), indexes);
  }
}

/** `IndexOptionsConflict` and `IndexKeySpecsConflict`: one of an older build stands under this name. */
const indexConflicts = [85, 86];

/** An index that an older build made otherwise is made anew. */
async function makeIndexes(collection: Collection, indexes: readonly IndexDescription[]): Promise<void> {
  try {
    await collection.createIndexes([...indexes]);
  } catch (error) {
    if (!indexConflicts.includes((error as { code?: number }).code ?? 0)) throw error;
    for (const index of indexes) await makeIndex(collection, index);
  }
}

async function makeIndex(collection: Collection, { key, ...options }: IndexDescription): Promise<void> {
  try {
    await collection.createIndex(key, options);
  } catch (error) {
    if (!indexConflicts.includes((error as { code?: number }).code ?? 0)) throw error;
    await collection.dropIndex(indexName(key));
    await collection.createIndex(key, options);
  }
}

const namespaceExists = 48;

function ignoreExisting(error: unknown): void {
  if ((error as { code?: number }).code !== namespaceExists) throw error;
}

const indexName = (key: object): string =>
  Object.entries(key)
    .map(([field, way]) => `${field}_${String(way)}`)
    .join('_');

async function missingIndexes(connection: Connection): Promise<readonly string[]> {
  const db = connection.getClient().db(connection.name);
  const missing: string[] = [];
  for (const name of names) {
    const standing = new Set(
      (
        await db
          .collection(name)
          .listIndexes()
          .toArray()
          .catch(() => [])
      ).map((index) => String(index.name)),
    );
    for (const { key } of collections[name].indexes) {
      if (!standing.has(indexName(key))) missing.push(`${name}.${indexName(key)}`);
    }
  }
  return missing;
}
