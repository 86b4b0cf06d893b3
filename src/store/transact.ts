import type { Connection } from 'mongoose';
import type { ClientSession } from 'mongodb';
import { MongoError } from 'mongodb';

/**
 * Nobody knows whether the transaction was kept. The caller believes nothing: it looks again, by the arrival or by the
 * token that the transaction would have written.
 */
export class CommitUnknown extends Error {
  override name = 'CommitUnknown';
}

/** Milliseconds a transaction may take, all its tries together (reliability.md §3). */
const budgetMs = 10_000;

const options = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
} as const;

const isUnknown = (error: unknown): boolean =>
  error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');

/**
 * The one function that runs transactions. `work` may run many times and touches nothing but the database; ids and tokens
 * are made before it. Rejects with what `work` threw (nothing was kept), or with CommitUnknown.
 */
export async function transact<T>(
  connection: Connection,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const budget = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      reject(new CommitUnknown(`no answer within ${String(budgetMs)} ms`));
    }, budgetMs);
  });
  const done = connection.transaction(async (session) => {
    if (isOver) throw new Error('the time of the transaction is over');
    return work(session);
  }, options) as Promise<T>;
  try {
    return await Promise.race([done, budget]);
  } catch (error) {
    throw isUnknown(error)
      ? new CommitUnknown('the result of the commit is unknown', { cause: error })
      : error;
  } finally {
    clearTimeout(timer);
    // What still runs after the budget has nobody to answer to.
    done.catch(() => undefined);
  }
}
