import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { parse } from 'yaml';

/** Words that only some pages say, by the part they come with: `ui.yaml?pages`. All others come with the first page. */
export const wordParts: Readonly<Record<string, readonly string[]>> = {
  account: ['account', 'secondFactor'],
  pages: [
    'class',
    'compliance',
    'contacts',
    'experiment',
    'guardRule',
    'health',
    'offers',
    'person',
    'rate',
    'rights',
    'score',
    'segment',
    'sequence',
    'table',
    'team',
    'tier',
  ],
};

/** The words of one part; of none, those that no part names. */
function wordsOf(all: Record<string, unknown>, part: string | undefined): Record<string, unknown> {
  const named = new Set(Object.values(wordParts).flat());
  const isWanted = (key: string): boolean =>
    part === undefined ? !named.has(key) : (wordParts[part]?.includes(key) ?? false);
  return Object.fromEntries(Object.entries(all).filter(([key]) => isWanted(key)));
}

/** The words of the pages are kept as YAML, like those of the flows; the browser gets them as a plain object. */
function yamlWords(): Plugin {
  return {
    name: 'yaml-words',
    transform(source, id) {
      const [file = '', part] = id.split('?');
      if (!file.endsWith('.yaml')) return null;
      const words = wordsOf(parse(source) as Record<string, unknown>, part);
      return { code: `export default ${JSON.stringify(words)}`, map: null, moduleType: 'js' };
    },
  };
}

/** What a page may weigh when it is the first one opened, gzipped (inbox.md §15). */
export const budgets = { js: 200_000, css: 20_000 } as const;
/** Wished for, and only told. */
const jsTarget = 130_000;

/** The part of a built chunk that is weighed. */
export interface BuiltChunk {
  readonly type: 'chunk';
  readonly code: string;
  readonly isEntry: boolean;
  readonly facadeModuleId: string | null;
  readonly imports: readonly string[];
  readonly dynamicImports: readonly string[];
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}
interface BuiltAsset {
  readonly type: 'asset';
  readonly source: string | Uint8Array;
}
export type Built = Readonly<Record<string, BuiltChunk | BuiltAsset>>;

/** What a browser fetches to show one page with nothing kept: the start, French, and the page's own part. */
export interface PageLoad {
  readonly page: string;
  readonly js: number;
  readonly css: number;
}

/** Pages that bring words of their own. */
const partOf: Readonly<Record<string, string>> = { 'account-pages': 'account', 'manager-pages': 'pages' };

const nameOf = (chunk: BuiltChunk): string => chunk.facadeModuleId?.split(/[\\/]/u).at(-1) ?? '';

/** A chunk and all that it cannot run without. */
function closureOf(built: Built, file: string, seen = new Set<string>()): Set<string> {
  const chunk = built[file];
  if (chunk?.type !== 'chunk' || seen.has(file)) return seen;
  seen.add(file);
  for (const other of chunk.imports) closureOf(built, other, seen);
  return seen;
}

function weigh(built: Built, files: ReadonlySet<string>): Omit<PageLoad, 'page'> {
  const styles = new Set<string>();
  let js = 0;
  for (const file of files) {
    const chunk = built[file];
    if (chunk?.type !== 'chunk') continue;
    js += gzipSync(chunk.code).length;
    for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style);
  }
  const css = [...styles].reduce((sum, file) => {
    const asset = built[file];
    return asset?.type === 'asset' ? sum + gzipSync(asset.source).length : sum;
  }, 0);
  return { js, css };
}

/** Every page that may be opened first, with what it weighs then. */
export function loadsOf(built: Built): readonly PageLoad[] {
  const chunks = Object.entries(built).flatMap(([file, one]) =>
    one.type === 'chunk' ? [[file, one] as const] : [],
  );
  /** French of one part; of none, of what every page says. */
  const wordsFile = (part: string): readonly string[] =>
    chunks
      .filter(([, { facadeModuleId }]) => facadeModuleId?.endsWith(`/fr/ui.yaml${part}`))
      .map(([file]) => file);
  const start = new Set<string>();
  const entries = chunks.filter(([, { isEntry }]) => isEntry).map(([file]) => file);
  for (const file of [...entries, ...wordsFile('')]) closureOf(built, file, start);
  const pages = chunks.filter(([file, chunk]) => !start.has(file) && /-pages?\.tsx$/u.test(nameOf(chunk)));
  return [
    { page: 'sign-in', ...weigh(built, start) },
    ...pages.map(([file, chunk]) => {
      const page = nameOf(chunk).replace(/\.tsx$/u, '');
      const files = new Set([...start, ...wordsFile(`?${partOf[page] ?? ''}`)]);
      return { page, ...weigh(built, closureOf(built, file, files)) };
    }),
  ];
}

/** What is wrong with a load, in words; null for one that is light enough. */
export function overweight({ page, js, css }: PageLoad): string | null {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  if (js > budgets.js) return `${page} loads ${kb(js)} of script, gzipped; the budget is ${kb(budgets.js)}.`;
  if (css > budgets.css)
    return `${page} loads ${kb(css)} of style, gzipped; the budget is ${kb(budgets.css)}.`;
  return null;
}

const line = ({ page, js, css }: PageLoad): string =>
  `  ${page.padEnd(18)} ${(js / 1000).toFixed(1).padStart(6)} kB js ${(css / 1000).toFixed(1).padStart(5)} kB css${
    js > jsTarget ? `  (over the ${String(jsTarget / 1000)} kB wished for)` : ''
  }`;

/** Prints what each page weighs when it is opened first, and fails the build that is too heavy. */
function weighing(): Plugin {
  let say: (text: string) => void = () => undefined;
  return {
    name: 'weighing',
    apply: 'build',
    configResolved: ({ logger }) => {
      say = (text) => {
        logger.info(text);
      };
    },
    writeBundle: {
      order: 'post',
      handler(_options, bundle) {
        const loads = loadsOf(bundle as unknown as Built);
        say(`first load of each page, gzipped:\n${loads.map(line).join('\n')}`);
        const wrong = loads.map(overweight).filter((text) => text !== null);
        if (wrong.length > 0) this.error(wrong.join('\n'));
      },
    },
  };
}

export default defineConfig({
  root: 'src/web',
  plugins: [react(), yamlWords(), weighing()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: ['chrome125', 'firefox125', 'safari17.5'],
    reportCompressedSize: true,
    // How long a slow machine's build took in each plugin is of no use to who starts the product.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
