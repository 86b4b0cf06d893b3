import { setTimeout as pause } from 'node:timers/promises';
import { MongoError, type ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';
import { collections } from '../../../src/store/collections.ts';
import type { Store } from '../../../src/store/connect.ts';
import { suppressionIdOf } from '../../../src/store/suppressions.ts';
import { transact } from '../../../src/store/transact.ts';
import { beyond, twinCollection, type TwinSession, type Wire } from './collection.ts';
import { transient, whole, type TwinDatabase } from './database.ts';

export const twinSecret = 'a secret for tests only';
const unknownResult = 'UnknownTransactionCommitResult';
/** As long as the driver goes on trying. */
const longestMs = 120_000;

const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof MongoError && error.hasErrorLabel(label);

/** One process's connection to the database's twin: the store as every room knows it. */
export function twinStore(database: TwinDatabase, wire: Wire): Store {
  const opened = {};
  for (const [key, { name }] of Object.entries(collections)) {
    let made: ReturnType<typeof twinCollection> | null = null;
    const get = (): unknown => (made ??= twinCollection(database, name, wire));
    // A test spreads a store to break one part of it.
    Object.defineProperty(opened, key, { enumerable: true, get });
  }
  const connection = {
    name: 'twin',
    transaction: (work: (session: ClientSession) => Promise<unknown>) =>
      withTransaction(database, wire, work),
    getClient: () => ({
      db: () => ({
        command: (asked: Readonly<Record<string, unknown>>) => {
          if (!('hello' in asked) && !('ping' in asked)) beyond.refuse('administrator');
          return wire.send('hello', () => whole(() => ({ ok: 1, localTime: database.now() })));
        },
      }),
    }),
    dropDatabase: () => Promise.resolve(),
  };
  return Object.assign(opened, {
    connection,
    model: () => {
      throw new Error('The twin has no models.');
    },
    transact: (work: (session: ClientSession) => Promise<unknown>) =>
      transact(connection as unknown as Connection, work),
    suppressionId: (channel: never, address: string) => suppressionIdOf(twinSecret, channel, address),
    ensureIndexes: () => Promise.resolve(),
    missingIndexes: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }) as unknown as Store;
}

/** The driver's own loop: a transient error begins all anew, an unknown result asks for the commit again. */
async function withTransaction(
  database: TwinDatabase,
  wire: Wire,
  work: (session: ClientSession) => Promise<unknown>,
): Promise<unknown> {
  const beganMs = performance.now();
  const mayGoOn = (): boolean => performance.now() - beganMs < longestMs;
  for (let tries = 0; ; tries += 1) {
    if (tries > 0) await pause(Math.random() * Math.min(5 * 1.5 ** tries, 500));
    const session: TwinSession = { transaction: database.begin(wire.who) };
    const { transaction } = session;
    let result: unknown;
    try {
      result = await work(session as unknown as ClientSession);
    } catch (error) {
      const abort = wire.send(
        'abortTransaction',
        () => whole(() => database.abort(transaction)),
        transaction,
      );
      await abort.catch(() => undefined);
      if (hasLabel(error, transient) && mayGoOn()) continue;
      throw error;
    }
    let isKept = false;
    while (!isKept) {
      try {
        await wire.send('commitTransaction', () => whole(() => database.keep(transaction)), transaction);
        isKept = true;
      } catch (error) {
        if (hasLabel(error, unknownResult) && mayGoOn()) continue;
        if (hasLabel(error, transient) && mayGoOn()) break;
        throw error;
      }
    }
    if (isKept) return result;
  }
}
