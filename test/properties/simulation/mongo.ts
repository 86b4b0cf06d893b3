import { getCurrentTest } from 'vitest/suite';
import type { TestStore } from '../../support/mongo.ts';
import { atOnce } from './at-once.ts';
import { beyond } from './collection.ts';
import { createTwinDatabase } from './database.ts';
import { twinSecret, twinStore } from './store.ts';

/*
 * Stands in for test/support/mongo.ts: a test of test/house/ that is run over it makes the same assertions of the twin as of
 * the real database.
 */

export const suppressionSecret = twinSecret;

/** A test of the server itself, of its planner or its fail points, is no business of the twin. */
beyond.refuse = (what) => {
  getCurrentTest()?.context.skip(`the twin has no ${what}`);
};

export function useStore(): TestStore {
  const database = createTwinDatabase(() => new Date());
  const store = twinStore(database, atOnce('first'));
  let others = 0;
  return {
    store,
    uri: 'twin',
    another: (name?: string) =>
      Promise.resolve(twinStore(database, atOnce(name ?? `another ${String((others += 1))}`))),
  };
}

export const withDatabase = (uri: string): string => uri;
