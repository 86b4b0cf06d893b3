import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { budgets, loadsOf, overweight, type Built, type BuiltChunk } from '../../vite.config.ts';

const chunk = (facadeModuleId: string | null, bytes: number, more: Partial<BuiltChunk> = {}): BuiltChunk => ({
  type: 'chunk',
  // What does not compress weighs what it is long; two letters a byte come to about that.
  code: randomBytes(bytes).toString('base64'),
  isEntry: false,
  facadeModuleId,
  imports: [],
  dynamicImports: [],
  ...more,
});

const built: Built = {
  'main.js': chunk('/web/main.tsx', 20_000, { isEntry: true, imports: ['react.js'] }),
  'react.js': chunk(null, 60_000),
  'fr.js': chunk('/locales/fr/ui.yaml', 15_000),
  'en.js': chunk('/locales/en/ui.yaml', 90_000),
  'inbox.js': chunk('/web/inbox/inbox-page.tsx', 40_000, {
    imports: ['main.js'],
    viteMetadata: { importedCss: new Set(['inbox.css']) },
  }),
  'inbox.css': { type: 'asset', source: 'a{color:red}' },
};

test('a page weighs its own part and all that it cannot run without, once, in one language', () => {
  const loads = new Map(loadsOf(built).map((load) => [load.page, load]));
  expect([...loads.keys()]).toEqual(['sign-in', 'inbox-page']);
  expect(loads.get('sign-in')?.js).toBeGreaterThan(94_000);
  expect(loads.get('sign-in')?.js).toBeLessThan(100_000);
  expect((loads.get('inbox-page')?.js ?? 0) - (loads.get('sign-in')?.js ?? 0)).toBeGreaterThan(39_000);
  expect(loads.get('inbox-page')?.css).toBeGreaterThan(0);
});

test('a page that is too heavy is named, and by how much', () => {
  expect(loadsOf(built).map(overweight)).toEqual([null, null]);
  const heavy = {
    ...built,
    'inbox.js': chunk('/web/inbox/inbox-page.tsx', budgets.js, { imports: ['main.js'] }),
  };
  expect(loadsOf(heavy).map(overweight)).toEqual([
    null,
    expect.stringMatching(/^inbox-page loads \d+\.\d kB of script, gzipped; the budget is 200\.0 kB\.$/u),
  ]);
  expect(overweight({ page: 'x', js: 1, css: budgets.css + 1 })).toContain('of style');
});
