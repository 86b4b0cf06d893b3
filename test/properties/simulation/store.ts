import { MongoError, type ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';
import { collections } from '../../../src/store/collections.ts';
import type { Store } from '../../../src/store/connect.ts';
import { suppressionIdOf } from '../../../src/store/suppressions.ts';
import { transact } from '../../../src/store/transact.ts';
import { beyond, twinCollection, type TwinSession, type Wire } from './collection.ts';
import { transient, type TwinDatabase } from './database.ts';

export const twinSecret = 'a secret for tests only';
const unknownResult = 'UnknownTransactionCommitResult';
/** As long as the driver goes on trying. */
const longestMs = 120_000;

const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof MongoError && error.hasErrorLabel(label);

/** One process's connection to the database's twin: the store as every room knows it. */
export function twinStore(database: TwinDatabase, wire: Wire): Store {
  const opened = Object.fromEntries(
    Object.entries(collections).map(([key, { name }]) => [key, twinCollection(database, name, wire)]),
  );
  const connection = {
    name: 'twin',
    transaction: (work: (session: ClientSession) => Promise<unknown>) => withTransaction(database, wire, work),
    getClient: () => ({
      db: () => ({
        command: (asked: Readonly<Record<string, unknown>>) => {
          if (!('hello' in asked) && !('ping' in asked)) beyond.refuse('administrator');
          // eslint-disable-next-line require-yield
          return wire.send('hello', function* () {
            return { ok: 1, localTime: database.now() };
          });
        },
      }),
    }),
    dropDatabase: () => Promise.resolve(),
  };
  return {
    ...opened,
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
  } as unknown as Store;
}

/** The driver's own loop: a transient error begins all anew, an unknown result asks for the commit again. */
async function withTransaction(
  database: TwinDatabase,
  wire: Wire,
  work: (session: ClientSession) => Promise<unknown>,
): Promise<unknown> {
  const beganMs = performance.now();
  const mayGoOn = (): boolean => performance.now() - beganMs < longestMs;
  for (;;) {
    const session: TwinSession = { transaction: database.begin(wire.who) };
    const { transaction } = session;
    let result: unknown;
    try {
      result = await work(session as unknown as ClientSession);
    } catch (error) {
      // eslint-disable-next-line require-yield
      const abort = wire.send('abortTransaction', function* () {
        database.abort(transaction);
      });
      await abort.catch(() => undefined);
      if (hasLabel(error, transient) && mayGoOn()) continue;
      throw error;
    }
    let isKept = false;
    while (!isKept) {
      try {
        // eslint-disable-next-line require-yield
        await wire.send('commitTransaction', function* () {
          database.keep(transaction);
        });
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
