import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Real processes and a real database on a shared machine: what fails there once and then passes is said by the reporter,
// and is looked into; it stops no landing.
const retry = 2;
const web = { testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, retry };

export default defineConfig({
  test: {
    setupFiles: ['test/support/no-network.ts'],
    // A hang ends here; how fast a machine is decides nothing.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests wait for a database and a browser more than for a core: two cores carry two files.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          // Pure: what one file loads, the next may use.
          isolate: false,
          include: [
            'test/core/**/*.test.ts',
            'test/house.test.ts',
            'test/stories/chat.test.ts',
            'test/acceptance/*.core.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: { name: 'properties', include: ['test/properties/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: 'house',
          include: [
            'test/house/**/*.test.ts',
            'test/channels/**/*.test.ts',
            'test/acceptance/*.house.test.ts',
          ],
          globalSetup: ['test/support/global-mongo.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          retry,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/support/global-mongo.ts'],
          ...web,
        },
      },
      {
        extends: true,
        test: {
          name: 'web',
          include: ['test/web/**/*.test.ts'],
          globalSetup: ['test/support/global-mongo.ts'],
          ...web,
        },
      },
    ],
  },
});
