import { vi } from 'vitest';

/*
 * The database's twin keeps the contract of the database: the tests of the house that write down, drain, commit, claim, call,
 * bind, settle, sweep and wake run here once more, word for word, over the twin.
 */

vi.mock('../support/mongo.ts', () => import('./simulation/mongo.ts'));

await import('../house/arrive.test.ts');
await import('../house/commit.test.ts');
await import('../house/dispatch.test.ts');
await import('../house/drain.test.ts');
await import('../house/lease.test.ts');
await import('../house/leaving.test.ts');
await import('../house/receipt.test.ts');
await import('../house/reconcile.test.ts');
await import('../house/wake-threads.test.ts');
